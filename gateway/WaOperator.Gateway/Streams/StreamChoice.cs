using System.Globalization;
using WaOperator.Api;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>Which sessions and events a client's stream shows, by its key and by what it asks for.</summary>
/// <param name="key">What its key opens.</param>
/// <param name="query">What it asks for.</param>
/// <param name="began">When it was asked for, by PostgreSQL's clock.</param>
internal sealed class StreamChoice(KeyAnswer key, StreamQuery query, DateTimeOffset began)
{
    private KeyAnswer _key = key;
    private (TenantRoster Roster, IReadOnlyDictionary<long, TenantSession> Rows)? _last;

    /// <summary>Of a session of which the client has seen nothing, what happened after this time is shown: milliseconds since 1970.</summary>
    public long Since { get; } =
        query.Cursor?.Since ?? (query.FromEarliest ? 0 : began.ToUnixTimeMilliseconds());

    /// <summary>Patterns of types; null: all.</summary>
    public IReadOnlyList<string>? Types => query.Types;

    /// <summary>The tenants of whose sessions it may be.</summary>
    public IReadOnlyList<long> Tenants => _key.TenantsFor(null, ApiScopes.EventsRead, out _);

    /// <summary>What the client has of a session, by its cursor; null: nothing.</summary>
    public long? SeenOf(long session) =>
        query.Cursor?.Seen.TryGetValue(session, out var seq) == true ? seq : null;

    /// <summary>Those that are shown; the same object for as long as neither the sessions were read again nor the key.</summary>
    public IReadOnlyDictionary<long, TenantSession> Of(TenantRoster roster)
    {
        if (_last is { } last && ReferenceEquals(last.Roster, roster))
            return last.Rows;
        var rows = Choose(roster);
        _last = (roster, rows);
        return rows;
    }

    private Dictionary<long, TenantSession> Choose(TenantRoster roster) =>
        roster
            .Sessions.Where(s => query.Sessions?.Contains(new(s.Namespace, s.Name)) != false)
            .Where(s => _key.Judge(s.TenantId, s.Name, ApiScopes.EventsRead) == KeyVerdict.Allowed)
            .ToDictionary(s => s.Id);

    /// <summary>A session that is asked for and that the key does not open; null: there is none.</summary>
    public SessionName? Missing(IReadOnlyDictionary<long, TenantSession> shown)
    {
        if (query.Sessions is null)
            return null;
        var there = shown.Values.Select(s => new SessionName(s.Namespace, s.Name)).ToHashSet();
        foreach (var name in query.Sessions)
            if (!there.Contains(name))
                return name;
        return null;
    }

    /// <summary>Takes over what the key opens by now.</summary>
    /// <returns>False: nothing.</returns>
    public bool Take(KeyAnswer now)
    {
        (_key, _last) = (now, null);
        return Tenants.Count > 0;
    }

    /// <summary>What to do about too many, for people.</summary>
    public string Remedy { get; init; } = "name those of each stream by session=";

    /// <summary>That there are too many, for people.</summary>
    public string TooMany(int sessions) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"these are {sessions} sessions that the key opens, and a stream shows {StreamCursor.MaxSessions}; {Remedy}"
        );
}
