using WaOperator.Api;
using WaOperator.Kubernetes.Client;

namespace WaOperator.Gateway.Sessions;

/// <summary>Writes resources of sessions for tenants, and answers with the session as it is then or with why it was not done.</summary>
internal sealed partial class SessionWrites(
    SessionCallers callers,
    IServiceProvider services,
    ILogger<SessionWrites> logger
)
{
    /// <summary>The resources; null: the gateway has no access to Kubernetes.</summary>
    public SessionResources? Resources { get; } =
        services.GetService<IKubernetes>() is { } cluster ? new(cluster) : null;

    /// <summary>What is answered then.</summary>
    public static ProblemAnswer NoCluster() =>
        Problems.NotSupported(
            $"this gateway has no access to Kubernetes ({GatewayEnvironment.Kubernetes}), so it changes no sessions; change the session's resource with kubectl"
        );

    /// <summary>Parts of a request that are wrong, in a sentence.</summary>
    public static string Describe(IReadOnlyList<ProblemError> errors) =>
        string.Join("; ", errors.Take(5).Select(e => $"{e.Pointer}: {e.Detail}"));

    /// <summary>The session as it is.</summary>
    public static IResult Answer(SessionSummary session, int status) =>
        Results.Json(session, SessionsJson.Default.SessionSummary, statusCode: status);

    /// <summary>Changes a session.</summary>
    /// <param name="http">The request.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="ns">The session's namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="decide">The change of the session as it is now, or a refusal.</param>
    /// <param name="answer">The answer; null: the session, with 200.</param>
    public async Task<IResult> ChangeAsync(
        HttpContext http,
        SessionCaller caller,
        string ns,
        string name,
        Func<SessionResource, (SessionChange, ProblemAnswer?)> decide,
        Func<SessionSummary, IResult>? answer = null
    )
    {
        if (Resources is not { } resources)
            return NoCluster();
        var names = await callers.NamesAsync(caller, http);
        return await RunAsync(
            ns,
            name,
            () => resources.ChangeAsync(ns, name, names, decide, http.RequestAborted),
            answer ?? (session => Answer(session, 200))
        );
    }

    /// <summary>Writes, and explains what fails.</summary>
    /// <param name="ns">The session's namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="write">Writes.</param>
    /// <param name="answer">The answer to what was done.</param>
    public Task<IResult> RunAsync(
        string ns,
        string name,
        Func<Task<SessionWrite>> write,
        Func<SessionSummary, IResult> answer
    ) =>
        GuardAsync(
            ns,
            name,
            async () =>
            {
                var written = await write();
                return written.Refusal ?? answer(SessionSummary.Of(written.Session!));
            }
        );

    /// <summary>Asks Kubernetes, and explains what fails.</summary>
    /// <param name="ns">The session's namespace.</param>
    /// <param name="name">Its name; empty for several.</param>
    /// <param name="ask">Asks.</param>
    public async Task<IResult> GuardAsync(string ns, string name, Func<Task<IResult>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (Explain(e, ns, name) is { } problem)
        {
            return problem;
        }
    }

    private ProblemAnswer? Explain(Exception failure, string ns, string name)
    {
        switch (failure)
        {
            case KubernetesException refusal:
                var problem = ClusterRefusals.ToProblem(refusal, ns, name);
                if (problem.Status >= 500)
                    Log.Refused(logger, ns, name, refusal.Message);
                return problem;
            case var _ when ClusterRefusals.IsAway(failure):
                Log.Away(logger, failure.Message);
                return Problems.ClusterAway();
            default:
                return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionWritesRefused,
            LogLevel.Warning,
            "session {Namespace}/{Session}: Kubernetes refuses: {Error}"
        )]
        public static partial void Refused(
            ILogger logger,
            string @namespace,
            string session,
            string error
        );

        [LoggerMessage(
            EventIds.SessionWritesAway,
            LogLevel.Warning,
            "Kubernetes does not answer: {Error}"
        )]
        public static partial void Away(ILogger logger, string error);
    }
}
