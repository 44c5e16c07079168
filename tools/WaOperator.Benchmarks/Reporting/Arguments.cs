using System.Globalization;

namespace WaOperator.Benchmarks.Reporting;

/// <summary>Options of the form <c>--name value</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <param name="args">What was given.</param>
    /// <param name="known">The options that there are.</param>
    /// <exception cref="ArgumentException">An option is unknown or has no value.</exception>
    public Arguments(string[] args, params string[] known)
    {
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!known.Contains(args[i], StringComparer.Ordinal) || i + 1 == args.Length)
                throw new ArgumentException(
                    $"{args[i]} is not an option or has no value; the options are {string.Join(", ", known)}",
                    nameof(args)
                );
            _values[args[i]] = args[i + 1];
        }
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int or) =>
        _values.TryGetValue(name, out var text)
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : or;
}
