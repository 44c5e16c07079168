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

    /// <summary>The device was unlinked (401): keys are archived, pairing again on request.</summary>
    LoggedOut,

    /// <summary>Another client logged in with these credentials while our lease was live.</summary>
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
public sealed record SessionState
{
    /// <summary>The session's key.</summary>
    public required long SessionId { get; init; }

    /// <summary>Epoch of the owner that writes.</summary>
    public required long Epoch { get; init; }

    /// <summary>See <see cref="SessionPhase"/>.</summary>
    public required SessionPhase Phase { get; init; }

    /// <summary>CamelCase word for a condition's reason, at most 64 characters, may be empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>For people; holds nothing secret; at most 512 characters.</summary>
    public string Message { get; init; } = "";

    /// <summary>Credentials of a linked device are stored.</summary>
    public bool Paired { get; init; }

    /// <summary>Phone number of the linked account, null before pairing.</summary>
    public string? Phone { get; init; }

    /// <summary>Device JID, null before pairing.</summary>
    public string? Jid { get; init; }

    /// <summary>Device LID, null before pairing.</summary>
    public string? Lid { get; init; }

    /// <summary>The phone's platform as told at pairing.</summary>
    public string? Platform { get; init; }

    /// <summary>When the session last became Connected.</summary>
    public DateTimeOffset? LastConnectedAt { get; init; }

    /// <summary>Connections lost and regained since the first one.</summary>
    public int Reconnects { get; init; }

    /// <summary>The pair request that was last served.</summary>
    public string PairRequest { get; init; } = "";

    /// <summary>The request to restore archived keys that was last answered.</summary>
    public string RestoreRequest { get; init; } = "";

    /// <summary>What was asked for until then, to take the device off, is done with: by that, or by linking the present one. Null: nothing.</summary>
    public DateTimeOffset? LogoutServed { get; init; }

    /// <summary>
    /// How much the phone has given of the account's recent past, in percent; null: nothing. Written with that and not by a report of
    /// the state, as the two below.
    /// </summary>
    public int? History { get; init; }

    /// <summary>Of what lies further back, likewise.</summary>
    public int? HistoryFull { get; init; }

    /// <summary>Parts of the past that could not be read.</summary>
    public int HistoryLost { get; init; }

    /// <summary>What looked wrong with the device's stored address when it logged in last: the code of a reason; empty: nothing.</summary>
    public string Suspect { get; init; } = "";

    /// <summary>Details of <see cref="Suspect"/>, for people; holds no phone number; at most 512 characters; may be empty.</summary>
    public string SuspectDetail { get; init; } = "";

    /// <summary>Phase and reason that its journal told last; empty: nothing yet.</summary>
    public string Told { get; init; } = "";
}

/// <summary>Values of <see cref="PairingCode.Kind"/>.</summary>
public static class PairingKinds
{
    /// <summary>To be scanned.</summary>
    public const string Qr = "QR";

    /// <summary>To be typed into the phone.</summary>
    public const string Code = "Code";

    /// <summary>What the account's passkey is to sign.</summary>
    public const string Passkey = "Passkey";

    /// <summary>To be compared with the phone's, after the passkey.</summary>
    public const string PasskeyCode = "PasskeyCode";
}

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
