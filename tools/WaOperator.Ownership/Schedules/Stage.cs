using System.Diagnostics;
using System.Globalization;
using Npgsql;
using WaOperator.Ownership.Judging;
using WaOperator.Ownership.Owners;
using WaOperator.Store;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Ownership.Schedules;

/// <summary>Where schedules run one after the other: a database, and ways to it that can be disturbed.</summary>
internal sealed class Stage : IAsyncDisposable
{
    /// <summary>Most owners of a schedule.</summary>
    public const int Seats = 3;

    private static readonly SemaphoreSlim Roles = new(1, 1);
    private readonly string _connection;

    private Stage(string connection, int port, bool processes)
    {
        // Each owner and each operator brings data sources of its own, and reading the catalogue of types for each of them would be
        // more work than all that it does then.
        _connection = connection + ";Server Compatibility Mode=NoTypeLoading";
        Admin = NpgsqlDataSource.Create(_connection + ";Maximum Pool Size=4");
        LeaseLinks = [.. Enumerable.Range(0, Seats + 1).Select(_ => TcpProxy.To(port))];
        WorkLinks = [.. Enumerable.Range(0, Seats + 1).Select(_ => TcpProxy.To(port))];
        OperatorLink = TcpProxy.To(port);
        Owners =
        [
            .. Enumerable
                .Range(0, Seats + 1)
                .Select(_ => processes ? (IOwnerSeat)new ProcessSeat() : new LocalSeat()),
        ];
    }

    /// <summary>A superuser's undisturbed way.</summary>
    public NpgsqlDataSource Admin { get; }

    /// <summary>Each owner's way for its lease; the last is spare, as the last seat is.</summary>
    public IReadOnlyList<TcpProxy> LeaseLinks { get; }

    /// <summary>Each owner's way for all else.</summary>
    public IReadOnlyList<TcpProxy> WorkLinks { get; }

    /// <summary>The operator's way.</summary>
    public TcpProxy OperatorLink { get; }

    /// <summary>Where the owners run; one more than there are, for a pod that comes while the former still runs.</summary>
    public IReadOnlyList<IOwnerSeat> Owners { get; }

    /// <summary>Makes a stage with a database of its own.</summary>
    public static async Task<Stage> CreateAsync(
        PostgresServer server,
        bool processes,
        Mutation mutation
    )
    {
        var stage = new Stage(await server.CreateDatabaseAsync(), server.Port, processes);
        // Roles belong to the whole server.
        await Roles.WaitAsync();
        try
        {
            await using var migrating = Database.ForOperator(stage._connection);
            await Migrator.MigrateAsync(migrating);
            await Ledger.RunAsync(stage.Admin, "alter role wa_pod login");
        }
        finally
        {
            Roles.Release();
        }
        await Ledger.InstallAsync(stage.Admin, mutation);
        return stage;
    }

    /// <summary>An owner's connection string.</summary>
    public string ForPod(TcpProxy link) =>
        new NpgsqlConnectionStringBuilder(_connection)
        {
            Port = link.Port,
            Username = "wa_pod",
        }.ConnectionString;

    /// <summary>The operator's.</summary>
    public string ForOperator() =>
        new NpgsqlConnectionStringBuilder(_connection)
        {
            Port = OperatorLink.Port,
            // Scaled down like the lease.
            CommandTimeout = 2,
        }.ConnectionString;

    /// <summary>Whether a new connection is opened and answers in that time.</summary>
    public async Task<bool> ConnectsWithinAsync(TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await using var fresh = new NpgsqlConnection(_connection + ";Pooling=false");
            await fresh.OpenAsync();
            await using var command = new NpgsqlCommand("select 1", fresh);
            await command.ExecuteScalarAsync();
        }
        catch (NpgsqlException e) when (e.InnerException is TimeoutException)
        {
            return false;
        }
        return Stopwatch.GetElapsedTime(start) <= limit;
    }

    /// <summary>All ways work but some; connections that were forgotten end.</summary>
    public void Heal(IReadOnlyCollection<TcpProxy> but)
    {
        foreach (var link in (IEnumerable<TcpProxy>)[.. LeaseLinks, .. WorkLinks, OperatorLink])
            if (!but.Contains(link))
                link.Heal();
    }

    /// <summary>Ends every connection of the last schedule.</summary>
    public void Clear()
    {
        foreach (var link in (IEnumerable<TcpProxy>)[.. LeaseLinks, .. WorkLinks, OperatorLink])
        {
            link.Reset();
            link.Heal();
        }
    }

    /// <summary>A backend that serves an owner, best one that stands between a write and its COMMIT; null for none.</summary>
    public async Task<(int Pid, bool Writes)?> BackendAsync(string poolUid, int ordinal)
    {
        await using var command = Admin.CreateCommand(
            string.Create(
                CultureInfo.InvariantCulture,
                $"select pid, wait_event is not distinct from 'PgSleep' from pg_stat_activity where application_name like 'wa-pod/{poolUid}/{ordinal}/%' order by 2 desc, state <> 'active' limit 1"
            )
        );
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? (reader.GetInt32(0), reader.GetBoolean(1)) : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var owner in Owners)
            await owner.DisposeAsync();
        foreach (var link in (IEnumerable<TcpProxy>)[.. LeaseLinks, .. WorkLinks, OperatorLink])
            await link.DisposeAsync();
        await Admin.DisposeAsync();
    }
}
