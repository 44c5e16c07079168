using System.Globalization;
using System.Text.Json;

namespace Orders;

/// <summary>A vote on the poll of an order.</summary>
/// <param name="Order">The order's Uid. It cannot be guessed: who knows it was sent the poll.</param>
/// <param name="Rating">What was chosen.</param>
internal sealed record Vote(Guid Order, int Rating)
{
    private static readonly JsonSerializerOptions Meta = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>The id of an option: the poll is sent with these, and a vote brings one back.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Order:N}:{Rating}");

    /// <summary>
    /// Reads a post of the format CloudApi, which tells a vote as the answer to a list, with the id that its option was given; null: it is none,
    /// or on another poll.
    /// </summary>
    public static Vote? Read(JsonElement post) =>
        post.Deserialize<Posted>(Meta)
            is {
                Entry: [{ Changes: [{ Value.Messages: [{ Interactive.ListReply.Id: { } id }] }] }],
            }
        && id.Split(':') is [var order, var rating]
        && Guid.TryParseExact(order, "N", out var uid)
        && int.TryParse(rating, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(uid, number)
            : null;

    private sealed record Posted(List<Account>? Entry);

    private sealed record Account(List<Change>? Changes);

    private sealed record Change(Content? Value);

    private sealed record Content(List<Message>? Messages);

    private sealed record Message(Answer? Interactive);

    private sealed record Answer(Row? ListReply);

    private sealed record Row(string? Id);
}
