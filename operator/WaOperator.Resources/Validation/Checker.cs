using System.Globalization;
using System.Text;

namespace WaOperator.Resources;

/// <summary>Collects the violations of one object. Lengths are counted in code points, as the API server does.</summary>
internal sealed class Checker
{
    private readonly List<Violation> _found = [];

    public IReadOnlyList<Violation> Found => _found;

    public void Rule(string path, bool holds, string message)
    {
        if (!holds)
            _found.Add(new(path, message));
    }

    /// <summary>A text that must be there. An absent one is empty here and breaks the least length or the pattern.</summary>
    public void Text(string path, string? value, int min, int max, Pattern? pattern = null)
    {
        var text = value ?? "";
        var length = text.EnumerateRunes().Count();
        if (length == 0 && min > 0)
            Rule(
                path,
                false,
                pattern is null ? "is required" : $"is required: must be {pattern.Meaning}"
            );
        else if (length > max || length < min)
            Rule(path, false, $"must have {Range(min, max)} characters (has {length})");
        else if (pattern?.IsMatch(text) == false)
            Rule(path, false, $"must be {pattern.Meaning} (is '{Shown(text)}')");
    }

    /// <summary>A text that may be absent, but not be empty.</summary>
    public void Optional(string path, string? value, int min, int max, Pattern? pattern = null)
    {
        if (value is { Length: 0 } && min > 0)
            Rule(path, false, "must not be empty; leave it out instead");
        else if (value is not null)
            Text(path, value, min, max, pattern);
    }

    public void Number(string path, long? value, long min, long max)
    {
        if (value < min || value > max)
            Rule(path, false, $"must be {Range(min, max)} (is {value})");
    }

    public void OneOf(string path, string? value, params ReadOnlySpan<string> allowed)
    {
        if (value is not null && !allowed.Contains(value))
            Rule(path, false, $"must be {string.Join(" or ", allowed)} (is '{Shown(value)}')");
    }

    public void Amount(string path, Quantity? value, Pattern pattern)
    {
        if (value?.ToString() is { } text && !pattern.IsMatch(text))
            Rule(path, false, $"must be {pattern.Meaning} (is '{Shown(text)}')");
    }

    public void Secret(string path, SecretKeyReference? reference)
    {
        if (reference is null)
            return;
        Text($"{path}.name", reference.Name, 1, 253, Patterns.ObjectName);
        Text($"{path}.key", reference.Key, 1, 253, Patterns.SecretKey);
    }

    /// <summary>A list, without duplicates when <paramref name="key"/> says what makes two items the same.</summary>
    public void List<T>(
        string path,
        IReadOnlyList<T>? items,
        int max,
        Func<T, string>? key,
        Action<string, T> item
    )
    {
        if (items is null)
            return;
        if (items.Count > max)
        {
            Rule(path, false, $"must have at most {max} items (has {items.Count})");
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            item($"{path}[{i}]", items[i]);
            if (key is not null && !seen.Add(key(items[i])))
                Rule($"{path}[{i}]", false, $"is there twice ('{Shown(key(items[i]))}')");
        }
    }

    public void Map<T>(
        string path,
        IReadOnlyDictionary<string, T>? items,
        int max,
        Action<string, T> item
    )
    {
        if (items is null)
            return;
        if (items.Count > max)
            Rule(path, false, $"must have at most {max} entries (has {items.Count})");
        else
            foreach (var (key, value) in items)
                item($"{path}.{key}", value);
    }

    private static string Range(long min, long max) =>
        min == max ? $"exactly {Write(max)}"
        : min == 0 && max < int.MaxValue ? $"0 to {Write(max)}"
        : max == long.MaxValue ? $"at least {Write(min)}"
        : $"{Write(min)} to {Write(max)}";

    private static string Write(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The beginning of a text from outside, on one line.</summary>
    private static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Take(40))
            shown.Append(Rune.IsControl(rune) ? "?" : rune.ToString());
        return shown.Length < text.Length ? shown.Append('…').ToString() : shown.ToString();
    }
}
