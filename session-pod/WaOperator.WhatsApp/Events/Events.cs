namespace WaOperator.WhatsApp.Events;

/// <summary>The server has a message of ours.</summary>
/// <param name="Id">The message.</param>
/// <param name="Chat">Where it went.</param>
/// <param name="Timestamp">The server's time, in Unix seconds; null: not told.</param>
public sealed record MessageSent(string Id, string Chat, long? Timestamp) : SessionEvent
{
    /// <inheritdoc/>
    public override string Type => EventTypes.Sent;

    /// <summary>What its sender keeps with the message.</summary>
    internal byte[]? Note { get; init; }
}

/// <summary>A message of ours was refused.</summary>
/// <param name="Id">The message.</param>
/// <param name="Chat">Where it was to go.</param>
/// <param name="Code">The server's code; null: it was refused before it reached the server.</param>
/// <param name="Error">Why, for people.</param>
public sealed record MessageFailed(string Id, string Chat, int? Code, string? Error) : SessionEvent
{
    /// <inheritdoc/>
    public override string Type => EventTypes.Failed;

    /// <summary>What its sender keeps with the message.</summary>
    internal byte[]? Note { get; init; }
}

/// <summary>A device got, read or played messages.</summary>
/// <param name="Receipt">delivered, read, played, or another word of the server.</param>
/// <param name="Chat">The chat of the messages.</param>
/// <param name="Sender">The device that says it.</param>
/// <param name="FromMe">True if that is one of the own devices.</param>
/// <param name="Timestamp">Unix seconds; 0: not told.</param>
/// <param name="Ids">The messages.</param>
public sealed record ReceiptReceived(
    string Receipt,
    Jid Chat,
    Jid Sender,
    bool FromMe,
    long Timestamp,
    IReadOnlyList<string> Ids
) : SessionEvent
{
    private const int WeightOfId = 64;

    /// <inheritdoc/>
    public override string Type => EventTypes.Receipt;

    internal override int Weight => FixedWeight + WeightOfId * Ids.Count;
}

/// <summary>
/// The phone of an account has another identity key than before: WhatsApp was installed again, on this or another phone, or someone else
/// uses the account. It is told once the new key is known, which may be some messages after the server's notice, and in the commit that
/// makes it count; never of a key that is the first one known. Companion devices have keys of their own, and are not told of: a phone vouches for
/// its companions, and links them again once its own key is another.
/// </summary>
/// <param name="Device">The phone: the account's LID where it is known, else its number.</param>
/// <param name="Timestamp">When it was noticed, in Unix seconds.</param>
/// <remarks>
/// A fingerprint is the SHA-256 of the 33 bytes of a Curve25519 key as it goes over the wire (05, then 32 bytes), in 64 small hexadecimal
/// digits. It is not the security code that WhatsApp shows, which is of both accounts and of all of their devices together.
/// </remarks>
public sealed record IdentityChanged(Jid Device, long Timestamp) : SessionEvent
{
    private const int WeightOfFingerprints = 320;

    /// <summary>The account's phone number where <see cref="Device"/> is its LID and the number is known; else null.</summary>
    public Jid? Other { get; init; }

    /// <summary>The fingerprint of the key until now; null in events that were stored before it was.</summary>
    public string? OldFingerprint { get; init; }

    /// <summary>The fingerprint of the key from now on; null in events that were stored before it was.</summary>
    public string? NewFingerprint { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Identity;

    internal override int Weight => FixedWeight + WeightOfFingerprints;
}

/// <summary>An event that cannot be shown as what it is: damaged, or of a later version.</summary>
/// <param name="Of">The type that it was stored as.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Raw">Its stored bytes, which may hold keys; empty: they cannot be had.</param>
public sealed record UnreadableEvent(string Of, string Reason, ReadOnlyMemory<byte> Raw = default)
    : SessionEvent
{
    /// <inheritdoc/>
    public override string Type => EventTypes.Unreadable;

    internal override int Weight => FixedWeight + Raw.Length;
}
