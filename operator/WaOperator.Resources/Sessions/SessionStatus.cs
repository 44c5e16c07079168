using System.Text.Json.Serialization;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>What was seen of a session.</summary>
public sealed record SessionStatus
{
    /// <summary>The longest <see cref="Message"/> that the schema takes; longer ones are cut.</summary>
    public const int MaxMessage = 4096;

    /// <summary>The generation that this status was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>See <see cref="SessionPhases"/>.</summary>
    public string? Phase { get; init; }

    /// <summary>Ordinal of the session's shard.</summary>
    public int? Shard { get; init; }

    /// <summary>Name of that shard's pod.</summary>
    public string? Pod { get; init; }

    /// <summary>The number of the phone that scanned the code.</summary>
    public string? Phone { get; init; }

    /// <summary>Number of the device among the account's linked devices.</summary>
    public int? DeviceId { get; init; }

    /// <summary>How many times the session has changed hands.</summary>
    public long? Epoch { get; init; }

    /// <summary>When the session last logged in.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastConnected { get; init; }

    /// <summary>How many times the session has logged in again after its first login.</summary>
    public long? Reconnects { get; init; }

    /// <summary>Why the session stands there, for programs; see <see cref="WaOperator.Domain.Reasons"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>Human-readable explanation of the phase.</summary>
    public string? Message
    {
        get;
        init => field = value is { Length: > MaxMessage } ? value[..(MaxMessage - 1)] + "…" : value;
    }

    /// <summary>Name of the Secret with the current pairing code, while there is one.</summary>
    public string? PairingSecret { get; init; }

    /// <summary>The value of <see cref="Annotations.Pair"/> that was last acted upon.</summary>
    public string? PairingRequest { get; init; }

    /// <summary>See <see cref="ConditionTypes"/>.</summary>
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>Values of <see cref="SessionStatus.Phase"/>.</summary>
public static class SessionPhases
{
    /// <summary>Not looked at yet.</summary>
    public const string Pending = "Pending";

    /// <summary>No shard has room; the reason stands beside it.</summary>
    public const string Unplaced = "Unplaced";

    /// <summary>Placed, and its shard has not taken it up yet.</summary>
    public const string Starting = "Starting";

    /// <summary>A code waits to be scanned.</summary>
    public const string Pairing = "Pairing";

    /// <summary>The codes have run out; a new value of <see cref="Annotations.Pair"/> asks for more.</summary>
    public const string PairingExpired = "PairingExpired";

    /// <summary>Paired, and logs in for the first time on this shard.</summary>
    public const string Connecting = "Connecting";

    /// <summary>Logged in.</summary>
    public const string Connected = "Connected";

    /// <summary>Lost its socket and tries again.</summary>
    public const string Reconnecting = "Reconnecting";

    /// <summary>The phone has unlinked it; the keys are archived for 7 days.</summary>
    public const string LoggedOut = "LoggedOut";

    /// <summary>Someone else logged in with its credentials; it waits before it tries again.</summary>
    public const string Replaced = "Replaced";

    /// <summary>Another phone than the declared one scanned the code; it was unlinked.</summary>
    public const string PhoneMismatch = "PhoneMismatch";

    /// <summary>WhatsApp refuses the account.</summary>
    public const string Banned = "Banned";

    /// <summary>Stopped as asked for.</summary>
    public const string Stopped = "Stopped";

    /// <summary>Needs a person; the reason stands beside it.</summary>
    public const string Stalled = "Stalled";

    /// <summary>Being closed, unlinked and wiped.</summary>
    public const string Deleting = "Deleting";
}
