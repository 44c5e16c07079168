namespace WaOperator.WhatsApp.Events;

/// <summary>The picture of an account or a group is another one, or was taken away.</summary>
public sealed record PictureChanged : SessionEvent
{
    /// <summary>Whose picture: the own account, another one, or a group.</summary>
    public required Jid Of { get; init; }

    /// <summary>The picture's id; null: it was taken away, or the server did not tell, as of the own account.</summary>
    public string? PictureId { get; init; }

    /// <summary>It was taken away. False where the server tells only that something changed.</summary>
    public bool Removed { get; init; }

    /// <summary>Who changed it, where the server names it.</summary>
    public Jid? By { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Picture;
}

/// <summary>An account was blocked, or is heard again.</summary>
/// <param name="Account">The account, as the server names it.</param>
/// <param name="Other">Its other address (phone number or LID), where it is known.</param>
/// <param name="Blocked">Whether it is blocked now.</param>
public sealed record BlockChange(Jid Account, Jid? Other, bool Blocked);

/// <summary>The block list was changed by another device of the account, such as its phone.</summary>
public sealed record BlocklistChanged : SessionEvent
{
    private const int WeightOfAccount = 128;

    /// <summary>What changed, in order; empty: the server does not tell, so ask for the list (<see cref="WhatsAppDevice.GetBlockedAsync"/>).</summary>
    public required IReadOnlyList<BlockChange> Changes { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Blocklist;

    internal override int Weight => FixedWeight + WeightOfAccount * Changes.Count;

    /// <inheritdoc/>
    public bool Equals(BlocklistChanged? other) =>
        other is not null && Timestamp == other.Timestamp && Changes.SequenceEqual(other.Changes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Timestamp, Changes.Count);
}
