namespace WaOperator.WhatsApp.Events;

/// <summary>A part of the account's past is complete: what the phone gave of it is stored. Or it cannot be read, and is left out.</summary>
public sealed record HistorySynced : SessionEvent
{
    /// <summary>The part: bootstrap, recent, full, pushNames or onDemand.</summary>
    public required string Part { get; init; }

    /// <summary>How much of such parts the phone has given with it, in percent, 0 to 100; 0 too where it does not say.</summary>
    public int Progress { get; init; }

    /// <summary>Its place among such parts, as the phone counts.</summary>
    public int Chunk { get; init; }

    /// <summary>How many chats it has.</summary>
    public int Chats { get; init; }

    /// <summary>How many messages it has.</summary>
    public int Messages { get; init; }

    /// <summary>How many names that accounts have chosen it has.</summary>
    public int Names { get; init; }

    /// <summary>The request that it answers; null: none.</summary>
    public string? Request { get; init; }

    /// <summary>Why it cannot be read; null: it was.</summary>
    public string? Error { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.History;
}
