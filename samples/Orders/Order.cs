using System.Globalization;
using System.Text.RegularExpressions;

namespace Orders;

/// <summary>So many of something.</summary>
internal sealed record Item(int Count, string Name);

/// <summary>An order.</summary>
internal sealed record Order
{
    public required long Id { get; init; }

    /// <summary>Keys of messages are made of it: an Id comes again when a database is made again.</summary>
    public required Guid Uid { get; init; }

    public required string Shop { get; init; }

    /// <summary>The session that it came in by, NAMESPACE/NAME.</summary>
    public required string Session { get; init; }

    /// <summary>The customer's address.</summary>
    public required string Customer { get; init; }

    public required OrderState State { get; init; }

    public required IReadOnlyList<Item> Items { get; init; }

    /// <summary>How often the customer has said what is ordered.</summary>
    public required int Revision { get; init; }

    /// <summary>1 to 5; null: not yet.</summary>
    public int? Rating { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>What a customer's text means. Pure.</summary>
internal static partial class OrderText
{
    private const int MaxItems = 20;

    /// <summary>Whether it begins as an order does.</summary>
    public static bool IsOrder(string text, string word) =>
        text.Trim().Split(' ', '\n')[0].Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is the answer that confirms.</summary>
    /// <param name="text">What the customer wrote.</param>
    /// <param name="words">Those that mean it, with | between them.</param>
    public static bool IsYes(string text, string words) =>
        words.Split('|').Contains(text.Trim().TrimEnd('.', '!'), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads "order 2 bread, 1 cake"; null: what is ordered cannot be read.</summary>
    public static IReadOnlyList<Item>? Read(string text, string word)
    {
        var items = text.Trim()[word.Length..]
            .Split(',', '\n')
            .Select(part => ItemPattern().Match(part.Trim()))
            .ToList();
        return items.Count <= MaxItems && items.TrueForAll(m => m.Success)
            ? [.. items.Select(Of)]
            : null;
    }

    private static Item Of(Match match) =>
        new(
            int.Parse(match.Groups["count"].Value, NumberStyles.None, CultureInfo.InvariantCulture),
            match.Groups["name"].Value
        );

    [GeneratedRegex(
        @"^(?<count>[1-9][0-9]?)\s*x?\s+(?<name>\S.{0,59})$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ItemPattern();
}
