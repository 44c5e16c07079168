using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>The names of a session's resource.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
public readonly record struct SessionName(string Namespace, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}/{Name}";
}

/// <summary>Where a session is served.</summary>
/// <param name="Tenant">The tenant's key in the database.</param>
/// <param name="Pod">
/// The pod that owns it under a lease that it holds now; null for none: it waits for a place, or its pod is gone.
/// </param>
/// <param name="PodNamespace">The namespace of that pod; null for none.</param>
public sealed record ServedPlace(long Tenant, string? Pod, string? PodNamespace)
{
    /// <summary>Its desired state: Active, Stopped or Deleting.</summary>
    public string Desired { get; init; } = nameof(DesiredState.Active);

    /// <summary>
    /// No pod owns it because its last owner gave it back, and it has a place: it is moving, or its pod is being replaced, by plan. False
    /// after a crash.
    /// </summary>
    public bool GivenBack { get; init; }
}

/// <summary>Which pods serve which sessions now.</summary>
public sealed class SessionPlaces(NpgsqlDataSource database)
{
    /// <summary>Where sessions are served, by one question for all of them.</summary>
    /// <param name="sessions">Their names.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Those that exist.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyDictionary<SessionName, ServedPlace>> ReadAsync(
        IReadOnlyCollection<SessionName> sessions,
        CancellationToken ct = default
    )
    {
        var rows = await database.LookUpAsync(
            "select namespace, name, tenant_id, pod_name, pod_namespace, desired, given_back from wa.session_places($1, $2)",
            [sessions.Select(s => s.Namespace).ToArray(), sessions.Select(s => s.Name).ToArray()],
            r =>
                (
                    Name: new SessionName(r.GetString(0), r.GetString(1)),
                    Place: new ServedPlace(r.GetInt64(2), r.TextOrNull(3), r.TextOrNull(4))
                    {
                        Desired = r.GetString(5),
                        GivenBack = r.GetBoolean(6),
                    }
                ),
            ct
        );
        return rows.ToDictionary(r => r.Name, r => r.Place);
    }
}
