using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>What a client's stream shows.</summary>
/// <param name="Sessions">Of these sessions; null: of all that the key opens.</param>
/// <param name="Types">Patterns of types; null: all.</param>
/// <param name="Cursor">Behind this; null: the client has seen nothing.</param>
/// <param name="FromEarliest">Without a cursor: from the oldest event that is kept, not from now.</param>
internal sealed record StreamQuery(
    IReadOnlySet<SessionName>? Sessions,
    IReadOnlyList<string>? Types,
    StreamCursor? Cursor,
    bool FromEarliest
)
{
    private const string WrongCursor =
        "must be what this stream gave as a cursor, unchanged; leave it out to begin with what happens from now on";

    /// <summary>Reads the parameters of a request. Pure.</summary>
    /// <param name="parameters">As they came.</param>
    /// <param name="lastEventId">The header of that name, which a browser sends when it comes again: it is newer than the address.</param>
    /// <param name="query">What is asked for; null for what cannot be read.</param>
    /// <returns>What is wrong; null for nothing.</returns>
    public static string? Read(
        IQueryCollection parameters,
        string? lastEventId,
        out StreamQuery? query
    )
    {
        query = null;
        var read = new StreamQuery(null, null, null, false);
        foreach (var (name, values) in parameters)
        {
            if (name != "session" && values.Count > 1)
                return $"the parameter {SessionQuery.Shown(name)} is given {values.Count} times; give it once";
            if (read.With(name, values, out var wrong) is not { } next)
                return wrong;
            read = next;
        }
        if (read.Cursor is not null && parameters.ContainsKey("from"))
            return "cursor and from: a cursor says itself where the stream begins; leave from out";
        if (lastEventId is { Length: > 0 })
        {
            if (StreamCursor.Read(lastEventId) is not { } cursor)
                return $"the header Last-Event-ID {WrongCursor}";
            read = read with { Cursor = cursor };
        }
        query = read;
        return null;
    }

    private StreamQuery? With(string name, IReadOnlyList<string?> values, out string? wrong)
    {
        wrong = null;
        var value = values is [{ } first, ..] ? first : "";
        switch (name)
        {
            case "session":
                if (ReadSessions(values) is { } sessions)
                    return this with { Sessions = sessions };
                wrong =
                    $"session must be NAMESPACE/NAME, and may be given up to {StreamCursor.MaxSessions} times";
                return null;
            case "types":
                var types = value.Split(',');
                if (
                    types.Length <= WebhookEvents.MaxPatterns
                    && types.All(WebhookEvents.IsStreamPattern)
                )
                    return this with { Types = [.. types.Distinct(StringComparer.Ordinal)] };
                wrong =
                    $"types must be up to {WebhookEvents.MaxPatterns} types of events, or patterns such as message.*, with commas between them";
                return null;
            case "cursor":
                if (StreamCursor.Read(value) is { } cursor)
                    return this with { Cursor = cursor };
                wrong = $"cursor {WrongCursor}";
                return null;
            case "from" when value is "now" or "earliest":
                return this with { FromEarliest = value == "earliest" };
            case "from":
                wrong = "from must be now or earliest";
                return null;
            default:
                wrong =
                    $"there is no parameter {SessionQuery.Shown(name)}; there are session, types, cursor and from";
                return null;
        }
    }

    private static HashSet<SessionName>? ReadSessions(IReadOnlyList<string?> values)
    {
        if (values.Count > StreamCursor.MaxSessions)
            return null;
        var sessions = new HashSet<SessionName>();
        foreach (var value in values)
        {
            if (
                value?.Split('/') is not [var ns, var name]
                || !SessionQuery.IsName(ns)
                || !SessionQuery.IsName(name)
            )
                return null;
            sessions.Add(new(ns, name));
        }
        return sessions;
    }
}
