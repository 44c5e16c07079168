using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// What a webhook has to do for a session that has news, or something parked. Pure, and not safe for several threads; the others of a
/// webhook's sessions have none.
/// </summary>
/// <param name="session">The session.</param>
internal sealed class SessionWork(OwnedSession session)
{
    /// <summary>How far behind its cursor a journal is looked at, while events that are held keep the cursor back.</summary>
    public const int Window = 2_048;

    /// <summary>For how long a session is remembered that has nothing left to do: its next event needs no look for its cursor then.</summary>
    public static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(1);

    // Nearly always none.
    private HashSet<long>? _done;
    private Dictionary<long, (DateTimeOffset Until, long Seq)>? _holds;
    private bool _posted;

    /// <summary>The session.</summary>
    public OwnedSession Session { get; } = session;

    /// <summary>All up to it are done, or parked; null: it is not read yet.</summary>
    public long? Cursor { get; private set; }

    /// <summary>All up to it were looked at: what of them is not done is held.</summary>
    public long Position { get; private set; }

    /// <summary>The number of the journal's last entry, as far as it is known.</summary>
    public long Last { get; set; }

    /// <summary>When the next of its parked events is due.</summary>
    public DateTimeOffset? ParkedDue { get; set; }

    /// <summary>When the entry behind the cursor was committed, if it was read.</summary>
    public DateTimeOffset? HeadAt { get; set; }

    /// <summary>When it was last worked on.</summary>
    public DateTimeOffset TouchedAt { get; set; }

    /// <summary>It is being worked on.</summary>
    public bool Busy { get; set; }

    /// <summary>It waits to be worked on.</summary>
    public bool Queued { get; set; }

    /// <summary>It is no longer this pod's to work on.</summary>
    public bool Dropped { get; set; }

    /// <summary>When it is looked at again, whatever happens; null: when something happens.</summary>
    public DateTimeOffset? LaterAt { get; set; }

    /// <summary>Events that wait.</summary>
    public long Behind => Cursor is { } cursor && Last > cursor ? Last - cursor : 0;

    /// <summary>Nothing is left to do, and nothing to be remembered.</summary>
    public bool IsIdle(DateTimeOffset now) =>
        now - TouchedAt >= RememberedFor
        && !Busy
        && !Queued
        && Cursor >= Last
        && ParkedDue is null
        && _holds is not { Count: > 0 };

    /// <summary>When a hold ends or a parked event is due.</summary>
    public DateTimeOffset? NextTime
    {
        get
        {
            var next = ParkedDue;
            if (_holds is not null)
                foreach (var (until, _) in _holds.Values)
                    if (next is null || until < next)
                        next = until;
            return next;
        }
    }

    /// <summary>There is something to read.</summary>
    public bool HasMore(DateTimeOffset now) =>
        Cursor is { } cursor && (ParkedDue <= now || Position < Last && Position - cursor < Window);

    /// <summary>Begins, at a cursor.</summary>
    public void Begin(long cursor)
    {
        Cursor = Position = cursor;
        Last = Math.Max(Last, cursor);
    }

    /// <summary>Whether an event is done.</summary>
    public bool IsDone(long seq) => seq <= Cursor || _done?.Contains(seq) == true;

    /// <summary>Events are done.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">The last.</param>
    /// <param name="posted">False: it was passed over.</param>
    /// <returns>The cursor, if it moved, and whether anything was posted since it moved last.</returns>
    public (long Cursor, bool Posted)? Done(long from, long to, bool posted)
    {
        _posted |= posted;
        var cursor = Cursor!.Value;
        if (from <= cursor + 1)
            cursor = Math.Max(cursor, to);
        else
            for (var seq = from; seq <= to; seq++)
                (_done ??= []).Add(seq);
        while (_done?.Remove(cursor + 1) == true)
            cursor++;
        if (cursor == Cursor)
            return null;
        Cursor = cursor;
        Position = Math.Max(Position, cursor);
        var any = _posted;
        _posted = _done is { Count: > 0 } && any;
        return (cursor, any);
    }

    /// <summary>All up to an entry were looked at.</summary>
    public void LookedAt(long seq) => Position = Math.Max(Position, seq);

    /// <summary>Holds a lane, since an event of it is parked.</summary>
    public void Hold(long lane, DateTimeOffset until, long seq)
    {
        _holds ??= [];
        if (!_holds.TryGetValue(lane, out var known) || known.Until < until)
            _holds[lane] = (until, seq);
    }

    /// <summary>Whether a lane is held.</summary>
    public bool IsHeld(long lane) => _holds?.ContainsKey(lane) == true;

    /// <summary>The event that holds a lane was taken.</summary>
    public void Release(long lane, long seq)
    {
        if (_holds is not null && _holds.TryGetValue(lane, out var hold) && hold.Seq == seq)
        {
            _holds.Remove(lane);
            LookAgain();
        }
    }

    /// <summary>Ends holds whose time is over.</summary>
    public void Settle(DateTimeOffset now)
    {
        if (_holds is null)
            return;
        List<long>? over = null;
        foreach (var (lane, hold) in _holds)
            if (hold.Until <= now)
                (over ??= []).Add(lane);
        if (over is null)
            return;
        foreach (var lane in over)
            _holds.Remove(lane);
        LookAgain();
    }

    private void LookAgain() => Position = Cursor!.Value;
}
