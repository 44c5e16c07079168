using System.Buffers;
using System.Globalization;
using System.Text;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Api;

/// <summary>
/// A session's journal as server-sent events: first what is in the database, then what becomes durable. The event's id is its number;
/// who was cut off goes on with the last one it saw. A reader that is slow is read to from the database.
/// </summary>
/// <param name="opened">The session.</param>
/// <param name="response">Where to write.</param>
/// <param name="unreadable">Hears of entries that cannot be shown.</param>
/// <param name="heartbeat">How often a stream without events shows that it lives.</param>
/// <param name="stillOpen">Whether the reader's key is still valid; asked at each heartbeat, and at least twice a minute.</param>
internal sealed class EventStream(
    Opened opened,
    HttpResponse response,
    UnreadableEntries unreadable,
    TimeSpan heartbeat,
    Func<Task<bool>> stillOpen
)
{
    private const int Page = 128;
    private const int MaxBuffer = 64 * 1024;
    private static readonly TimeSpan MaxAskEvery = TimeSpan.FromSeconds(30);
    private static readonly byte[] Beat = ": still here\n\n"u8.ToArray();
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly MessageContext _messages = opened.Tenure.Messages;
    private readonly long _session = opened.Session.Id;
    private readonly TimeSpan _askEvery = heartbeat < MaxAskEvery ? heartbeat : MaxAskEvery;
    private long _asked;
    private Task<bool>? _waiting;
    private long _cursor;

    /// <summary>Streams until the reader goes, or the session.</summary>
    /// <param name="after">The number of the last event that the reader has.</param>
    /// <param name="ct">Cancelled when the reader goes.</param>
    public async Task RunAsync(long after, CancellationToken ct)
    {
        _cursor = after;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        // Before the database is read: what becomes durable meanwhile waits here.
        var follower = _messages.Events.Follow(_session);
        try
        {
            _asked = _messages.Time.GetTimestamp();
            Write(
                !opened.Tenure.Host.Sessions.ContainsKey(_session)
                || await FollowAsync(follower, ct)
                    ? TenantEvents.Moved()
                    : TenantEvents.Closed("the API key is no longer valid")
            );
            await FlushAsync(ct);
        }
        finally
        {
            _messages.Events.Leave(follower);
        }
    }

    /// <returns>Whether the session has gone; else the reader's key has.</returns>
    private async Task<bool> FollowAsync(Follower follower, CancellationToken ct)
    {
        Write($"retry: 2000\n\n");
        await FlushAsync(ct);
        if (!await ReplayAsync(ct))
            return false;
        var entries = follower.Entries;
        while (await IsStillOpenAsync())
        {
            while (entries.TryRead(out var entry))
            {
                if (!await IsStillOpenAsync())
                    return false;
                // Some before it were left out.
                if (entry.Seq - 1 > _cursor && !await ReplayAsync(ct))
                    return false;
                await WriteAsync(entry, ct);
            }
            await FlushAsync(ct);
            if (entries.TryPeek(out _))
                continue;
            if (follower.TakeMissed())
            {
                if (!await ReplayAsync(ct))
                    return false;
            }
            else if (await WaitAsync(entries, ct) == false)
                return true;
        }
        return false;
    }

    private async Task<bool> IsStillOpenAsync()
    {
        if (_messages.Time.GetElapsedTime(_asked) < _askEvery)
            return true;
        _asked = _messages.Time.GetTimestamp();
        try
        {
            return await stillOpen();
        }
        catch (Exception e) when (CommitFailure.Classify(e) is not null)
        {
            // Without PostgreSQL nobody can tell; then no message is journalled either.
            return true;
        }
    }

    /// <returns>Whether there may be more; null if the key is to be asked for.</returns>
    private async Task<bool?> WaitAsync(
        System.Threading.Channels.ChannelReader<LiveEvent> entries,
        CancellationToken ct
    )
    {
        var more = _waiting ??= entries.WaitToReadAsync(ct).AsTask();
        try
        {
            var any = await more.WaitAsync(_askEvery, _messages.Time, ct);
            _waiting = null;
            return any;
        }
        catch (TimeoutException)
        {
            _buffer.Write(Beat);
            await FlushAsync(ct);
            return null;
        }
    }

    /// <returns>False: the key was revoked meanwhile.</returns>
    private async Task<bool> ReplayAsync(CancellationToken ct)
    {
        var pruned = await _messages.ReadAsync(c => _messages.Stored.PrunedAsync(_session, c), ct);
        if (_cursor < pruned)
        {
            Write(TenantEvents.Gap(_cursor + 1, pruned));
            _cursor = pruned;
        }
        using var ciphers = new SessionCiphers(
            _messages.Keyring,
            opened.Session.Wanted.TenantId,
            _session
        );
        while (true)
        {
            var page = await _messages.ReadAsync(
                c => _messages.Stored.ReadEventsAsync(_session, _cursor, Page, c),
                ct
            );
            foreach (var stored in page)
            {
                // A slow reader of many events stays here for long.
                if (!await IsStillOpenAsync())
                    return false;
                await WriteAsync(await OpenAsync(ciphers, stored.Row, ct), ct);
            }
            await FlushAsync(ct);
            if (page.Count < Page)
                return true;
        }
    }

    /// <remarks>A damaged entry costs its readers that entry, not those behind it.</remarks>
    private static async ValueTask<LiveEvent> OpenAsync(
        SessionCiphers ciphers,
        EventRow row,
        CancellationToken ct
    )
    {
        try
        {
            return await PodMessageStore.OpenAsync(ciphers, row, ct);
        }
        catch (InvalidDataException)
        {
            return new(
                row.Seq,
                new UnreadableEvent(
                    row.Type,
                    "it is damaged in the database, or the key that it is encrypted with is not there"
                )
            );
        }
    }

    private async ValueTask WriteAsync(LiveEvent entry, CancellationToken ct)
    {
        // Else it was read from the database already.
        if (entry.Seq > _cursor)
            Write(entry);
        if (_buffer.WrittenCount >= MaxBuffer)
            await FlushAsync(ct);
    }

    private void Write(LiveEvent entry)
    {
        _cursor = entry.Seq;
        var shown = TenantEvents.Show(entry.Event);
        if (shown.Name == EventTypes.Unreadable)
            unreadable.Given(
                opened.Session.Wanted,
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
        // Waits for the reader: what it has not taken waits here, and the rest in the database.
        await response.Body.WriteAsync(_buffer.WrittenMemory, ct);
        await response.Body.FlushAsync(ct);
        _buffer.ResetWrittenCount();
    }
}
