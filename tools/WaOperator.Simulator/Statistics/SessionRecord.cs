namespace WaOperator.Simulator.Statistics;

/// <summary>What was in the connection that a newer login replaced.</summary>
internal enum Replaced
{
    /// <summary>It had sent something other than keepalive lately: two clients act at once.</summary>
    Live,

    /// <summary>It only kept itself alive: a client that has gone silent, or is idle.</summary>
    Silent,

    /// <summary>Not even keepalive lately: its client is dead or cut off.</summary>
    Dead,
}

/// <summary>What was seen of one device. Guard: the device's gate.</summary>
internal sealed class SessionRecord
{
    private const int GapsKept = 20;
    private readonly Queue<Gap> _gaps = new();

    public long Logins { get; private set; }
    public long[] ReplacedBy { get; } = new long[Enum.GetValues<Replaced>().Length];
    public long LateFrames { get; set; }
    public long MessagesIn { get; set; }
    public long MessagesAcked { get; set; }
    public long MessagesRepeated { get; set; }
    public long Delivered { get; set; }
    public long Confirmed { get; set; }
    public long Retries { get; set; }
    public Loss? Lost { get; set; }
    public double MaxAwayMs { get; private set; }

    /// <summary>The last gaps, oldest first.</summary>
    public IReadOnlyCollection<Gap> Gaps => _gaps;

    /// <summary>Counts a login and closes the gap before it.</summary>
    public Gap? LoggedIn(Clock clock, Mark? mark, Stamp now)
    {
        Logins++;
        if (Lost is not { } loss)
            return null;
        Lost = null;
        var gap = Gap.Measure(clock, loss, mark, now);
        if (_gaps.Count == GapsKept)
            _gaps.Dequeue();
        _gaps.Enqueue(gap);
        MaxAwayMs = Math.Max(MaxAwayMs, gap.AwayMs);
        return gap;
    }

    /// <summary>Forgets all counts; a device that is away stays so.</summary>
    public void Reset()
    {
        Logins =
            LateFrames =
            MessagesIn =
            MessagesAcked =
            MessagesRepeated =
            Delivered =
            Confirmed =
            Retries =
                0;
        Array.Clear(ReplacedBy);
        _gaps.Clear();
        MaxAwayMs = 0;
    }
}
