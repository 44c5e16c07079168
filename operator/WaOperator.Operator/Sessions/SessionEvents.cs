using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Operator.Sessions;

/// <summary>The events that the step from one status to the next calls for.</summary>
public static class SessionEvents
{
    /// <summary>The events of a step; none when nothing that matters changed.</summary>
    public static IEnumerable<Told> Between(SessionStatus? before, SessionStatus after)
    {
        var was = before?.Conditions;
        var now = after.Conditions;
        var placed = now.Find(ConditionTypes.Placed);
        // A first place that was found at once is no news: thousands of sessions would tell it.
        if (placed?.IsTrue == true && before is not null && IsElsewhere(before, after))
            yield return new(
                false,
                before.Shard is null ? Reasons.Placed : Reasons.Moved,
                $"placed {placed.Message} ({placed.Reason})"
            );
        if (
            after.Phase == SessionPhases.Unplaced
            && after.Reason != Reasons.ShardNotServing
            && (before?.Phase != SessionPhases.Unplaced || before.Reason != after.Reason)
        )
            yield return new(true, Reasons.Read(after.Reason!), after.Message!);
        if (
            now.Find(ConditionTypes.Stalled) is { IsTrue: true } stalled
            && stalled.Reason != was.Find(ConditionTypes.Stalled)?.Reason
            && stalled.Reason != after.Phase
        )
            yield return new(true, Reasons.Read(stalled.Reason!), stalled.Message!);
        if (now.IsTrue(ConditionTypes.Timelocked) && !was.IsTrue(ConditionTypes.Timelocked))
            yield return Of(true, Reasons.ReachOutTimelock, null);
        if (
            now.Find(ConditionTypes.DeviceSuspect) is { IsTrue: true } suspect
            && suspect.Reason != was.Find(ConditionTypes.DeviceSuspect)?.Reason
        )
            yield return new(true, Reasons.Read(suspect.Reason!), suspect.Message!);
        if (
            now.Find(ConditionTypes.Capped) is { IsTrue: true } capped
            && capped.Message != was.Find(ConditionTypes.Capped)?.Message
        )
            yield return new(true, Reasons.ClaimCapped, capped.Message!);
        // With the Secret's name: the code may be made known later than the phase.
        if (after.PairingSecret is { } secret && before?.PairingSecret != secret)
            yield return new(false, Reasons.Pairing, $"the pairing code is in Secret {secret}");
        if (after.Reason == Reasons.KeysRestored && before?.Reason != after.Reason)
            yield return new(false, Reasons.KeysRestored, after.Message!);
        // Of a session that rests it is told as what it is stalled by.
        if (
            after.Reason == Reasons.NoKeysToRestore
            && before?.Reason != after.Reason
            && !now.IsTrue(ConditionTypes.Stalled)
        )
            yield return new(true, Reasons.NoKeysToRestore, after.Message!);
        if (after.Reason == Reasons.OwnerRemains && before?.Reason != after.Reason)
            yield return new(true, Reasons.OwnerRemains, after.Message!);
        if (before?.Phase != after.Phase && PhaseEvent(before, after) is { } told)
            yield return told;
    }

    private static bool IsElsewhere(SessionStatus before, SessionStatus after) =>
        before.Shard != after.Shard || before.Pod != after.Pod;

    private static Told? PhaseEvent(SessionStatus? before, SessionStatus after)
    {
        var ready = after.Conditions.Find(ConditionTypes.Connected);
        return after.Phase switch
        {
            SessionPhases.Connected => Of(false, Reasons.Connected, null),
            SessionPhases.PairingExpired
            or SessionPhases.LoggedOut
            or SessionPhases.Replaced
            or SessionPhases.PhoneMismatch
            or SessionPhases.Banned => Of(true, Reasons.Read(after.Phase), ready?.Message),
            SessionPhases.Stopped => Of(
                false,
                Reasons.Read(ready?.Reason ?? Reasons.Stopped),
                ready?.Message
            ),
            _ when before?.Phase == SessionPhases.Connected
                    && after.Phase != SessionPhases.Deleting => Of(
                true,
                Reasons.Disconnected,
                ready?.Message
            ),
            _ => null,
        };
    }

    private static Told Of(bool isWarning, Reason reason, string? message) =>
        new(isWarning, reason, message is { Length: > 0 } ? message : reason.Meaning);
}
