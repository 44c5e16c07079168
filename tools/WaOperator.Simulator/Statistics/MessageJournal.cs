namespace WaOperator.Simulator.Statistics;

/// <summary>What became of one message at one device. Guard: the trace of its message.</summary>
internal sealed class DeviceTrace(MessageTrace message, string device, Clock clock)
{
    /// <summary>The device's address.</summary>
    public string Device => device;

    /// <summary>When it was written to the device's socket the last time; null while it only waits.</summary>
    public DateTimeOffset? DeliveredAt { get; private set; }

    /// <summary>How often it was written: more than once if the device came back without having confirmed it.</summary>
    public int Deliveries { get; private set; }

    /// <summary>When the device confirmed it: it will not be delivered again.</summary>
    public DateTimeOffset? ConfirmedAt { get; private set; }

    /// <summary>How: ack, receipt, or the receipt's type; with an error <c>ack 500</c>.</summary>
    public string? ConfirmedBy { get; private set; }

    /// <summary>How often the device asked the sender to encrypt it again.</summary>
    public int Retries { get; private set; }

    /// <summary>It was written to the device's socket.</summary>
    public void Delivered()
    {
        lock (message.Gate)
        {
            Deliveries++;
            DeliveredAt = clock.Now().At;
        }
    }

    /// <summary>The device has taken it over.</summary>
    public void Confirmed(string by)
    {
        lock (message.Gate)
        {
            ConfirmedAt = clock.Now().At;
            ConfirmedBy = by;
        }
    }

    /// <summary>The device could not read it.</summary>
    public void Retried()
    {
        lock (message.Gate)
            Retries++;
    }
}

/// <summary>A message that the server took over, with what became of it.</summary>
internal sealed class MessageTrace(long seq, Clock clock, string id, string from, string to)
{
    private readonly List<DeviceTrace> _devices = [];

    /// <summary>Guards what changes here and in <see cref="Devices"/>.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Counts up from 1.</summary>
    public long Seq => seq;

    /// <summary>Its id, chosen by the sender.</summary>
    public string Id => id;

    /// <summary>The sender's address with its device.</summary>
    public string From => from;

    /// <summary>Where it was addressed to.</summary>
    public string To => to;

    /// <summary>When it came.</summary>
    public DateTimeOffset At { get; } = clock.Now().At;

    /// <summary>When the ack was written to the sender's socket; null: not yet, or the sender was gone by then.</summary>
    public DateTimeOffset? AckedAt { get; private set; }

    /// <summary>The error that the ack carried; then no one got the message.</summary>
    public int? Error { get; private set; }

    /// <summary>The sender had sent this id before.</summary>
    public bool Repeated { get; init; }

    /// <summary>The sender encrypted it again for one device, as after a retry receipt.</summary>
    public bool Resend { get; init; }

    /// <summary>The devices it was for.</summary>
    public IReadOnlyList<DeviceTrace> Devices
    {
        get
        {
            lock (Gate)
                return [.. _devices];
        }
    }

    /// <summary>It goes to one more device.</summary>
    public DeviceTrace For(string device)
    {
        var trace = new DeviceTrace(this, device, clock);
        lock (Gate)
            _devices.Add(trace);
        return trace;
    }

    /// <summary>The sender was told.</summary>
    public void Acked(int? error)
    {
        lock (Gate)
        {
            AckedAt = clock.Now().At;
            Error = error;
        }
    }
}

/// <summary>
/// Remembers messages and what became of them, as many as it was told to keep; none by default, since a benchmark sends
/// millions. It is in memory: a restart empties it.
/// </summary>
internal sealed class MessageJournal(Clock clock, int keep)
{
    private readonly Lock _gate = new();
    private readonly Queue<MessageTrace> _traces = new();
    private long _seq;
    private int _keep = keep;

    /// <summary>How many messages are kept. Setting it lower forgets the oldest.</summary>
    public int Keep
    {
        get => Volatile.Read(ref _keep);
        set
        {
            lock (_gate)
            {
                _keep = value;
                while (_traces.Count > value)
                    _traces.Dequeue();
            }
        }
    }

    /// <summary>A message came; null if none are kept.</summary>
    public MessageTrace? Begin(string id, string from, string to, bool repeated, bool resend)
    {
        if (Keep == 0)
            return null;
        lock (_gate)
        {
            if (_traces.Count >= _keep)
                _traces.Dequeue();
            var trace = new MessageTrace(++_seq, clock, id, from, to)
            {
                Repeated = repeated,
                Resend = resend,
            };
            _traces.Enqueue(trace);
            return trace;
        }
    }

    /// <summary>Messages after <paramref name="seq"/>, at most <paramref name="limit"/>, of one sender or all.</summary>
    public IReadOnlyList<MessageTrace> Since(long seq, int limit, string? number = null)
    {
        lock (_gate)
            return
            [
                .. _traces
                    .Where(t =>
                        t.Seq > seq
                        && (number is null || t.From.StartsWith(number, StringComparison.Ordinal))
                    )
                    .Take(limit),
            ];
    }

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        lock (_gate)
            _traces.Clear();
    }
}
