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

    /// <summary>List groups, see members, invites and requests to join.</summary>
    public const string GroupsRead = "groups:read";

    /// <summary>Create, change, join and leave groups.</summary>
    public const string GroupsWrite = "groups:write";

    /// <summary>Check numbers, and see whom the account has blocked.</summary>
    public const string ContactsRead = "contacts:read";

    /// <summary>Block and unblock contacts.</summary>
    public const string ContactsWrite = "contacts:write";

    /// <summary>List chats.</summary>
    public const string ChatsRead = "chats:read";

    /// <summary>Mark messages as read, and reject calls.</summary>
    public const string ChatsWrite = "chats:write";

    /// <summary>Show the account as online, typing or recording.</summary>
    public const string PresenceWrite = "presence:write";

    /// <summary>Change the account's profile.</summary>
    public const string ProfileWrite = "profile:write";

    /// <summary>See who called what of the tenant's API.</summary>
    public const string AuditRead = "audit:read";

    /// <summary>See how webhooks are, and what they have given up.</summary>
    public const string WebhooksRead = "webhooks:read";

    /// <summary>Let webhooks post again what they have given up, or after they were disabled.</summary>
    public const string WebhooksWrite = "webhooks:write";

    /// <summary>See broadcasts, and how far they have come.</summary>
    public const string BroadcastsRead = "broadcasts:read";

    /// <summary>Make broadcasts, start, pause, cancel and delete them.</summary>
    public const string BroadcastsWrite = "broadcasts:write";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        MessagesSend,
        MessagesRead,
        EventsRead,
        SessionsRead,
        SessionsWrite,
        SessionsPair,
        MediaRead,
        GroupsRead,
        GroupsWrite,
        ContactsRead,
        ContactsWrite,
        ChatsRead,
        ChatsWrite,
        PresenceWrite,
        ProfileWrite,
        AuditRead,
        WebhooksRead,
        WebhooksWrite,
        BroadcastsRead,
        BroadcastsWrite,
    ];
}
