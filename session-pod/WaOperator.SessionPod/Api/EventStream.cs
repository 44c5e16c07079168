using System.Buffers;
using System.Globalization;
using System.Text;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Api;

/// <summary>
/// A session's journal as server-sent events. The event's id is its number; a client that was cut off continues with the last one it
/// saw.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="response">Where to write.</param>
/// <param name="unreadable">Counts entries that cannot be shown.</param>
/// <param name="chosen">Tells what a vote chose; null where that is not known, and for other events.</param>
/// <param name="heartbeat">How often a stream without events shows that it lives.</param>
/// <param name="time">The clock.</param>
/// <param name="stillOpen">Whether the client's key is still valid; asked at each heartbeat, and at least twice a minute.</param>
internal sealed class EventStream(
    Assignment session,
    HttpResponse response,
    UnreadableEntries unreadable,
    Func<SessionEvent, CancellationToken, ValueTask<IReadOnlyList<string>?>> chosen,
    TimeSpan heartbeat,
    TimeProvider time,
    Func<Task<bool>> stillOpen
)
{
    private const int MaxBuffer = 64 * 1024;
    private static readonly TimeSpan MaxAskEvery = TimeSpan.FromSeconds(30);
    private static readonly byte[] Beat = ": still here\n\n"u8.ToArray();
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly TimeSpan _askEvery = heartbeat < MaxAskEvery ? heartbeat : MaxAskEvery;
    private long _asked;
    private Task<bool>? _waiting;

    /// <summary>Streams until the client goes, or the session.</summary>
    /// <param name="journal">The session's journal behind the client's cursor.</param>
    /// <param name="ct">Cancelled when the client goes.</param>
    public async Task RunAsync(IAsyncEnumerable<JournalItem> journal, CancellationToken ct)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        _asked = time.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await using var items = journal.GetAsyncEnumerator(stop.Token);
        try
        {
            Write($"retry: 2000\n\n");
            await FlushAsync(ct);
            Write(
                await CopyAsync(items, ct)
                    ? TenantEvents.Moved()
                    : TenantEvents.Closed("the API key is no longer valid")
            );
            await FlushAsync(ct);
        }
        finally
        {
            // Nothing may read the journal while its enumerator is disposed.
            await stop.CancelAsync();
            if (_waiting is Task pending)
                await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether the session has gone; else the client's key has.</returns>
    private async Task<bool> CopyAsync(IAsyncEnumerator<JournalItem> items, CancellationToken ct)
    {
        while (true)
        {
            var more = await NextAsync(items, ct);
            if (more == false)
                return true;
            if (!await IsStillOpenAsync())
                return false;
            if (more == true)
                await WriteAsync(items.Current, ct);
            if (_buffer.WrittenCount >= MaxBuffer)
                await FlushAsync(ct);
        }
    }

    /// <returns>Whether there is a next item; null if that is not known yet and the key is to be asked for.</returns>
    private async ValueTask<bool?> NextAsync(
        IAsyncEnumerator<JournalItem> items,
        CancellationToken ct
    )
    {
        if (_waiting is null)
        {
            var next = items.MoveNextAsync();
            if (next.IsCompleted)
                return await next;
            _waiting = next.AsTask();
            // Nothing more is at hand.
            await FlushAsync(ct);
        }
        var waiting = _waiting;
        try
        {
            var more = await waiting.WaitAsync(_askEvery, time, ct);
            _waiting = null;
            return more;
        }
        catch (TimeoutException) when (!waiting.IsCompleted)
        {
            _buffer.Write(Beat);
            await FlushAsync(ct);
            return null;
        }
    }

    private async ValueTask<bool> IsStillOpenAsync()
    {
        if (time.GetElapsedTime(_asked) < _askEvery)
            return true;
        _asked = time.GetTimestamp();
        try
        {
            return await stillOpen();
        }
        catch (Exception e) when (CommitFailure.Classify(e) is not null)
        {
            // That is not known without PostgreSQL; no message is journalled then either.
            return true;
        }
    }

    private async ValueTask WriteAsync(JournalItem item, CancellationToken ct)
    {
        switch (item)
        {
            case JournalGap gap:
                Write(TenantEvents.Gap(gap.From, gap.To));
                break;
            case JournalPassing passing:
                Write(TenantEvents.Show(passing.Event, seq: 0));
                break;
            case JournalEvent entry:
                Write(entry, await chosen(entry.Event, ct));
                break;
        }
    }

    private void Write(JournalEvent entry, IReadOnlyList<string>? chosen)
    {
        var shown = TenantEvents.Show(entry.Event, entry.Seq, chosen);
        if (shown.Name == EventTypes.Unreadable)
            unreadable.Given(
                session,
                entry.Seq,
                entry.Event is UnreadableEvent { Of: var type } ? type : entry.Event.Type
            );
        Write($"id: {entry.Seq}\n");
        Write(shown);
    }

    private void Write(ShownEvent shown)
    {
        Write($"event: {shown.Name}\ndata: ");
        _buffer.Write(shown.Json);
        _buffer.Write("\n\n"u8);
    }

    private void Write(FormattableString text) =>
        _buffer.Write(Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture)));

    private async Task FlushAsync(CancellationToken ct)
    {
        if (_buffer.WrittenCount == 0)
            return;
        // Waits for the client: what it has not taken waits here, and the rest in the database.
        await response.Body.WriteAsync(_buffer.WrittenMemory, ct);
        await response.Body.FlushAsync(ct);
        _buffer.ResetWrittenCount();
    }
}
