using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>Gathers what a rollout depends on, and deletes the pod that is next.</summary>
internal sealed class PoolRoller(PoolTools with)
{
    private const string Revision = "controller-revision-hash";

    /// <summary>Sessions that have not come back after this long have a trouble of their own and hold up nothing.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);

    /// <summary>One step.</summary>
    /// <returns>The step, and what stands in its way.</returns>
    public async Task<(RolloutStep Step, Trouble? Refused)> RollAsync(
        WhatsAppSessionPool pool,
        StatefulSet set,
        PoolTerms terms,
        CancellationToken ct
    )
    {
        if (
            set.Status?.UpdateRevision is not { Length: > 0 } revision
            || set.Status.ObservedGeneration < set.Metadata.Generation
        )
            return (new(RolloutState.Progressing, "waits for the StatefulSet", null), null);
        var pods = Enumerable
            .Range(0, terms.Shards)
            .Select(ordinal => PodOf(pool, ordinal, revision))
            .OfType<RolloutPod>()
            .ToList();
        var step = Rollout.Decide(pods, terms.Shards, with.Observation.DatabaseAnswers);
        if (step.Replace is not { } next)
            return (step, null);
        var pod = PoolNames.Pod(pool.Metadata.Name!, next.Ordinal);
        var refused = await Refusal.TellAsync<Pod>(
            "delete",
            pod,
            () =>
                with.Client.DeleteAsync<Pod>(
                    pod,
                    pool.Metadata.Namespace,
                    new() { Uid = next.Uid },
                    ct
                )
        );
        if (refused is null)
            with.Events.Tell(pool, new(false, Reasons.RollingOut, step.Message));
        return (step, refused);
    }

    private RolloutPod? PodOf(WhatsAppSessionPool pool, int ordinal, string revision)
    {
        if (with.Caches.PodOf(pool, ordinal) is not { } pod)
            return null;
        var facts = PodFacts.Of(pod);
        var shard = with.Shards.Find(new(pool.Metadata.Uid!, ordinal));
        return new(
            ordinal,
            facts.Uid,
            pod.Metadata.Label(Revision) == revision,
            facts.IsReady,
            facts.IsGoing,
            Rollout.WhyBroken(pod),
            shard?.Verdict.State ?? ShardState.Joining,
            shard is not null && IsSettled(shard)
        );
    }

    private bool IsSettled(ShardEntry shard) =>
        shard.Verdict.State is ShardState.Serving or ShardState.Draining
        && (
            with.Time.GetElapsedTime(shard.Since) >= SettleLimit
            || with.Sessions.OfShard(shard.Id).All(f => IsBack(f, shard))
        );

    private static bool IsBack(SessionFacts facts, ShardEntry shard) =>
        SessionView.Of(facts, deleting: false, new(shard.Verdict, shard.LeaseEpoch, shard.Pod))
            is not {
                Phase: SessionPhases.Starting
                    or SessionPhases.Connecting
                    or SessionPhases.Reconnecting
            };
}
