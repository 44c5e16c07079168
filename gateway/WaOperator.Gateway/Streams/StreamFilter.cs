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
    public static string? Fault(
        IReadOnlyList<string>? sessions,
        IReadOnlyList<string>? types,
        int maxSessions
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
        return
            types is not null
            && (
                types.Count is 0 or > WebhookEvents.MaxPatterns
                || types.Any(t => !WebhookEvents.IsPattern(t ?? ""))
            )
            ? $"types must have 1 to {WebhookEvents.MaxPatterns} types of events, or patterns such as message.*; leave it out for all types"
            : null;
    }

    /// <summary>The session that is meant; null: it is no name of one.</summary>
    public static SessionName? Name(string? text) =>
        text?.Split('/') is [var ns, var name]
        && SessionQuery.IsName(ns)
        && SessionQuery.IsName(name)
            ? new SessionName(ns, name)
            : null;
}
