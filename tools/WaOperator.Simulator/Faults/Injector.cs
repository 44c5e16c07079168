using WaOperator.Simulator.Statistics;

namespace WaOperator.Simulator.Faults;

/// <summary>How a login is refused.</summary>
internal enum RefusalForm
{
    /// <summary><c>failure reason=...</c>, the ordinary refusal of a login.</summary>
    Failure,

    /// <summary><c>stream:error code=...</c>.</summary>
    StreamError,

    /// <summary>The WebSocket is not accepted: HTTP status.</summary>
    Http,
}

/// <summary>Logins to refuse.</summary>
/// <param name="Number">Only of this phone; null: of all.</param>
/// <param name="Reason">The code, such as 401, 403, 405, 503.</param>
/// <param name="Form">How it is said.</param>
/// <param name="Until">When the refusals end; null: not by time.</param>
internal sealed record Refusal(string? Number, int Reason, RefusalForm Form, Stamp? Until)
{
    /// <summary>More attributes of the <c>failure</c>, such as code and expire of a ban for a time.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } =
        new Dictionary<string, string>();

    /// <summary>How many logins are still refused; null: not by count.</summary>
    public int? Left { get; set; }
}

/// <summary>Messages to refuse in their acks.</summary>
/// <param name="Number">Only of this phone's devices; null: of all.</param>
/// <param name="Error">The error, such as 463 (reach-out timelock).</param>
/// <param name="Until">When it ends; null: not by time.</param>
internal sealed record MessageRefusal(string? Number, int Error, Stamp? Until)
{
    /// <summary>How many messages are still refused; null: not by count.</summary>
    public int? Left { get; set; }
}

/// <summary>Faults that the control API has ordered.</summary>
internal sealed class Injector(Clock clock)
{
    private readonly Lock _gate = new();
    private readonly List<Refusal> _refusals = [];
    private readonly List<MessageRefusal> _messageRefusals = [];
    private readonly Dictionary<string, TimeSpan> _ackDelays = new(StringComparer.Ordinal);
    private TimeSpan _ackDelay;

    /// <summary>Orders refusals.</summary>
    public void Refuse(Refusal refusal)
    {
        lock (_gate)
            _refusals.Add(refusal);
    }

    /// <summary>The refusal that meets a login now, or null; counts it.</summary>
    /// <param name="number">The phone of the login; null before it is known.</param>
    /// <param name="http">True to ask for refusals of the WebSocket itself.</param>
    public Refusal? Meet(string? number, bool http)
    {
        lock (_gate)
        {
            _refusals.RemoveAll(r =>
                r.Left <= 0 || r.Until is { } until && clock.Since(until) >= TimeSpan.Zero
            );
            var refusal = _refusals.Find(r =>
                (r.Number is null || r.Number == number) && r.Form == RefusalForm.Http == http
            );
            if (refusal is { Left: not null })
                refusal.Left--;
            return refusal;
        }
    }

    /// <summary>Orders refusals of messages.</summary>
    public void Refuse(MessageRefusal refusal)
    {
        lock (_gate)
            _messageRefusals.Add(refusal);
    }

    /// <summary>The error that meets a message of that phone now, or null; counts it.</summary>
    public int? MeetMessage(string number)
    {
        lock (_gate)
        {
            if (_messageRefusals.Count == 0)
                return null;
            _messageRefusals.RemoveAll(r =>
                r.Left <= 0 || r.Until is { } until && clock.Since(until) >= TimeSpan.Zero
            );
            var refusal = _messageRefusals.Find(r => r.Number is null || r.Number == number);
            if (refusal is { Left: not null })
                refusal.Left--;
            return refusal?.Error;
        }
    }

    /// <summary>Delays the acks of messages, of one phone or of all.</summary>
    public void DelayAcks(string? number, TimeSpan delay)
    {
        lock (_gate)
        {
            if (number is null)
                _ackDelay = delay;
            else
                _ackDelays[number] = delay;
        }
    }

    /// <summary>How long acks to that phone's devices wait.</summary>
    public TimeSpan AckDelay(string number)
    {
        lock (_gate)
            return _ackDelays.TryGetValue(number, out var delay) ? delay : _ackDelay;
    }

    /// <summary>Takes all faults back.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _refusals.Clear();
            _messageRefusals.Clear();
            _ackDelays.Clear();
            _ackDelay = TimeSpan.Zero;
        }
    }
}
