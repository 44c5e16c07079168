namespace WaOperator.Domain;

/// <summary>The types of events, and the patterns that name several.</summary>
public static class WebhookEvents
{
    /// <summary>What is lost and will not come. Posted whatever a webhook names, but for the Cloud API's format, which has no such thing.</summary>
    public const string Gap = "gap";

    private const string Rest = ".*";

    /// <summary>All types that are stored.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "message.received",
        "message.echo",
        "message.edited",
        "message.deleted",
        "message.reaction",
        "message.vote",
        "message.sent",
        "message.failed",
        "message.delivered",
        "message.read",
        "message.played",
        "message.undecryptable",
        "identity.changed",
        "group.changed",
        "call.offered",
        "call.ended",
        "picture.changed",
        "blocklist.changed",
        "chat.changed",
        "message.marked",
        "contact.changed",
        "label.changed",
        "quickreply.changed",
        "appstate.synced",
        "history.synced",
        "session.status",
        "session.pairing",
        "limit.reached",
        "broadcast.progress",
        "event.unreadable",
        Gap,
    ];

    /// <summary>
    /// What is told to those who read a stream at that moment, and stored nowhere: webhooks and consumers, which deliver what is stored,
    /// cannot name these.
    /// </summary>
    public static IReadOnlyList<string> Passing { get; } = ["presence.changed", "chat.typing"];

    /// <summary>Those that have a counterpart among the Cloud API's webhooks.</summary>
    public static IReadOnlyList<string> OfCloudApi { get; } =
    [
        "message.received",
        "message.echo",
        "message.edited",
        "message.deleted",
        "message.reaction",
        "message.vote",
        "message.sent",
        "message.failed",
        "message.delivered",
        "message.read",
        "message.played",
    ];

    /// <summary>The most patterns that a stream is asked for by: more than there are types.</summary>
    public const int MaxPatterns = 32;

    /// <summary>Whether it is a type, or <c>PREFIX.*</c> of at least one.</summary>
    public static bool IsPattern(string pattern) => All.Any(type => Matches(pattern, type));

    /// <summary>The same for streams, which also show what is stored nowhere.</summary>
    public static bool IsStreamPattern(string pattern) =>
        IsPattern(pattern) || Passing.Any(type => Matches(pattern, type));

    /// <summary>Whether events of a type are of a pattern. That gaps are posted always is not said here.</summary>
    /// <param name="pattern">A type, or <c>PREFIX.*</c> for those that begin with <c>PREFIX.</c></param>
    /// <param name="type">The event's type.</param>
    public static bool Matches(string pattern, string type) =>
        pattern.EndsWith(Rest, StringComparison.Ordinal)
            ? pattern.Length > Rest.Length
                && type.StartsWith(pattern.AsSpan(..^1), StringComparison.Ordinal)
            : pattern == type;
}
