namespace WaOperator.Store;

/// <summary>What a session's owner reports. Written on transitions only, never per message or heartbeat.</summary>
public enum SessionPhase
{
    /// <summary>Claimed, nothing dialled yet.</summary>
    Starting,

    /// <summary>A code waits to be scanned or typed.</summary>
    Pairing,

    /// <summary>The round of codes ended; a new pair request starts another.</summary>
    PairingExpired,

    /// <summary>Dialling with credentials for the first time under this owner.</summary>
    Connecting,

    /// <summary>Logged in and ready.</summary>
    Connected,

    /// <summary>The connection was lost; dialling again with backoff.</summary>
    Reconnecting,

    /// <summary>The device was unlinked (401): keys are wiped, pairing again on request.</summary>
    LoggedOut,

    /// <summary>Somebody else logged in with these credentials while our lease was live.</summary>
    Replaced,

    /// <summary>Another phone scanned than declared: it was unlinked again.</summary>
    PhoneMismatch,

    /// <summary>The server refuses the account.</summary>
    Banned,

    /// <summary>Closed on request; keys stay.</summary>
    Stopped,

    /// <summary>Deletion: the device is unlinked (or was never linked) and the rows may go.</summary>
    Unlinked,
}

/// <summary>A session's state as its owner reports it.</summary>
/// <param name="SessionId">The session's key.</param>
/// <param name="Epoch">Epoch of the owner that writes.</param>
/// <param name="Phase">See <see cref="SessionPhase"/>.</param>
/// <param name="Reason">CamelCase word for a condition's reason, at most 64 characters, may be empty.</param>
/// <param name="Message">For people; holds nothing secret; at most 512 characters.</param>
/// <param name="Paired">Credentials of a linked device are stored.</param>
/// <param name="Phone">Phone number of the linked account, null before pairing.</param>
/// <param name="Jid">Device JID, null before pairing.</param>
/// <param name="Lid">Device LID, null before pairing.</param>
/// <param name="Platform">The phone's platform as told at pairing.</param>
/// <param name="LastConnectedAt">When the session last became Connected.</param>
/// <param name="Reconnects">Connections lost and regained since the first one.</param>
/// <param name="PairRequest">The pair request that was last served.</param>
public sealed record SessionState(
    long SessionId,
    long Epoch,
    SessionPhase Phase,
    string Reason,
    string Message,
    bool Paired,
    string? Phone,
    string? Jid,
    string? Lid,
    string? Platform,
    DateTimeOffset? LastConnectedAt,
    int Reconnects,
    string PairRequest
);

/// <summary>The code that waits to be scanned or typed.</summary>
/// <param name="SessionId">The session's key.</param>
/// <param name="Epoch">Epoch of the owner that writes.</param>
/// <param name="Kind">QR or Code.</param>
/// <param name="Code">The QR's content, or the letters to type. Secret.</param>
/// <param name="Number">Which of the round, from 1.</param>
/// <param name="Total">How many the round has.</param>
/// <param name="ExpiresAt">When the next one replaces it.</param>
public sealed record PairingCode(
    long SessionId,
    long Epoch,
    string Kind,
    string Code,
    int Number,
    int Total,
    DateTimeOffset ExpiresAt
);
