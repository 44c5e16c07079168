using Npgsql;

namespace WaOperator.Store.Operator;

/// <summary>
/// What the operator is given of the database, over connections of its own. All calls throw <see cref="NpgsqlException"/> while the
/// database is away.
/// </summary>
public sealed class OperatorStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;

    /// <summary>Takes connections over and closes them in the end.</summary>
    public OperatorStore(NpgsqlDataSource database)
    {
        _database = database;
        Observed = new(database);
    }

    /// <summary>For the leader's work.</summary>
    /// <param name="connectionString">See <see cref="Database.ForOperator"/>.</param>
    public static OperatorStore Open(string connectionString) =>
        new(Database.ForOperator(connectionString));

    /// <summary>For a replica that asks whether PostgreSQL answers it: one connection that gives up quickly.</summary>
    /// <param name="connectionString">See <see cref="Database.ForWatch"/>.</param>
    public static OperatorStore OpenWatch(string connectionString) =>
        new(Database.ForWatch(connectionString));

    /// <summary>What is stored and what pods report.</summary>
    public ObservedStore Observed { get; }

    /// <summary>Begins a new term, in which alone the operator writes: from here on no older leader's write commits.</summary>
    /// <param name="holder">Who leads, for people.</param>
    /// <param name="ct">Cancels; the term may have begun all the same.</param>
    public Task<DesiredStore> BeginTermAsync(string holder, CancellationToken ct = default) =>
        DesiredStore.BeginTermAsync(_database, holder, ct);

    /// <summary>The installation that the schema belongs to; null while it belongs to none, or when there is no schema.</summary>
    public Task<string?> ReadInstallationAsync(CancellationToken ct = default) =>
        Installation.OwnerAsync(_database, ct);

    /// <summary>Takes the schema if it belongs to no installation, or to the one that is replaced.</summary>
    /// <param name="identity">Who asks.</param>
    /// <param name="replaces">The installation that it replaces by the administrator's word; null for none.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The installation that it belongs to now.</returns>
    public Task<string> TakeInstallationAsync(
        string identity,
        string? replaces,
        CancellationToken ct = default
    ) => Installation.TakeAsync(_database, identity, replaces, ct);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
