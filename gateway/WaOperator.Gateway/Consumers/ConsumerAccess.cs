using WaOperator.Api;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Gateway.Streams;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Consumers;

/// <summary>Which consumers a key opens, and what of them.</summary>
internal sealed class ConsumerAccess(
    GatewayStore store,
    StoreHold hold,
    SessionCallers callers,
    TenantRosters rosters,
    TimeProvider time
)
{
    /// <summary>The longest name.</summary>
    public const int MaxName = 63;

    /// <summary>Who asks, and the one tenant of the key.</summary>
    public async ValueTask<(SessionCaller Caller, long Tenant, ProblemAnswer? Refusal)> AskAsync(
        HttpContext http,
        string? name
    )
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return (caller, 0, refusal);
        if (caller.Tenants is not [var tenant])
            return (caller, 0, Problems.SeveralTenants());
        http.Audited()?.Tenant = tenant;
        if (name is null)
            return (caller, tenant, null);
        if (!IsName(name))
            return (caller, tenant, Problems.NoConsumer());
        http.Audited()?.Subject = name;
        return (caller, tenant, null);
    }

    /// <summary>The consumers of a tenant, or the one of that name; of that one the backlog is counted on demand.</summary>
    public ValueTask<IReadOnlyList<StoredConsumer>> ReadAsync(
        HttpContext http,
        long tenant,
        string? name,
        bool counts = false
    ) =>
        hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<StoredConsumer>>(
                    store.Consumers.ReadAsync(tenant, name, counts, http.RequestAborted)
                ),
            http.RequestAborted
        );

    /// <summary>A session that is named and that the key does not open; null: there is none.</summary>
    public async ValueTask<SessionName?> MissingAsync(
        HttpContext http,
        KeyAnswer key,
        long tenant,
        IReadOnlyList<string>? sessions
    )
    {
        if (sessions is null)
            return null;
        var choice = new StreamChoice(
            key,
            new(
                sessions.Select(s => StreamFilter.Name(s)!.Value).ToHashSet(),
                null,
                null,
                FromEarliest: true
            ),
            began: default
        );
        return choice.Missing(choice.Of(await RosterAsync(http, tenant)));
    }

    /// <summary>Of what is acknowledged, what the key opens: others' place is not its to change.</summary>
    public async ValueTask<IReadOnlyDictionary<long, long>> OpenedAsync(
        HttpContext http,
        KeyAnswer key,
        long tenant,
        IReadOnlyDictionary<long, long> seen
    )
    {
        if (OpensAll(key, tenant))
            return seen;
        var opens = new StreamChoice(
            key,
            new(null, null, null, FromEarliest: true),
            began: default
        ).Of(await RosterAsync(http, tenant));
        return seen.Where(s => opens.ContainsKey(s.Key)).ToDictionary();
    }

    private async ValueTask<TenantRoster> RosterAsync(HttpContext http, long tenant)
    {
        using var lease = rosters.Follow([tenant]);
        return await hold.AskAsync(
            () =>
                new ValueTask<TenantRoster>(
                    lease.ReadAsync(time.GetTimestamp(), http.RequestAborted)
                ),
            http.RequestAborted
        );
    }

    /// <summary>Why the key may not take the place of a consumer, move or delete it; null: it may.</summary>
    public async ValueTask<ProblemAnswer?> RefuseAsync(
        HttpContext http,
        KeyAnswer key,
        long tenant,
        string name
    )
    {
        if (OpensAll(key, tenant))
            return null;
        return await ReadAsync(http, tenant, name) is not [var row] ? Problems.NoConsumer()
            : Keeps(key, tenant, row.Sessions) ? null
            : Problems.OtherSessions();
    }

    private static bool OpensAll(KeyAnswer key, long tenant) =>
        key.WholeTenantsFor(ApiScopes.EventsRead).Contains(tenant);

    /// <summary>Whether a consumer of these sessions is the key's to make, see, read, change and delete.</summary>
    public static bool Keeps(KeyAnswer key, long tenant, IReadOnlyList<string>? sessions) =>
        OpensAll(key, tenant)
        || sessions?.All(s =>
            key.Judge(tenant, StreamFilter.Name(s)!.Value.Name, ApiScopes.EventsRead)
            == KeyVerdict.Allowed
        ) == true;

    /// <summary>Whether a consumer may have that name. Pure.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-')
        && name[0] != '-'
        && name[^1] != '-';
}
