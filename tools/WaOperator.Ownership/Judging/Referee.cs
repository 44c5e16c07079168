using WaOperator.SessionPod.Lease;

namespace WaOperator.Ownership.Judging;

/// <summary>
/// Orders the acts of all owners of one schedule, who run on one machine and so read one clock. An act happened at some moment
/// between its two readings. Two overlap for certain when someone with an older epoch began to ask after someone with a newer one
/// had been told; readings that a pause fell into can hide an overlap, and never make one up.
/// </summary>
internal sealed class Referee
{
    private sealed class Tenure(string owner)
    {
        public string Owner { get; } = owner;
        public long LastFrom { get; set; } = long.MinValue;
        public long FirstTo { get; set; } = long.MaxValue;
    }

    private readonly Lock _change = new();
    private readonly Dictionary<long, SortedList<long, Tenure>> _sessions = [];
    private readonly List<string> _overlaps = [];

    /// <summary>Acts so far.</summary>
    public long Acts { get; private set; }

    /// <summary>Tenures of sessions so far: how often one began to act.</summary>
    public int Tenures
    {
        get
        {
            lock (_change)
                return _sessions.Values.Sum(s => s.Count);
        }
    }

    /// <summary>What went wrong, in words.</summary>
    public IReadOnlyList<string> Overlaps
    {
        get
        {
            lock (_change)
                return [.. _overlaps];
        }
    }

    /// <summary>Takes an act down. Acts may come in any order.</summary>
    public void Take(Act act)
    {
        lock (_change)
        {
            Acts++;
            if (!_sessions.TryGetValue(act.Session, out var tenures))
                _sessions[act.Session] = tenures = [];
            if (!tenures.TryGetValue(act.Epoch, out var mine))
                tenures[act.Epoch] = mine = new(act.Owner);
            if (mine.Owner != act.Owner)
                Tell(
                    $"session {act.Session}: {mine.Owner} and {act.Owner} both act in epoch {act.Epoch}"
                );
            mine.LastFrom = Math.Max(mine.LastFrom, act.From);
            mine.FirstTo = Math.Min(mine.FirstTo, act.To);
            foreach (var (epoch, other) in tenures)
                if (epoch < act.Epoch && other.LastFrom > act.To)
                    Overlap(act.Session, epoch, other, act.Epoch, mine);
                else if (epoch > act.Epoch && act.From > other.FirstTo)
                    Overlap(act.Session, act.Epoch, mine, epoch, other);
        }
    }

    /// <summary>Sessions of these for which no one has acted since a moment; the newest epoch counts alone.</summary>
    public IReadOnlyList<long> Idle(IEnumerable<long> among, TimeSpan since)
    {
        lock (_change)
            return
            [
                .. among.Where(id =>
                    !_sessions.TryGetValue(id, out var tenures)
                    || tenures.Values[^1].LastFrom <= since.Ticks
                ),
            ];
    }

    /// <summary>Now, by the clock of all owners.</summary>
    public static TimeSpan Now => BootClock.Instance.Now;

    private void Overlap(long session, long epoch, Tenure old, long newer, Tenure next) =>
        Tell(
            $"session {session}: {old.Owner} acted in epoch {epoch} {new TimeSpan(old.LastFrom - next.FirstTo).TotalMilliseconds:0.0} ms after {next.Owner} had in epoch {newer}"
        );

    private void Tell(string what)
    {
        if (_overlaps.Count < 20)
            _overlaps.Add(what);
    }
}
