using WaOperator.Api;
using WaOperator.Kubernetes.Client;

namespace WaOperator.Gateway.Sessions;

/// <summary>What a refusal of the API server means to a tenant, in the server's words where those are about the request. Pure.</summary>
internal static class ClusterRefusals
{
    /// <summary>The answer to a write that the server refused.</summary>
    /// <param name="refusal">What it said.</param>
    /// <param name="ns">The session's namespace.</param>
    /// <param name="name">The session's name.</param>
    public static ProblemAnswer ToProblem(KubernetesException refusal, string ns, string name)
    {
        var words = refusal.Status.Message ?? refusal.Reason;
        return refusal switch
        {
            { IsAlreadyExists: true } => Problems.SessionExists(ns, name),
            { IsNamespaceTerminating: true } => Problems.TenantLeaving(),
            { IsConflict: true } => Problems.SessionChanging(ns, name),
            { IsNotFound: true } => Problems.NoSession(ns, name),
            { IsForbidden: true } when words.Contains("exceeded quota", StringComparison.Ordinal) =>
                Problems.QuotaExceeded(words),
            // Who may not do it is the gateway, whatever the tenant asks for.
            { IsForbidden: true } when words.Contains(" cannot ", StringComparison.Ordinal) =>
                Problems.NotPermitted(words),
            { IsInvalid: true } when !IsOfAdmission(words) => Problems.InvalidSession(
                words,
                Errors(refusal)
            ),
            { IsRefusal: true } => Problems.ClusterRefuses(words),
            _ => Problems.ClusterAway(),
        };
    }

    /// <summary>Whether a failure says that the API server is away.</summary>
    public static bool IsAway(Exception failure) =>
        failure is HttpRequestException or IOException or TimeoutException or InvalidDataException;

    private static bool IsOfAdmission(string words) =>
        words.Contains("admission webhook", StringComparison.Ordinal)
        || words.Contains("ValidatingAdmissionPolicy", StringComparison.Ordinal);

    private static ProblemError[]? Errors(KubernetesException refusal)
    {
        var errors = refusal
            .Status.Details?.Causes?.Where(c => c.Field is not null)
            .Select(c => new ProblemError(SessionDraft.PointerOf(c.Field!), c.Message ?? ""))
            .ToArray();
        return errors is { Length: > 0 } ? errors : null;
    }
}
