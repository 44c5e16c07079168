using WaOperator.Domain;
using WaOperator.SessionPod.Journal;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Sessions;

/// <summary>What a transition means to the session's tenant. Pure.</summary>
internal static class SessionNews
{
    /// <summary>What to tell of a transition.</summary>
    /// <param name="before">The last entry.</param>
    /// <param name="next">The next one.</param>
    /// <param name="code">The code that it shows; null for none.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<HostEvent> Of(
        SessionState before,
        SessionState next,
        PairingCode? code,
        DateTimeOffset now
    )
    {
        List<HostEvent>? news = null;
        if (IsTold(before, next))
            (news ??= []).Add(
                new StatusChanged
                {
                    Phase = next.Phase,
                    Reason = next.Reason,
                    Message = next.Message,
                    Paired = next.Paired,
                    At = now,
                }
            );
        if (Step(before, next, code, now) is { } step)
            (news ??= []).Add(step);
        return news ?? (IReadOnlyList<HostEvent>)[];
    }

    /// <summary>The next state, with what will have been told of it.</summary>
    public static SessionState Marked(SessionState before, SessionState next) =>
        IsTold(before, next) ? next with { Told = MarkOf(next) } : next;

    /// <summary>
    /// Whether a state is told. That a session changes hands is not: either it is as it was soon, or what keeps it from that is told.
    /// Nor is its beginning, which has no reason.
    /// </summary>
    private static bool IsTold(SessionState before, SessionState next) =>
        next.Reason.Length > 0
        && next.Reason != Reasons.Claimed.Code
        && next.Reason != Reasons.Released.Code
        && MarkOf(next) != before.Told;

    private static string MarkOf(SessionState state) => $"{state.Phase}/{state.Reason}";

    private static PairingStepped? Step(
        SessionState before,
        SessionState next,
        PairingCode? code,
        DateTimeOffset now
    )
    {
        if (code is { Kind: PairingKinds.Passkey or PairingKinds.PasskeyCode })
            return new()
            {
                Step =
                    code.Kind == PairingKinds.Passkey ? PairingStep.Passkey : PairingStep.Compare,
                Expires = code.ExpiresAt,
                At = now,
            };
        if (code is not null)
            return new()
            {
                Step = PairingStep.Code,
                Method = code.Kind,
                Number = code.Number,
                Of = code.Total,
                Expires = code.ExpiresAt,
                At = now,
            };
        if (next.Paired && !before.Paired && next.Reason != Reasons.KeysRestored.Code)
            return new() { Step = PairingStep.Complete, At = now };
        return
            before.Phase == SessionPhase.Pairing
            && next.Phase is SessionPhase.PairingExpired or SessionPhase.PhoneMismatch
            ? new()
            {
                Step = PairingStep.Error,
                Reason = next.Reason,
                Message = next.Message,
                At = now,
            }
            : null;
    }
}
