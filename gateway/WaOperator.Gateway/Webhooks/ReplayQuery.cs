using WaOperator.Api;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>Reads which events a replay is asked for. Pure.</summary>
internal static class ReplayQuery
{
    /// <summary>All events of the span.</summary>
    public const string All = "all";

    /// <summary>Those that were given up.</summary>
    public const string Failed = "failed";

    /// <summary>The span that a request names.</summary>
    /// <param name="request">The request.</param>
    /// <param name="errors">What is wrong with it.</param>
    /// <returns>Null if something is.</returns>
    public static ReplaySpan? Read(ReplayRequest request, out IReadOnlyList<ProblemError> errors)
    {
        var wrong = new List<ProblemError>();
        errors = wrong;
        if (request.From is null)
            wrong.Add(new("#/from", "must be a time, such as 2026-12-01T10:00:00Z"));
        if (request.To is null)
            wrong.Add(new("#/to", "must be a time, such as 2026-12-01T11:00:00Z"));
        if (request is { From: { } from, To: { } to } && from >= to)
            wrong.Add(new("#/to", "must be later than from"));
        if (request.Only is not (null or All or Failed))
            wrong.Add(new("#/only", $"must be {All} or {Failed}"));
        SessionName? session = null;
        if (request.Session is { } text)
            if (
                text.Split('/') is [var ns, var name]
                && SessionQuery.IsName(ns)
                && SessionQuery.IsName(name)
            )
                session = new(ns, name);
            else
                wrong.Add(new("#/session", "must be NAMESPACE/NAME of a session"));
        return wrong.Count > 0
            ? null
            : new(request.From!.Value, request.To!.Value, request.Only == Failed, session);
    }
}
