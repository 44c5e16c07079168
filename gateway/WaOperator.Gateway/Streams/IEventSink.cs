namespace WaOperator.Gateway.Streams;

/// <summary>A client that is told events. One thing at a time.</summary>
internal interface IEventSink
{
    /// <summary>Before anything else; no problem can be answered from here on.</summary>
    Task BeginAsync(CancellationToken ct);

    /// <summary>An event.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="data">JSON in UTF-8, in one line.</param>
    /// <param name="cursor">With which the client continues behind it; null: it learns that later.</param>
    /// <param name="ct">Cancelled when the client goes.</param>
    Task EventAsync(string type, ReadOnlyMemory<byte> data, string? cursor, CancellationToken ct);

    /// <summary>Whether it takes an event of so many bytes. If not, it takes none later either: what is not taken is behind the cursor.</summary>
    bool Takes(int bytes) => true;

    /// <summary>Whether it takes what is stored nowhere, and is behind no cursor.</summary>
    bool TakesPassing => true;

    /// <summary>With what the client continues, which shows at the same time that the stream lives.</summary>
    Task CursorAsync(string cursor, CancellationToken ct);

    /// <summary>The end.</summary>
    /// <param name="reason">Why it is no use to come again with the same request; null: the client is to come again.</param>
    /// <param name="ct">Cancelled when the client goes.</param>
    Task EndAsync(string? reason, CancellationToken ct);
}
