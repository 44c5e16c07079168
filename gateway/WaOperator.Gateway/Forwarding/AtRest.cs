using WaOperator.Api;
using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>Answers for a session that no pod runs, and that none is about to run: it is stopped, or is being deleted. Pure.</summary>
internal static class AtRest
{
    /// <summary>Whether there is nothing to wait for.</summary>
    /// <param name="place">Where the session is served.</param>
    public static bool Is(ServedPlace place) =>
        place.Pod is null && place.Desired != nameof(DesiredState.Active);

    /// <summary>Why a request cannot be served. How the session is, is shown by <see cref="Sessions.SessionReads"/>.</summary>
    /// <param name="session">The session.</param>
    /// <param name="place">What is known of it.</param>
    public static ProblemAnswer Refusal(SessionName session, ServedPlace place) =>
        place.Desired == nameof(DesiredState.Deleting)
            ? Problems.SessionLeaving(session.Namespace, session.Name)
            : Problems.Stopped(session.Namespace, session.Name);
}
