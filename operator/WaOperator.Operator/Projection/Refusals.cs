using System.Collections.Concurrent;
using Npgsql;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>
/// The rows of sessions and tenants that PostgreSQL refused, each until another row is desired or this one is taken. Written by the
/// projector alone.
/// </summary>
internal sealed class Refusals
{
    private readonly ConcurrentDictionary<string, (SessionRow Row, Trouble Trouble)> _sessions =
        new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<
        NamespacedName,
        (TenantRow Row, Trouble Trouble)
    > _tenants = [];

    /// <summary>Why this row of a session was refused; null if it was not.</summary>
    public Trouble? Of(SessionRow? row) =>
        row is not null && _sessions.TryGetValue(row.Uid, out var refused) && refused.Row == row
            ? refused.Trouble
            : null;

    /// <summary>Why this row of a tenant was refused; null if it was not.</summary>
    public Trouble? Of(TenantRow row) =>
        _tenants.TryGetValue(NameOf(row), out var refused) && refused.Row == row
            ? refused.Trouble
            : null;

    /// <summary>The row was refused.</summary>
    /// <returns>Why, for people.</returns>
    public Trouble Add(SessionRow row, PostgresException why)
    {
        var trouble = Tell(why);
        _sessions[row.Uid] = (row, trouble);
        return trouble;
    }

    /// <summary>The row was refused.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Add(TenantRow row, PostgresException why)
    {
        var trouble = Tell(why);
        var isNews = Of(row) != trouble;
        _tenants[NameOf(row)] = (row, trouble);
        return isNews;
    }

    /// <summary>The session is stored, or is no more.</summary>
    public void Forget(string uid) => _sessions.TryRemove(uid, out _);

    /// <summary>The tenant is stored.</summary>
    /// <returns>Whether one of its rows was refused before.</returns>
    public bool Forget(NamespacedName tenant) => _tenants.TryRemove(tenant, out _);

    private static Trouble Tell(PostgresException why) =>
        new(
            Reasons.ValueRefused,
            $"PostgreSQL refuses to store what is declared: {why.MessageText} ({why.SqlState})"
        );

    private static NamespacedName NameOf(TenantRow row) => new(row.Namespace, row.Name);
}
