using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Sessions;

/// <summary>What a session does next.</summary>
internal enum SessionStep
{
    /// <summary>No connection, until something changes.</summary>
    Rest,

    /// <summary>Log in with the stored credentials and stay.</summary>
    Connect,

    /// <summary>Show codes until a phone accepts the device.</summary>
    Pair,

    /// <summary>Log in and take the device off the account.</summary>
    Unlink,

    /// <summary>Restore the archived keys of the device that was linked before.</summary>
    Restore,
}

/// <summary>A step, and for a rest the phase in which the session rests.</summary>
internal readonly record struct SessionPlan(SessionStep Step, SessionPhase Phase)
{
    /// <summary>Decides by what is desired and by what the session knows of itself; no clock, no I/O.</summary>
    /// <param name="wanted">The operator's wish.</param>
    /// <param name="state">The last reported state.</param>
    /// <param name="paired">Whether the stored credentials are those of a linked device.</param>
    public static SessionPlan Next(Assignment wanted, SessionState state, bool paired) =>
        wanted.Desired switch
        {
            DesiredState.Stopped => Rest(SessionPhase.Stopped),
            DesiredState.Deleting when paired && !wanted.SkipUnlink => new(
                SessionStep.Unlink,
                state.Phase
            ),
            DesiredState.Deleting => Rest(SessionPhase.Unlinked),
            DesiredState.Active when paired && IsLogoutDue(wanted, state) => new(
                SessionStep.Unlink,
                state.Phase
            ),
            DesiredState.Active when paired => new(SessionStep.Connect, state.Phase),
            DesiredState.Active when IsRestoreDue(wanted, state) => new(
                SessionStep.Restore,
                state.Phase
            ),
            DesiredState.Active
                when NeedsRequest(state.Phase) && state.PairRequest == wanted.PairRequest => Rest(
                state.Phase
            ),
            DesiredState.Active => new(SessionStep.Pair, state.Phase),
            _ => Rest(SessionPhase.Stopped),
        };

    /// <summary>Whether the linked device is to be taken off: that was asked for after it was linked, and not done yet.</summary>
    public static bool IsLogoutDue(Assignment wanted, SessionState state) =>
        wanted.LogoutAt is { } asked && (state.LogoutServed is not { } served || asked > served);

    /// <summary>Whether archived keys are to be restored: that was asked for and not answered yet. Only a session without a linked device does it.</summary>
    public static bool IsRestoreDue(Assignment wanted, SessionState state) =>
        wanted.RestoreRequest.Length > 0 && wanted.RestoreRequest != state.RestoreRequest;

    /// <summary>Phases that only a new pair request ends.</summary>
    public static bool NeedsRequest(SessionPhase phase) =>
        phase
            is SessionPhase.LoggedOut
                or SessionPhase.PairingExpired
                or SessionPhase.PhoneMismatch;

    private static SessionPlan Rest(SessionPhase phase) => new(SessionStep.Rest, phase);
}
