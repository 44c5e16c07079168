using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Sessions;

/// <summary>How a session fares.</summary>
public enum Progress
{
    /// <summary>As declared.</summary>
    Settled,

    /// <summary>Work on it continues; no one need do anything.</summary>
    Working,

    /// <summary>Nothing continues until a person does something.</summary>
    Stuck,
}

/// <summary>The shard that a session is placed on, as far as its status needs it.</summary>
/// <param name="Verdict">Its state; null while it is not known.</param>
/// <param name="LeaseEpoch">Epoch of its lease.</param>
/// <param name="Pod">Name of its pod.</param>
public sealed record ShardSight(ShardVerdict? Verdict, long LeaseEpoch, string Pod);

/// <summary>Where a session stands, in a word, a reason and a sentence.</summary>
/// <param name="Phase">One of <see cref="SessionPhases"/>.</param>
/// <param name="Reason">For programs; empty when all is well.</param>
/// <param name="Message">For people.</param>
/// <param name="Progress">Whether someone is needed.</param>
public sealed record SessionView(string Phase, Reason Reason, string Message, Progress Progress)
{
    /// <summary>Its socket is logged in and its shard may act.</summary>
    public bool IsConnected => Phase == SessionPhases.Connected;

    /// <summary>A new session, while PostgreSQL cannot be asked.</summary>
    public static SessionView WithoutDatabase { get; } =
        new(
            SessionPhases.Pending,
            Reasons.DatabaseUnavailable,
            Reasons.DatabaseUnavailable.Sentence,
            Progress.Working
        );

    /// <summary>Decides from what was declared and what was seen; null while there is nothing to say yet.</summary>
    /// <param name="facts">What is known of the session.</param>
    /// <param name="deleting">Its deletion was asked for.</param>
    /// <param name="shard">The shard that it is placed on, if any.</param>
    public static SessionView? Of(SessionFacts facts, bool deleting, ShardSight? shard)
    {
        ArgumentNullException.ThrowIfNull(facts);
        if (deleting && facts.RemovalHeld is { } held)
            return new(SessionPhases.Deleting, Reasons.RemovalHeld, held, Progress.Working);
        if (deleting)
            return new(
                SessionPhases.Deleting,
                Reasons.Deleting,
                Reasons.Deleting.Sentence,
                Progress.Working
            );
        if (facts.Stored is not { Row: var row })
            return facts.Trouble is { } trouble ? Stalled(trouble) : null;
        if (row.PoolUid is null || (facts.Trouble?.Reason == Reasons.PhoneNotAllowed))
            return Stalled(
                facts.Trouble ?? new(Reasons.PoolNotFound, Reasons.PoolNotFound.Sentence)
            );
        if (row.Desired == DesiredState.Stopped)
            return new(
                SessionPhases.Stopped,
                Reasons.Stopped,
                Reasons.Stopped.Sentence,
                Progress.Settled
            );
        if (facts.Suspended)
            return new(
                SessionPhases.Stopped,
                Reasons.TenantSuspended,
                Reasons.TenantSuspended.Sentence,
                Progress.Working
            );
        if (facts.Shard is null)
            return facts.Waits is { } why ? Unplaced(why) : null;
        return Placed(facts, shard);
    }

    private static SessionView Stalled(Trouble trouble) =>
        new(SessionPhases.Stalled, trouble.Reason, trouble.Message, Progress.Stuck);

    private static SessionView Unplaced(PlacementReason why) =>
        new(
            SessionPhases.Unplaced,
            why == PlacementReason.NoShard ? Reasons.ShardNotServing : Reasons.Of(why),
            Reasons.Of(why).Sentence,
            why == PlacementReason.TooLarge ? Progress.Stuck : Progress.Working
        );

    private static SessionView Placed(SessionFacts facts, ShardSight? shard)
    {
        var seen = facts.Observed;
        var opening =
            seen?.State.Paired == true ? SessionPhases.Reconnecting : SessionPhases.Starting;
        // What waits for a person waits whichever pod owns the session.
        if (seen is not null && IsResting(seen.State.Phase))
            return Reported(seen.State);
        // No more than that: the shard's own states follow each other within seconds and stand in the pool's status, and each
        // word that changed here would be a write for every session of the shard.
        if (shard?.Verdict is { IsAway: true })
            return new(
                opening,
                Reasons.ShardNotServing,
                $"its shard {shard.Pod} is away",
                Progress.Working
            );
        if (facts.HeldBy is { } owner)
            return new(opening, Reasons.OwnerRemains, owner, Progress.Working);
        if (seen is null || IsOvertaken(seen, facts, shard))
            return new(
                opening,
                Reasons.Read(opening),
                $"placed on {shard?.Pod ?? "a shard"}, which is starting it",
                Progress.Working
            );
        return Reported(seen.State);
    }

    private static bool IsResting(SessionPhase phase) =>
        phase
            is SessionPhase.PairingExpired
                or SessionPhase.LoggedOut
                or SessionPhase.PhoneMismatch
                or SessionPhase.Banned;

    /// <summary>
    /// A report of something alive, by an owner that is not the present one: another shard, or an older lease. Who takes
    /// the session next reports again.
    /// </summary>
    private static bool IsOvertaken(ObservedSession seen, SessionFacts facts, ShardSight? shard) =>
        seen.State.Phase is SessionPhase.Connected or SessionPhase.Pairing
        && (
            seen.Shard != facts.Shard
            || (shard is { LeaseEpoch: > 0 } && seen.LeaseEpoch != shard.LeaseEpoch)
        );

    private static SessionView Reported(SessionState state)
    {
        var phase = Reasons.Of(state.Phase);
        return new(
            state.Phase == SessionPhase.Unlinked ? SessionPhases.Deleting : phase,
            state.Reason.Length == 0
            || (IsResting(state.Phase) && state.Reason != Reasons.NoKeysToRestore.Code)
            || state.Phase == SessionPhase.Replaced
                ? phase
                : Reasons.Read(state.Reason),
            state.Message.Length > 0 ? state.Message : phase.Sentence,
            state.Phase switch
            {
                SessionPhase.Connected => Progress.Settled,
                SessionPhase.PairingExpired
                or SessionPhase.LoggedOut
                or SessionPhase.PhoneMismatch
                or SessionPhase.Banned => Progress.Stuck,
                _ => Progress.Working,
            }
        );
    }
}
