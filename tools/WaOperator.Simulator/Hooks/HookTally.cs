using System.Text.Json;

namespace WaOperator.Simulator.Hooks;

/// <summary>Events of one type and session that an endpoint took.</summary>
/// <param name="Session">The session, as <c>NAMESPACE/NAME</c>.</param>
/// <param name="Type">The events' type.</param>
/// <param name="Count">How many, each counted once.</param>
/// <param name="Sum">Of their numbers: with the count it says which they were, as far as that is worth knowing.</param>
internal sealed record TallyLine(string Session, string Type, long Count, long Sum);

/// <summary>What an endpoint took since it began to count.</summary>
/// <param name="Refused">Posts that were not answered with 2xx.</param>
/// <param name="Repeated">Events that had been taken before.</param>
/// <param name="Renamed">Of these, or of others, those whose <c>webhook-id</c> is not their event's.</param>
/// <param name="Disordered">Events that came, for the first time, behind a later one of their chat.</param>
/// <param name="MedianMs">From their commit to their arrival, the median, in milliseconds.</param>
/// <param name="P99Ms">The same of all but the slowest hundredth.</param>
/// <param name="Lines">What was taken.</param>
internal sealed record Tally(
    long Refused,
    long Repeated,
    long Renamed,
    long Disordered,
    long MedianMs,
    long P99Ms,
    IReadOnlyList<TallyLine> Lines
);

/// <summary>Counts what an endpoint takes, so that nothing of it has to be kept. Not safe for several threads.</summary>
internal sealed class HookTally
{
    /// <summary>Events that are told from those that come once more; what comes behind these is counted as new.</summary>
    public const int MaxEvents = 1_000_000;

    private const int LongestMs = 60_000;

    private readonly Dictionary<string, int> _sessions = new(StringComparer.Ordinal);
    private readonly HashSet<(int Session, long Seq)> _seen = [];
    private readonly Dictionary<(int Session, string Chat), long> _last = [];
    private readonly Dictionary<(int Session, string Type), (long Count, long Sum)> _taken = [];
    private readonly int[] _lags = new int[LongestMs + 1];
    private long _refused;
    private long _repeated;
    private long _renamed;
    private long _disordered;

    /// <summary>A post was refused.</summary>
    public void Refuse() => _refused++;

    /// <summary>Forgets times alone.</summary>
    public void ForgetTimes() => Array.Clear(_lags);

    /// <summary>A post was taken; one that is no event counts as one that has another id.</summary>
    /// <param name="id">Its header <c>webhook-id</c>.</param>
    /// <param name="body">The event.</param>
    /// <param name="now">The time.</param>
    public void Take(string? id, string body, DateTimeOffset now)
    {
        if (Event.Read(body) is not { } e)
        {
            _renamed++;
            return;
        }
        if (e.Id != id)
            _renamed++;
        if (!_sessions.TryGetValue(e.Session, out var session))
            session = _sessions[e.Session] = _sessions.Count;
        if (_seen.Contains((session, e.Seq)))
        {
            _repeated++;
            return;
        }
        if (_seen.Count < MaxEvents)
            _seen.Add((session, e.Seq));
        if (_last.TryGetValue((session, e.Chat), out var last) && e.Seq < last)
            _disordered++;
        else
            _last[(session, e.Chat)] = e.Seq;
        var (count, sum) = _taken.GetValueOrDefault((session, e.Type));
        _taken[(session, e.Type)] = (count + 1, sum + e.Seq);
        _lags[(int)Math.Clamp((now - e.At).TotalMilliseconds, 0, LongestMs)]++;
    }

    /// <summary>What was counted.</summary>
    public Tally Read()
    {
        var names = _sessions.ToDictionary(s => s.Value, s => s.Key);
        return new(
            _refused,
            _repeated,
            _renamed,
            _disordered,
            Quantile(0.5),
            Quantile(0.99),
            [
                .. _taken.Select(t => new TallyLine(
                    names[t.Key.Session],
                    t.Key.Type,
                    t.Value.Count,
                    t.Value.Sum
                )),
            ]
        );
    }

    private long Quantile(double part)
    {
        var all = _lags.Sum(n => (long)n);
        var below = 0L;
        for (var ms = 0; ms < _lags.Length; ms++)
            if ((below += _lags[ms]) >= all * part)
                return ms;
        return 0;
    }

    private readonly record struct Event(
        string Id,
        string Session,
        string Type,
        string Chat,
        long Seq,
        DateTimeOffset At
    )
    {
        public static Event? Read(string body)
        {
            try
            {
                using var json = JsonDocument.Parse(body);
                var e = json.RootElement;
                return new Event(
                    e.GetProperty("id").GetString()!,
                    e.GetProperty("session").GetString()!,
                    e.GetProperty("type").GetString()!,
                    e.TryGetProperty("subject", out var chat) ? chat.GetString()! : "",
                    long.Parse(
                        e.GetProperty("sequence").GetString()!,
                        System.Globalization.CultureInfo.InvariantCulture
                    ),
                    e.GetProperty("time").GetDateTimeOffset()
                );
            }
            catch (Exception e)
                when (e
                        is JsonException
                            or KeyNotFoundException
                            or InvalidOperationException
                            or FormatException
                            or OverflowException
                            or ArgumentNullException
                )
            {
                return null;
            }
        }
    }
}
