using System.Globalization;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pairing;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Sessions;

/// <summary>Makes the status of a session: a pure function of what is known, and the same again while nothing changed.</summary>
public static class SessionStatusBuilder
{
    /// <summary>The status; its conditions keep their times unless they change now.</summary>
    /// <param name="session">The resource with its present status.</param>
    /// <param name="facts">What is known of it.</param>
    /// <param name="view">Where it stands.</param>
    /// <param name="shard">The shard that it is placed on, if any.</param>
    /// <param name="hasSecret">Its pairing Secret exists.</param>
    /// <param name="now">For conditions whose status changes.</param>
    public static SessionStatus Build(
        WhatsAppSession session,
        SessionFacts facts,
        SessionView view,
        ShardSight? shard,
        bool hasSecret,
        DateTimeOffset now
    )
    {
        var state = facts.Observed?.State;
        var reason = facts.Trouble?.Reason ?? (view.IsConnected ? null : view.Reason);
        return new()
        {
            ObservedGeneration = session.Metadata.Generation,
            Phase = view.Phase,
            Shard = facts.Shard?.Ordinal,
            Pod = facts.Shard is null ? null : shard?.Pod,
            Phone = state?.Phone,
            DeviceId = DeviceOf(state?.Jid),
            Epoch = state?.Epoch,
            LastConnected = state?.LastConnectedAt?.ToSeconds(),
            Reconnects = state?.Reconnects,
            Reason = reason?.Code,
            Message = facts.Trouble?.Message ?? (view.IsConnected ? null : view.Message),
            PairingSecret = hasSecret ? PairingSecret.NameOf(session.Metadata.Name!) : null,
            PairingRequest = state?.PairRequest is { Length: > 0 } request ? request : null,
            Conditions = Conditions(session, facts, view, shard, now),
        };
    }

    /// <summary>The device's number in a JID such as <c>491700000001:12@s.whatsapp.net</c>.</summary>
    private static int? DeviceOf(string? jid)
    {
        if (jid is null)
            return null;
        var user = jid.AsSpan(
            0,
            jid.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? at : jid.Length
        );
        var colon = user.IndexOf(':');
        return
            colon >= 0
            && int.TryParse(
                user[(colon + 1)..],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var device
            )
            ? device
            : null;
    }

    private static List<Condition> Conditions(
        WhatsAppSession session,
        SessionFacts facts,
        SessionView view,
        ShardSight? shard,
        DateTimeOffset now
    )
    {
        var set = new ConditionSet(session.Status?.Conditions, session.Metadata.Generation, now);
        if (facts.Shard is not null)
            set.Add(
                ConditionTypes.Placed,
                true,
                facts.PlacedBecause.Length == 0
                    ? Reasons.Placed
                    : Reasons.Read(facts.PlacedBecause),
                $"on {shard?.Pod ?? "a shard"}"
            );
        else
            set.Add(ConditionTypes.Placed, false, view.Reason, view.Message);
        if (facts.Observed?.State.Paired == true)
            set.Add(ConditionTypes.Paired, true, Reasons.Paired, Reasons.Paired.Meaning);
        else
            set.Add(
                ConditionTypes.Paired,
                false,
                IsAboutPairing(facts.Observed?.State.Phase) ? view.Reason : Reasons.NotPaired,
                IsAboutPairing(facts.Observed?.State.Phase)
                    ? view.Message
                    : Reasons.NotPaired.Sentence
            );
        set.Add(
            ConditionTypes.Connected,
            view.IsConnected,
            view.IsConnected ? Reasons.Connected : view.Reason,
            view.IsConnected ? Reasons.Connected.Meaning : view.Message
        );
        if (IsTimelocked(facts))
            set.Add(
                ConditionTypes.Timelocked,
                true,
                Reasons.ReachOutTimelock,
                Reasons.ReachOutTimelock.Sentence
            );
        if (
            session.Spec.History != HistoryDepths.None
            && facts.Observed?.State is { Paired: true } linked
        )
            AddHistory(set, linked, session.Spec.History == HistoryDepths.Full);
        if (facts.Observed?.State is { Suspect.Length: > 0 } suspect)
            set.Add(
                ConditionTypes.DeviceSuspect,
                true,
                Reasons.Read(suspect.Suspect),
                Detailed(Reasons.Read(suspect.Suspect), suspect.SuspectDetail)
            );
        if (facts.Capped is { } excess)
            set.Add(ConditionTypes.Capped, true, Reasons.ClaimCapped, excess);
        var (asked, words) = facts.Capped is { } capped
            ? (Reasons.ClaimCapped, capped)
            : (Reasons.AsDeclared, Reasons.AsDeclared.Meaning);
        var trouble = facts.Trouble is { } t && view.Progress != Progress.Stuck ? t : null;
        set.Add(
            ConditionTypes.Ready,
            view.Progress == Progress.Settled && trouble is null,
            trouble?.Reason ?? (view.IsConnected ? asked : view.Reason),
            trouble?.Message ?? (view.IsConnected ? words : view.Message)
        );
        if (trouble is not null)
            set.Add(ConditionTypes.Stalled, true, trouble.Reason, trouble.Message);
        else if (view.Progress == Progress.Stuck)
            set.Add(ConditionTypes.Stalled, true, view.Reason, view.Message);
        else if (view.Progress == Progress.Working)
            set.Add(ConditionTypes.Reconciling, true, view.Reason, view.Message);
        return set.Conditions;
    }

    private static void AddHistory(ConditionSet set, SessionState linked, bool full)
    {
        var percent = full ? linked.HistoryFull : linked.History;
        var (reason, message) = (percent, linked.HistoryLost) switch
        {
            (100, 0) => (Reasons.HistorySynced, Reasons.HistorySynced.Meaning),
            (100, var lost) => (
                Reasons.HistoryIncomplete,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{lost} part(s) of the account's past could not be read"
                )
            ),
            (null, _) when full && linked.History is { } recent => (
                Reasons.HistorySyncing,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the phone has given {recent} % of the account's recent past, and nothing of what lies further back"
                )
            ),
            (null, _) => (Reasons.HistorySyncing, Reasons.HistorySyncing.Sentence),
            ({ } some, _) => (
                Reasons.HistorySyncing,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the phone has given {some} % of the account's past"
                )
            ),
        };
        set.Add(ConditionTypes.HistorySynced, reason == Reasons.HistorySynced, reason, message);
    }

    private static string Detailed(Reason reason, string detail) =>
        detail.Length == 0 ? reason.Sentence : $"{detail}: {reason.Sentence}";

    /// <summary>As its pod last said, also while it is away for a moment.</summary>
    private static bool IsTimelocked(SessionFacts facts) =>
        facts is { Shard: not null, Observed.State: { Paired: true, Reason: var reason } }
        && reason == Reasons.ReachOutTimelock;

    private static bool IsAboutPairing(SessionPhase? phase) =>
        phase
            is SessionPhase.Pairing
                or SessionPhase.PairingExpired
                or SessionPhase.LoggedOut
                or SessionPhase.PhoneMismatch
                or SessionPhase.Banned;
}
