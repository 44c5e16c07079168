namespace WaOperator.Resources;

/// <summary>A rule that an object breaks.</summary>
/// <param name="Path">Where, such as <c>spec.webhooks[0].url</c>.</param>
/// <param name="Message">What is wrong and what would be right, for people.</param>
public sealed record Violation(string Path, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";

    /// <summary>The first five violations in one sentence for a condition's message.</summary>
    public static string Describe(IReadOnlyList<Violation> violations) =>
        string.Join("; ", violations.Take(5))
        + (violations.Count > 5 ? $"; and {violations.Count - 5} more" : "");
}
