namespace WaOperator.Domain;

/// <summary>
/// What an API key may be limited to (<c>spec.apiKeySecretRefs[].scopes</c>). A key without scopes opens everything. Each scope is asked
/// for by an endpoint of the API; one that none asks for is not in this list.
/// </summary>
public static class ApiScopes
{
    /// <summary>Send messages, cancel them, and upload the files for them.</summary>
    public const string MessagesSend = "messages:send";

    /// <summary>Read what was sent and how far it has come.</summary>
    public const string MessagesRead = "messages:read";

    /// <summary>Follow events, which hold the messages that were received.</summary>
    public const string EventsRead = "events:read";

    /// <summary>Read a session's status, and list sessions.</summary>
    public const string SessionsRead = "sessions:read";

    /// <summary>Create, change, stop, start and delete sessions.</summary>
    public const string SessionsWrite = "sessions:write";

    /// <summary>Link a session to its phone: ask for codes and see them.</summary>
    public const string SessionsPair = "sessions:pair";

    /// <summary>Load files that were received or uploaded.</summary>
    public const string MediaRead = "media:read";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [MessagesSend, MessagesRead, EventsRead, SessionsRead, SessionsWrite, SessionsPair, MediaRead];
}
