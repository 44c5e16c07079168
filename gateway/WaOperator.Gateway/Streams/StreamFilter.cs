using WaOperator.Domain;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>Which sessions and types a body asks for. Pure.</summary>
internal static class StreamFilter
{
    /// <summary>What is wrong with them; null: nothing.</summary>
    /// <param name="sessions">As NAMESPACE/NAME; null: all.</param>
    /// <param name="types">Patterns of types; null: all.</param>
    /// <param name="maxSessions">The most sessions.</param>
    /// <param name="passing">Whether what is stored nowhere may be named.</param>
    public static string? Fault(
        IReadOnlyList<string>? sessions,
        IReadOnlyList<string>? types,
        int maxSessions,
        bool passing
    )
    {
        if (
            sessions is not null
            && (
                sessions.Count is 0
                || sessions.Count > maxSessions
                || sessions.Any(s => Name(s) is null)
            )
        )
            return $"sessions must have 1 to {maxSessions} entries of the form NAMESPACE/NAME; leave it out for all sessions";
        if (types is null)
            return null;
        if (!passing && types.FirstOrDefault(IsPassing) is { } unstored)
            return $"'{unstored}' is stored nowhere, so that it could not be fetched later: streams show it (GET /v1/events)";
        return
            types.Count is 0 or > WebhookEvents.MaxPatterns
            || types.Any(t => !WebhookEvents.IsStreamPattern(t ?? ""))
            ? $"types must have 1 to {WebhookEvents.MaxPatterns} types of events, or patterns such as message.*; leave it out for all types"
            : null;
    }

    private static bool IsPassing(string? type) =>
        !WebhookEvents.IsPattern(type ?? "") && WebhookEvents.IsStreamPattern(type ?? "");

    /// <summary>The session that is meant; null: it is no name of one.</summary>
    public static SessionName? Name(string? text) =>
        text?.Split('/') is [var ns, var name]
        && SessionQuery.IsName(ns)
        && SessionQuery.IsName(name)
            ? new SessionName(ns, name)
            : null;
}
