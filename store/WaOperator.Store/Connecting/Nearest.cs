namespace WaOperator.Store.Connecting;

/// <summary>Finds what was probably meant.</summary>
internal static class Nearest
{
    private const int MaxEdits = 2;

    /// <summary>The name that a misspelt one is nearest to; null if it is near to none.</summary>
    public static string? To(string misspelt, IReadOnlyCollection<string> names) =>
        misspelt.Length is 0 or > 40
            ? null
            : names
                .Select(n => (Name: n, Edits: Edits(Plain(misspelt), Plain(n))))
                .Where(n => n.Edits <= MaxEdits && n.Edits < n.Name.Length / 2)
                .OrderBy(n => n.Edits)
                .Select(n => n.Name)
                .FirstOrDefault();

    private static string Plain(string name) =>
        name.Replace(" ", "", StringComparison.Ordinal)
            .Replace("_", "", StringComparison.Ordinal)
            .ToUpperInvariant();

    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
