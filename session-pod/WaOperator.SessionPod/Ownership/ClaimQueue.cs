using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Ownership;

/// <summary>
/// Sessions that are placed here and wait to be claimed: which to ask for now, and when to ask again for those that the old owner
/// still holds. Arithmetic only; times are since any fixed moment.
/// </summary>
internal sealed class ClaimQueue
{
    /// <summary>The least wait before a held session is asked for again.</summary>
    public static readonly TimeSpan RetryFrom = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait before a held session is asked for again.</summary>
    public static readonly TimeSpan RetryTo = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<long, (Assignment Assignment, TimeSpan Due)> _waiting = [];

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>When the next is due; null when none waits.</summary>
    public TimeSpan? NextDue => _waiting.Count == 0 ? null : _waiting.Values.Min(w => w.Due);

    /// <summary>Waits for exactly these from now on; those that waited already keep their time.</summary>
    public void Replace(IReadOnlyList<Assignment> claim, TimeSpan now)
    {
        var dues = _waiting.ToDictionary(w => w.Key, w => w.Value.Due);
        _waiting.Clear();
        foreach (var assignment in claim)
            _waiting[assignment.Id] = (assignment, dues.GetValueOrDefault(assignment.Id, now));
    }

    /// <summary>The sessions to ask for now, longest due first, at most one batch.</summary>
    public IReadOnlyList<Assignment> Due(TimeSpan now) =>
        [
            .. _waiting
                .Values.Where(w => w.Due <= now)
                .OrderBy(w => w.Due)
                .ThenBy(w => w.Assignment.Id)
                .Take(SessionClaims.MaxBatch)
                .Select(w => w.Assignment),
        ];

    /// <summary>The answer for one session.</summary>
    /// <param name="answer">As the database gave it.</param>
    /// <param name="now">The time.</param>
    /// <param name="random">0 to 1: spreads the next tries.</param>
    /// <returns>The assignment to run; null when it was not granted.</returns>
    public Assignment? Answered(Claim answer, TimeSpan now, double random)
    {
        if (!_waiting.Remove(answer.SessionId, out var was))
            return null;
        if (answer.Epoch is not null)
            return was.Assignment;
        // Not placed here any more: the next look at the placement has the last word.
        if (answer.Refusal != ClaimRefusal.NotPlaced)
            _waiting[answer.SessionId] = (
                was.Assignment,
                now + RetryFrom + (RetryTo - RetryFrom) * random
            );
        return null;
    }

    /// <summary>An owner gave something up: all that it had may be free now.</summary>
    public void Hasten(IReadOnlySet<ShardId> owners, TimeSpan now)
    {
        var sooner = _waiting
            .Values.Where(w => w.Due > now && w.Assignment.Owner is { } o && owners.Contains(o))
            .ToArray();
        foreach (var (assignment, _) in sooner)
            _waiting[assignment.Id] = (assignment, now);
    }

    /// <summary>A whole batch could not be asked for: later.</summary>
    public void Postpone(IEnumerable<Assignment> batch, TimeSpan now)
    {
        foreach (var assignment in batch)
            _waiting[assignment.Id] = (assignment, now + RetryTo);
    }
}
