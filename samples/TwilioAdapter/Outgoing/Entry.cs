namespace TwilioAdapter.Outgoing;

/// <summary>Something that is to be done until it is done.</summary>
/// <param name="Id">Its number, by which it stands in its lane.</param>
/// <param name="Kind">One of <see cref="EntryKind"/>.</param>
/// <param name="Sid">The message that it is about.</param>
/// <param name="Url">Where it is posted to; of a message that is to be sent, its session.</param>
/// <param name="Body">The form, or what WaOperator is to be told.</param>
/// <param name="Attempts">How often it was tried in vain.</param>
/// <param name="CreatedAt">Since when it waits.</param>
internal sealed record Entry(
    long Id,
    string Kind,
    string Sid,
    string Url,
    string Body,
    int Attempts,
    DateTimeOffset CreatedAt
);

/// <summary>Kinds of entries, and their lanes: in a lane one goes after the other.</summary>
internal static class EntryKind
{
    /// <summary>A message that came in, for the program; in order per chat.</summary>
    public const string Program = "program";

    /// <summary>A status of a message, for its callback; in order per message.</summary>
    public const string Status = "status";

    /// <summary>A message that goes out, for WaOperator; in order per chat.</summary>
    public const string Send = "send";
}
