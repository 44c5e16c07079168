using System.Text.RegularExpressions;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>Texts with variables, written {{name}}. Pure.</summary>
internal static partial class TextTemplate
{
    /// <summary>Characters of a variable's value at most.</summary>
    public const int MaxValue = 512;

    /// <summary>What a variable is called, for people.</summary>
    public const string Naming = "a letter, then up to 31 letters, digits and _";

    /// <summary>The variables of a text.</summary>
    public static IEnumerable<string> Variables(string text) =>
        Variable().Matches(text).Select(m => m.Groups["name"].Value);

    /// <summary>Whether a text has braces that are no variable.</summary>
    public static bool HasStray(string text) =>
        Variable().Replace(text, "") is var rest
        && (
            rest.Contains("{{", StringComparison.Ordinal)
            || rest.Contains("}}", StringComparison.Ordinal)
        );

    /// <summary>The text with values in place of its variables; those of none stay.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        Variable()
            .Replace(
                text,
                m => values.TryGetValue(m.Groups["name"].Value, out var value) ? value : m.Value
            );

    [GeneratedRegex(
        @"\{\{\s*(?<name>[A-Za-z][A-Za-z0-9_]{0,31})\s*\}\}",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Variable();
}
