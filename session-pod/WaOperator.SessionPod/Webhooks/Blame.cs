namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// Tells an endpoint that fails from an event that it cannot take, which no status code does for sure: an event that a server fails on
/// again and again, while it takes others in between, is at fault itself; and an endpoint that refuses one event after the other without
/// taking any is. Not safe for several threads.
/// </summary>
internal sealed class Blame
{
    /// <summary>Failures of the server on one event, others taken in between, after which the event is at fault.</summary>
    public const int MaxFailures = 5;

    /// <summary>Refused events in a row after which the endpoint is at fault.</summary>
    public const int MaxRefusals = 16;

    private const int MaxKnown = 256;

    private readonly Dictionary<(long Session, long Seq), Failing> _failing = [];
    private long _taken;
    private int _refusals;

    /// <summary>How often an event was tried that is not parked.</summary>
    public int TriesOf(long session, long seq) =>
        _failing.TryGetValue((session, seq), out var known) ? known.Tries : 0;

    /// <summary>What a verdict comes to in the light of those before.</summary>
    /// <param name="session">The event's session.</param>
    /// <param name="seq">The event's number.</param>
    /// <param name="verdict">Of the answer alone.</param>
    /// <param name="parked">It was refused before: that it is again says nothing of the endpoint.</param>
    /// <param name="isProbe">The endpoint was failing before.</param>
    public PostVerdict Judge(long session, long seq, PostVerdict verdict, bool parked, bool isProbe)
    {
        switch (verdict.Outcome)
        {
            case PostOutcome.Delivered:
                _failing.Remove((session, seq));
                _taken++;
                _refusals = 0;
                return verdict;
            case PostOutcome.MessageFailure when (parked ? _refusals : ++_refusals) > MaxRefusals:
                return verdict with
                {
                    Outcome = PostOutcome.EndpointFailure,
                    Error = $"{verdict.Error}: it refuses every event",
                };
            case PostOutcome.MessageFailure:
                _failing.Remove((session, seq));
                return verdict;
            case PostOutcome.EndpointFailure when parked && verdict.Blames && !isProbe:
                return verdict with { Outcome = PostOutcome.MessageFailure };
            case PostOutcome.EndpointFailure:
                return Failed((session, seq), verdict);
            default:
                return verdict;
        }
    }

    private PostVerdict Failed((long, long) key, PostVerdict verdict)
    {
        if (!_failing.TryGetValue(key, out var known))
        {
            if (_failing.Count >= MaxKnown)
                _failing.Clear();
            known = new(0, 0, -1);
        }
        known = known with { Tries = known.Tries + 1 };
        if (verdict.Blames && known.TakenBefore != _taken)
            known = known with { Failures = known.Failures + 1, TakenBefore = _taken };
        _failing[key] = known;
        if (!verdict.Blames || known.Failures < MaxFailures)
            return verdict;
        _failing.Remove(key);
        return verdict with { Outcome = PostOutcome.MessageFailure };
    }

    private readonly record struct Failing(int Tries, int Failures, long TakenBefore);
}
