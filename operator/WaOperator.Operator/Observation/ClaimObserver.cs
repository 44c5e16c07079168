using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Observation;

/// <summary>
/// Finds sessions whose shard serves and yet cannot have them for longer than a lease lives, since the lease of the shard that owned
/// them is not over. Asks the database only about sessions that wait that long.
/// </summary>
internal sealed class ClaimObserver(
    ObservedStore observed,
    SessionBook sessions,
    ShardBook shards,
    Func<string, TimeSpan?> leaseTtl,
    TimeProvider time
)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private Dictionary<string, long> _waiting = new(StringComparer.Ordinal);
    private long? _lookedAt;

    /// <summary>Sessions that are held by a former owner now.</summary>
    public int Held { get; private set; }

    /// <summary>One look; more often than once a second it does nothing.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var now = time.GetTimestamp();
        if (_lookedAt is { } last && time.GetElapsedTime(last, now) < Every)
            return;
        _lookedAt = now;
        var waiting = new Dictionary<string, long>(StringComparer.Ordinal);
        var asked = new Dictionary<long, SessionFacts>();
        foreach (var facts in sessions.Unclaimed().Where(f => IsWaiting(f) || f.HeldBy is not null))
        {
            if (!IsWaiting(facts))
            {
                Tell(facts, null);
                continue;
            }
            var since = waiting[facts.Uid] = _waiting.GetValueOrDefault(facts.Uid, now);
            if (leaseTtl(facts.Shard!.Value.PoolUid) < time.GetElapsedTime(since, now))
                asked[facts.Stored!.Id] = facts;
        }
        _waiting = waiting;
        if (asked.Count == 0)
        {
            Held = 0;
            return;
        }
        var owners = (await observed.ReadHoldersAsync(asked.Keys, ct)).ToDictionary(h =>
            h.SessionId
        );
        foreach (var (id, facts) in asked)
            Tell(
                facts,
                owners.GetValueOrDefault(id) is { } owner && owner.Shard != facts.Shard
                    ? owner
                    : null
            );
        Held = sessions.Unclaimed().Count(f => f.HeldBy is not null);
    }

    /// <summary>Its shard serves, and another one reported it last.</summary>
    private bool IsWaiting(SessionFacts facts) =>
        facts is { WantsToRun: true, Shard: { } shard }
        && facts.Observed?.Shard != shard
        && shards.Find(shard)?.Verdict.State == ShardState.Serving;

    private void Tell(SessionFacts facts, Holder? owner) =>
        sessions.UpdateKnown(facts.Uid, f => f with { HeldBy = owner is null ? null : Say(owner) });

    private static string Say(Holder owner) =>
        owner.HasLease
            ? $"its former shard (pod {Known(owner.PodName)}, lease epoch {owner.LeaseEpoch}) may still act for it: that lease was neither given back nor proven to be over. It is taken over as soon as the clocks of PostgreSQL and of the operator both saw the lease stand still for its whole time"
            : $"the lease of its former shard (ordinal {owner.Shard.Ordinal} of pool {owner.Shard.PoolUid}) is missing in the database, so nothing proves that it acts no more: see \"A session is held by a former owner\" in docs/runbook.md";

    private static string Known(string pod) => pod.Length > 0 ? pod : "unknown";
}
