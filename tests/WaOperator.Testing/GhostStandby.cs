using Npgsql;

namespace WaOperator.Testing;

/// <summary>
/// A synchronous standby that a PostgreSQL waits for and that never comes: while it haunts, no commit of the whole server is
/// answered. For servers of a test's own.
/// </summary>
public sealed class GhostStandby : IAsyncDisposable
{
    private readonly NpgsqlDataSource _admin;
    private Task _sentinel = Task.CompletedTask;

    private GhostStandby(PostgresServer server) =>
        _admin = NpgsqlDataSource.Create(
            server.ConnectionString("postgres") + ";Command Timeout=0"
        );

    /// <summary>From here on commits wait.</summary>
    public static async Task<GhostStandby> AppearAsync(PostgresServer server)
    {
        var ghost = new GhostStandby(server);
        await ghost.RunAsync("alter system set synchronous_standby_names = 'ghost'");
        await ghost.RunAsync("select pg_reload_conf()");
        await Eventually.True(
            "a commit waits for the ghost",
            async () =>
            {
                // The server learns of it in its own time: a commit that came before was simply answered.
                if (ghost._sentinel.IsCompleted)
                    ghost._sentinel = ghost.RunAsync("comment on database postgres is 'haunted'");
                return await ghost.WaitingAsync() > 0;
            }
        );
        return ghost;
    }

    /// <summary>Backends whose commit waits, apart from the one that was asked for to see the ghost.</summary>
    public async Task<long> HauntedAsync() => await WaitingAsync() - 1;

    /// <summary>Runs a statement that commits nothing, as superuser.</summary>
    public async Task<object?> RunAsync(string sql)
    {
        await using var command = _admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>The administrator gives the standby up: what waited is answered.</summary>
    public async Task VanishAsync()
    {
        await RunAsync("alter system reset synchronous_standby_names");
        await RunAsync("select pg_reload_conf()");
        await _sentinel;
        await Eventually.True("no commit waits", async () => await WaitingAsync() == 0);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await VanishAsync();
        await _admin.DisposeAsync();
    }

    private async Task<long> WaitingAsync() =>
        (long)
            (await RunAsync("select count(*) from pg_stat_activity where wait_event = 'SyncRep'"))!;
}
