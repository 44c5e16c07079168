using System.Text.RegularExpressions;
using WaOperator.Api;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>Collects what is wrong with a request, each with the field in which it is.</summary>
internal sealed partial class Faults
{
    // A request may hold thousands; more errors than this are of no use to the caller.
    private const int Most = 20;
    private readonly List<ProblemError> _errors = [];

    /// <summary>As an answer; null while nothing is wrong.</summary>
    public ProblemAnswer? Problem => _errors.Count == 0 ? null : Problems.BadFields(_errors);

    /// <summary>Something is wrong.</summary>
    /// <param name="pointer">Where: a JSON pointer as a URI fragment, such as #/members/0.</param>
    /// <param name="detail">What, as a clause that continues "is wrong: ".</param>
    public void Add(string pointer, string detail)
    {
        if (_errors.Count < Most)
            _errors.Add(new(pointer, detail));
    }

    /// <summary>A path as the JSON reader tells it ($.members[0]) as a pointer; names that it has to quote are cut off.</summary>
    public static string PointerOf(string? path)
    {
        var simple = SimplePath().Match(path ?? "").Value;
        return "#"
            + simple
                .TrimStart('$')
                .Replace("[", "/", StringComparison.Ordinal)
                .Replace("]", "", StringComparison.Ordinal)
                .Replace('.', '/');
    }

    [GeneratedRegex(
        @"^\$(\.[A-Za-z0-9_]+|\[[0-9]+\])*",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex SimplePath();
}
