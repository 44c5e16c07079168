using WaOperator.Api;
using WaOperator.Gateway.Access;
using WaOperator.Gateway.Forwarding;
using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>What all relays share.</summary>
internal sealed record RelayServices(
    KeyAccess Access,
    PlaceBatch Places,
    PodAddress Address,
    PodShares Pods,
    PodLink Link,
    TimeProvider Time
);

/// <summary>
/// One client's stream for as long as it stays: follows its sessions from pod to pod. What a pod says is gone, or a pod that is lost,
/// is asked for at the next owner behind what the client has.
/// </summary>
/// <param name="services">What all relays share.</param>
/// <param name="http">The client's request.</param>
/// <param name="client">The client.</param>
/// <param name="rosters">The sessions of the key's tenants.</param>
/// <param name="choice">Which of them are shown.</param>
internal sealed class TenantRelay(
    RelayServices services,
    HttpContext http,
    ClientStream client,
    RosterLease rosters,
    StreamChoice choice
) : IDisposable
{
    /// <summary>Why a relay ends whose client's key opens nothing any more.</summary>
    public const string KeyIsOver = "the API key is no longer valid";

    private static readonly TimeSpan KeyEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);
    private readonly FeedPlan _plan = new(services.Address, services.Time);
    private readonly SemaphoreSlim _changed = new(0, 1);

    // How far the client is in sessions that left the choice: they may come back.
    private readonly Dictionary<long, long> _left = [];
    private IReadOnlyDictionary<long, TenantSession>? _shown;
    private TimeSpan _pause = FirstPause;

    private long _keyAsked = services.Time.GetTimestamp();

    /// <summary>Fills in the client's sessions: the first cursor that it is told has all that it came with.</summary>
    /// <param name="roster">The sessions as they are at the beginning.</param>
    /// <param name="ct">Cancelled when the client goes, or the gateway stops.</param>
    public Task BeginAsync(TenantRoster roster, CancellationToken ct) => UpdateAsync(roster, ct);

    /// <summary>Follows until the client goes, its key ends, or the gateway.</summary>
    /// <param name="roster">The sessions as they are at the beginning.</param>
    /// <param name="ct">Cancelled when the client goes, or the gateway stops.</param>
    /// <returns>Why it is no use to come again; null: the client is to come again.</returns>
    public async Task<string?> RunAsync(TenantRoster roster, CancellationToken ct)
    {
        client.Changed = Change;
        var read = roster;
        try
        {
            while (true)
            {
                if (await UpdateAsync(read, ct) is { } reason)
                    return reason;
                var waits = await ConnectAsync(ct);
                await WaitAsync(waits, ct);
                if (!await IsStillOpenAsync(ct))
                    return KeyIsOver;
                read = await ReadRosterAsync(read, ct);
            }
        }
        finally
        {
            client.Ending();
            await Task.WhenAll(_plan.Feeds.Values.Select(StopAsync));
        }
    }

    private void Change()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is told already.
        }
    }

    private async Task<TenantRoster> ReadRosterAsync(TenantRoster last, CancellationToken ct)
    {
        if (services.Time.GetElapsedTime(last.Began) < TenantRosters.Every)
            return last;
        try
        {
            // What another stream read a moment ago will do; of several tenants all that are as old are read again.
            return await rosters.ReadRecentAsync(ct);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return last;
        }
    }

    /// <summary>Takes over which sessions there are, and where they were when that was read.</summary>
    private async Task<string?> UpdateAsync(TenantRoster roster, CancellationToken ct)
    {
        var rows = choice.Of(roster);
        if (rows.Count > StreamCursor.MaxSessions)
            return choice.TooMany(rows.Count);
        await client.InTurnAsync(
            sessions =>
            {
                if (rows != _shown)
                    Show(sessions, rows, roster.Began);
                _shown = rows;
                foreach (var session in sessions.Values)
                    if (session.Feed is { Over: true })
                        (session.Feed, session.Lost) = (null, true);
                return true;
            },
            ct
        );
        foreach (var feed in _plan.TakeOver())
            feed.Dispose();
        return null;
    }

    private void Show(
        Dictionary<long, StreamSession> sessions,
        IReadOnlyDictionary<long, TenantSession> rows,
        long began
    )
    {
        foreach (var gone in sessions.Keys.Except(rows.Keys).ToArray())
            if (sessions.Remove(gone, out var left) && left.Seq is { } seq)
                Leave(gone, seq);
        foreach (var (id, row) in rows)
            if (sessions.TryGetValue(id, out var session))
                Update(session, row, began);
            else
                sessions[id] = new(id, _left.Remove(id, out var seq) ? seq : choice.SeenOf(id))
                {
                    Row = row,
                };
    }

    private void Leave(long session, long seq)
    {
        // A stream that stays for months does not remember all that were ever deleted.
        if (_left.Count == StreamCursor.MaxSessions)
            _left.Clear();
        _left[session] = seq;
    }

    private static void Update(StreamSession session, TenantSession row, long began)
    {
        session.Row = row;
        // A pod that hangs says nothing: that another one owns the session by now is seen here alone.
        if (session.Feed is { } feed && row.Pod is { } pod && pod != feed.Pod && began > feed.Began)
            (session.Feed, session.Lost) = (null, true);
    }

    /// <summary>Asks pods for the sessions that come from none.</summary>
    /// <returns>Whether sessions are left that are to be looked for soon.</returns>
    private async Task<bool> ConnectAsync(CancellationToken ct)
    {
        var free = await client.InTurnAsync(
            sessions =>
                sessions
                    .Values.Where(s => s.Feed is null && (s.Lost || s.Row.Pod is not null))
                    .ToArray(),
            ct
        );
        if (free.Length == 0)
        {
            _pause = FirstPause;
            return false;
        }
        ServedPlace?[] places;
        try
        {
            places = await Task.WhenAll(free.Select(s => services.Places.AskAsync(s.Name, ct)));
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return true;
        }
        foreach (var (pod, address, sessions) in _plan.Next(free.Zip(places)))
            await BeginAsync(pod, address, sessions, ct);
        // One that has no owner and waits for none is found by the roster once it has one.
        return await client.InTurnAsync(
            _ =>
            {
                foreach (var (session, place) in free.Zip(places))
                    if (place is null || place.Pod is null && AtRest.Is(place))
                        session.Lost = false;
                return free.Any(s => s.Feed is null && (s.Lost || s.Row.Pod is not null));
            },
            ct
        );
    }

    /// <summary>Begins the stream of a pod; one that runs is ended, and its sessions are asked for together with these.</summary>
    private async Task BeginAsync(
        string pod,
        string address,
        IReadOnlyList<StreamSession> sessions,
        CancellationToken ct
    )
    {
        _plan.Tried(address);
        if (_plan.Feeds.Remove(address, out var former))
            await StopAsync(former);
        var feed = new PodFeed(pod, address, services.Time, services.Pods, services.Link);
        var body = await client.InTurnAsync(
            all =>
            {
                StreamSession[] asked =
                [
                    .. sessions,
                    .. all.Values.Where(s => former is not null && s.Feed == former),
                ];
                foreach (var session in asked)
                    (session.Feed, session.Lost) = (feed, false);
                return PodFeed.Ask(asked, choice.Since, choice.Types);
            },
            ct
        );
        _plan.Feeds[address] = feed;
        feed.Start(http, body, client);
    }

    private static async Task StopAsync(PodFeed feed)
    {
        await feed.StopAsync();
        feed.Dispose();
    }

    private async Task WaitAsync(bool soon, CancellationToken ct)
    {
        _pause =
            !soon ? FirstPause
            : _pause * 2 < Rest ? _pause * 2
            : Rest;
        using var limit = new CancellationTokenSource(soon ? _pause : Rest, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var changed = _changed.WaitAsync(either.Token);
        await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        if (!changed.IsCompletedSuccessfully)
            return;
        // A pod that stops tells it of each of its sessions: one pass for all that come together.
        await Task.Delay(Gather, services.Time, ct);
        _ = await _changed.WaitAsync(TimeSpan.Zero, ct);
    }

    private async Task<bool> IsStillOpenAsync(CancellationToken ct)
    {
        if (client.KeyEnded)
            return false;
        if (services.Time.GetElapsedTime(_keyAsked) < KeyEvery)
            return true;
        _keyAsked = services.Time.GetTimestamp();
        try
        {
            return choice.Take(await services.Access.AskAgainAsync(http, ct));
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();
}
