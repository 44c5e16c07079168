using System.Threading.Channels;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Streams;

/// <summary>What a stream of many sessions shows.</summary>
/// <param name="Sessions">The sessions, each with the number of the last event that was seen of it; null: nothing was.</param>
/// <param name="Since">Of a session of which nothing was seen, what happened later is shown.</param>
/// <param name="Types">Patterns of types; null: all.</param>
internal sealed record StreamAsked(
    IReadOnlyDictionary<long, long?> Sessions,
    DateTimeOffset Since,
    IReadOnlyList<string>? Types
);

/// <summary>
/// The journals of many sessions in one stream. One loop serves them in turns: it waits until one of them has news, and reads the next
/// page of those that wait, together and in the order in which they came, so that none holds up others however much of it is behind.
/// </summary>
/// <param name="reader">What it reads from.</param>
/// <param name="writer">Where it writes.</param>
/// <param name="asked">What it shows.</param>
/// <param name="unreadable">Counts entries that cannot be shown.</param>
/// <param name="time">The clock.</param>
/// <param name="heartbeat">How often it shows that it lives.</param>
internal sealed class TenantStream(
    JournalStreams reader,
    TenantStreamWriter writer,
    StreamAsked asked,
    UnreadableEntries unreadable,
    TimeProvider time,
    TimeSpan heartbeat
) : IDisposable
{
    private const int Together = 16;
    private static readonly TimeSpan MaxAskEvery = TimeSpan.FromSeconds(30);
    private readonly Channel<StreamPosition> _line = Channel.CreateUnbounded<StreamPosition>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Dictionary<long, StreamPosition> _positions = [];
    private readonly bool _hearsPassing = WebhookEvents.Passing.Any(type =>
        EventNames.IsAskedFor(type, asked.Types)
    );
    private readonly TimeSpan _askEvery = heartbeat < MaxAskEvery ? heartbeat : MaxAskEvery;
    private Task<bool>? _waiting;
    private long _asked;

    /// <summary>Begins to follow the sessions that are served here and that the key opens.</summary>
    /// <param name="opens">Whether it does.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task OpenAsync(Func<Assignment, bool> opens, CancellationToken ct)
    {
        foreach (var session in asked.Sessions.Keys)
            Follow(session, opens);
        var starts = await reader.StartsAsync(
            [
                .. _positions.Values.Select(p => new JournalOpening(
                    p.Owned,
                    Unseen: asked.Sessions[p.Session] is null
                )),
            ],
            asked.Since,
            ct
        );
        // By chance: one that comes for a page at a time, as consumers do, is else shown the same busy sessions each time, and never others.
        foreach (var start in starts.Shuffle())
            Begin(_positions[start.SessionId], start);
    }

    private void Follow(long session, Func<Assignment, bool> opens)
    {
        if (reader.Find(session) is { } runner && opens(runner.Wanted))
        {
            var position = new StreamPosition(runner, _line.Writer, _hearsPassing);
            reader.Events.Add(position);
            // What ended before that does not end the follower.
            if (reader.Find(session) == runner)
            {
                _positions[session] = position;
                return;
            }
            reader.Events.Leave(position);
        }
        writer.Gone(session);
    }

    private void Begin(StreamPosition position, JournalStart start)
    {
        if (!start.IsOwn)
        {
            Drop(position);
            return;
        }
        if (asked.Sessions[position.Session] is { } seen)
            position.Cursor = seen;
        else
            writer.Position(position.Session, position.Cursor = reader.Begin(start, asked.Since));
        if (position.Cursor < start.Last)
            position.Wait();
    }

    /// <summary>Streams until the client goes, or the last session.</summary>
    /// <param name="ask">Asks what the key opens now; null: nothing.</param>
    /// <param name="ct">Cancelled when the client goes.</param>
    public async Task RunAsync(Func<Task<Func<Assignment, bool>?>> ask, CancellationToken ct)
    {
        _asked = time.GetTimestamp();
        var batch = new List<StreamPosition>(Together);
        while (_positions.Count > 0)
        {
            var news = await WaitAsync(ct);
            if (!await IsStillOpenAsync(ask))
            {
                writer.Closed("the API key is no longer valid");
                break;
            }
            while (news && batch.Count < Together && _line.Reader.TryRead(out var position))
                batch.Add(position);
            await ShowAsync(batch, ct);
            batch.Clear();
        }
        await writer.FlushAsync(ct);
    }

    /// <returns>Whether a session has news.</returns>
    private async ValueTask<bool> WaitAsync(CancellationToken ct)
    {
        if (_waiting is null)
        {
            var next = _line.Reader.WaitToReadAsync(CancellationToken.None);
            if (next.IsCompleted)
                return await next;
            _waiting = next.AsTask();
            // Nothing more is at hand.
            await writer.FlushAsync(ct);
        }
        try
        {
            await _waiting.WaitAsync(_askEvery, time, ct);
            _waiting = null;
            return true;
        }
        catch (TimeoutException)
        {
            writer.Beat();
            await writer.FlushAsync(ct);
            return false;
        }
    }

    private async ValueTask<bool> IsStillOpenAsync(Func<Task<Func<Assignment, bool>?>> ask)
    {
        if (time.GetElapsedTime(_asked) < _askEvery)
            return true;
        _asked = time.GetTimestamp();
        try
        {
            if (await ask() is not { } opens)
                return false;
            foreach (var position in _positions.Values.ToArray())
                if (!opens(position.Wanted))
                    Drop(position);
            return true;
        }
        catch (Exception e) when (CommitFailure.Classify(e) is not null)
        {
            // That is not known without PostgreSQL; no message is journalled then either.
            return true;
        }
    }

    private async Task ShowAsync(List<StreamPosition> batch, CancellationToken ct)
    {
        var places = new List<JournalPlace>(batch.Count);
        foreach (var position in batch)
        {
            var more = position.Taken();
            if (position.Ended)
            {
                Drop(position);
                continue;
            }
            if (_positions.GetValueOrDefault(position.Session) != position)
                continue;
            ShowPassing(position);
            if (more)
                places.Add(new(position.Owned, position.Cursor));
        }
        if (places.Count == 0)
            return;
        foreach (var page in await reader.PagesAsync(places, ct))
        {
            var position = _positions[page.SessionId];
            if (page.IsOwn)
                await ShowAsync(position, page, ct);
            else
                Drop(position);
        }
    }

    private async Task ShowAsync(StreamPosition position, JournalPage page, CancellationToken ct)
    {
        using var ciphers = reader.CiphersOf(position);
        var (untold, bytes) = (false, 0L);
        foreach (var stored in page.Rows)
        {
            var seq = stored.Row.Seq;
            // Numbers have no gaps: these were removed while the stream was on its way to them.
            if (seq - 1 > position.Cursor)
                Gap(position, seq - 1);
            position.Cursor = seq;
            bytes += stored.Row.Ciphertext.Length;
            untold =
                !EventNames.MayBe(stored.Row.Type, asked.Types)
                || !await ShowAsync(
                    position,
                    await JournalReader.OpenAsync(ciphers, stored.Row, ct),
                    stored.At,
                    ct
                );
            await writer.FlushIfFullAsync(ct);
        }
        if (page.Rows.Count == 0 && page.Pruned > position.Cursor)
            Gap(position, page.Pruned);
        if (untold)
            writer.Position(position.Session, position.Cursor);
        if (page.Rows.Count == JournalStreams.Rows || bytes >= JournalStreams.Bytes)
            position.Wait();
    }

    private void ShowPassing(StreamPosition position)
    {
        foreach (var passing in position.TakePassing())
            if (EventNames.Of(passing) is { } type && EventNames.IsAskedFor(type, asked.Types))
                writer.Passing(
                    position.Session,
                    type,
                    WebhookEnvelope.OfPassing(position.Wanted, type, passing)
                );
    }

    private async ValueTask<bool> ShowAsync(
        StreamPosition position,
        JournalEvent entry,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        if (EventNames.Of(entry.Event) is not { } type || !EventNames.IsAskedFor(type, asked.Types))
            return false;
        if (type == EventNames.Unreadable)
            unreadable.Given(
                position.Wanted,
                entry.Seq,
                entry.Event is UnreadableEvent { Of: var of } ? of : entry.Event.Type
            );
        var shown = WebhookEnvelope.Of(
            position.Wanted,
            entry.Seq,
            at,
            type,
            entry.Event,
            WebhookFormat.Native,
            await reader.ChosenAsync(position.Wanted, entry.Event, ct)
        );
        writer.Event(position.Session, entry.Seq, type, shown.Body);
        return true;
    }

    /// <summary>Told whatever is asked for: what is lost will not come.</summary>
    private void Gap(StreamPosition position, long to)
    {
        var shown = WebhookEnvelope.OfGap(
            position.Wanted,
            position.Cursor + 1,
            to,
            time.GetUtcNow(),
            WebhookFormat.Native
        );
        writer.Event(position.Session, to, EventNames.Gap, shown.Body);
        position.Cursor = to;
    }

    private void Drop(StreamPosition position)
    {
        reader.Events.Leave(position);
        if (_positions.Remove(position.Session))
            writer.Gone(position.Session);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var position in _positions.Values)
            reader.Events.Leave(position);
        _positions.Clear();
    }
}
