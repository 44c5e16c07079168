using System.Buffers;
using WaOperator.Gateway.Streams;

namespace WaOperator.Gateway.Consumers;

/// <summary>
/// Collects the next events of a consumer. It is ready a moment after the first event, so that those of other pods come along, or once it
/// is full; what comes later stays behind its cursor.
/// </summary>
/// <param name="most">The most events.</param>
/// <param name="share">The bytes that it holds.</param>
/// <param name="time">The clock.</param>
internal sealed class EventPage(int most, PageShare share, TimeProvider time)
    : IEventSink,
        IDisposable
{
    /// <summary>The most bytes of events; the one that goes beyond is the last.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>How long others are waited for after the first event.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    private readonly ArrayBufferWriter<byte> _events = new();
    private readonly CancellationTokenSource _ready = new(Timeout.InfiniteTimeSpan, time);

    /// <summary>How many events it has.</summary>
    public int Count { get; private set; }

    /// <summary>There was no room for an event: the page ended before it.</summary>
    public bool FoundNoRoom { get; private set; }

    private bool IsFull => FoundNoRoom || Count >= most || _events.WrittenCount >= MaxBytes;

    /// <summary>Where the consumer is behind its events.</summary>
    public string Cursor { get; private set; } = "";

    /// <summary>Cancelled when it waits for nothing more.</summary>
    public CancellationToken Ready => _ready.Token;

    /// <summary>Its events, with commas between them.</summary>
    public ReadOnlyMemory<byte> Events => _events.WrittenMemory;

    /// <inheritdoc/>
    public bool TakesPassing => false;

    /// <inheritdoc/>
    public bool Takes(int bytes)
    {
        if (IsFull)
            return false;
        if (share.TryTake(bytes))
            return true;
        FoundNoRoom = true;
        _ready.CancelAfter(TimeSpan.Zero);
        return false;
    }

    /// <inheritdoc/>
    public Task BeginAsync(CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task EventAsync(
        string type,
        ReadOnlyMemory<byte> data,
        string? cursor,
        CancellationToken ct
    )
    {
        if (Count > 0)
            _events.Write(","u8);
        _events.Write(data.Span);
        Count++;
        Cursor = cursor ?? Cursor;
        if (IsFull)
            _ready.CancelAfter(TimeSpan.Zero);
        else if (Count == 1)
            _ready.CancelAfter(Gather);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CursorAsync(string cursor, CancellationToken ct)
    {
        Cursor = cursor;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task EndAsync(string? reason, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        _ready.Dispose();
        share.Dispose();
    }
}
