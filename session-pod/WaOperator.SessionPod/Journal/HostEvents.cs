using WaOperator.Store;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Journal;

/// <summary>A session's state is another than the one that was told last.</summary>
internal sealed record StatusChanged : HostEvent
{
    /// <summary>What is stored beside its bytes, and its name in a session's stream.</summary>
    public const string Name = "status";

    /// <inheritdoc/>
    public override string Type => Name;

    /// <summary>What it is doing.</summary>
    public required SessionPhase Phase { get; init; }

    /// <summary>Why: a code of the catalogue of reasons.</summary>
    public required string Reason { get; init; }

    /// <summary>Details for people; null or empty for none.</summary>
    public string? Message { get; init; }

    /// <summary>A device is linked.</summary>
    public required bool Paired { get; init; }

    /// <summary>When that was so.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>How far the linking of a device is.</summary>
internal enum PairingStep
{
    /// <summary>A code waits to be scanned or typed.</summary>
    Code,

    /// <summary>The account's passkey is to be used.</summary>
    Passkey,

    /// <summary>A code is to be compared with the phone's.</summary>
    Compare,

    /// <summary>The device is linked.</summary>
    Complete,

    /// <summary>The round of codes ended without a device.</summary>
    Error,
}

/// <summary>
/// The linking of a device came a step further. The code itself is not told: who has it can link a device, and what is journalled is kept
/// and posted for days.
/// </summary>
internal sealed record PairingStepped : HostEvent
{
    /// <summary>What is stored beside its bytes, and its name in a session's stream.</summary>
    public const string Name = "pairing";

    /// <inheritdoc/>
    public override string Type => Name;

    /// <summary>Which step.</summary>
    public required PairingStep Step { get; init; }

    /// <summary>QR or Code; null but for a code.</summary>
    public string? Method { get; init; }

    /// <summary>Which code of the round, from 1; null but for a code.</summary>
    public int? Number { get; init; }

    /// <summary>How many the round has; null but for a code.</summary>
    public int? Of { get; init; }

    /// <summary>Until when that can be done; null where nothing is to be done.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Why it ended, a code of the catalogue of reasons; null but for an error.</summary>
    public string? Reason { get; init; }

    /// <summary>Details of that for people.</summary>
    public string? Message { get; init; }

    /// <summary>When that was so.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>What keeps a tenant's messages from being accepted.</summary>
internal enum ReachedLimit
{
    /// <summary>Messages in a minute.</summary>
    Minute,

    /// <summary>Messages to one recipient in a minute.</summary>
    Recipient,

    /// <summary>Messages in 24 hours.</summary>
    Day,

    /// <summary>What may wait to be sent.</summary>
    Queue,
}

/// <summary>A message of the session was refused, since a limit of its tenant is reached.</summary>
internal sealed record LimitReached : HostEvent
{
    /// <summary>What is stored beside its bytes, and its name in a session's stream.</summary>
    public const string Name = "limit";

    /// <inheritdoc/>
    public override string Type => Name;

    /// <summary>Which.</summary>
    public required ReachedLimit Limit { get; init; }

    /// <summary>How many messages it allows; null: it is no number of messages.</summary>
    public int? Allowed { get; init; }

    /// <summary>When a message may be accepted again; null: it is not known.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>What the refused request was told.</summary>
    public string? Message { get; init; }

    /// <summary>When it was refused.</summary>
    public required DateTimeOffset At { get; init; }
}
