using Npgsql;
using NpgsqlTypes;
using WaOperator.Domain;
using WaOperator.Store.Connecting;

namespace WaOperator.Store;

/// <summary>
/// How both sides connect: a data source for each purpose, made of what the administrator gave (<see cref="PostgresDsn"/>). Pool sizes,
/// lifetimes, TLS and log-in are the administrator's; the timeouts of connections, statements and locks follow from the lease. The settings see to it that PostgreSQL never keeps the locks of a process that is gone for longer than
/// a lease lives: a dead peer, an idle transaction and a hanging statement all end well before a take-over needs their rows.
/// </summary>
public static class Database
{
    /// <summary>A data source for the operator.</summary>
    /// <param name="connectionString">See <see cref="PostgresDsn"/>; never logged.</param>
    public static NpgsqlDataSource ForOperator(string connectionString) =>
        Build(connectionString, "wa-operator", TimeSpan.FromSeconds(10), maxPool: 10);

    /// <summary>A data source of two connections for <see cref="TransactionPooling"/>.</summary>
    /// <param name="connectionString">See <see cref="PostgresDsn"/>; never logged.</param>
    public static NpgsqlDataSource ForCheck(string connectionString) =>
        Build(connectionString, "wa-operator/check", TimeSpan.FromSeconds(10), maxPool: 2);

    /// <summary>
    /// A data source of one connection for the migration of the schema, whose statements take as long as they take: they are bounded
    /// by what waits for their locks, not by their own time.
    /// </summary>
    /// <param name="connectionString">See <see cref="PostgresDsn"/>; never logged.</param>
    public static NpgsqlDataSource ForMigration(string connectionString) =>
        Build(
            connectionString,
            "wa-operator/migration",
            TimeSpan.FromSeconds(10),
            maxPool: 1,
            patient: true
        );

    /// <summary>
    /// A data source of one connection for a replica of the operator that asks whether PostgreSQL answers it. Connecting and each
    /// statement are given up after a second.
    /// </summary>
    /// <param name="connectionString">See <see cref="PostgresDsn"/>; never logged.</param>
    public static NpgsqlDataSource ForWatch(string connectionString) =>
        Build(
            AtOnce(connectionString),
            "wa-operator/watch",
            TimeSpan.FromSeconds(2),
            maxPool: 1,
            timeout: 1,
            frequent: true
        );

    /// <summary>A data source for a session pod.</summary>
    /// <param name="connectionString">See <see cref="PostgresDsn"/>; never logged.</param>
    /// <param name="application">
    /// Names pool, ordinal and lease epoch (see <see cref="PodConnections.Application"/>), so that a claim can end the backends of a dead owner.
    /// </param>
    /// <param name="leaseTtl">The pool's lease TTL; every timeout is derived from it.</param>
    /// <param name="maxPool">Most connections, 1 or more; a pod needs few since its sessions commit in groups.</param>
    /// <param name="process">The process that took the shard's lease: by it the database knows whose rows it may see. Null: none.</param>
    public static NpgsqlDataSource ForPod(
        string connectionString,
        string application,
        TimeSpan leaseTtl,
        int maxPool = 8,
        Guid? process = null
    ) => Build(connectionString, application, leaseTtl, maxPool, frequent: true, process: process);

    /// <summary>A data source for a gateway, which only looks things up: what is not answered within a few seconds is given up.</summary>
    /// <param name="connectionString">See <see cref="PostgresDsn"/>; never logged.</param>
    public static NpgsqlDataSource ForGateway(string connectionString) =>
        Build(connectionString, "wa-gateway", TimeSpan.FromSeconds(4), maxPool: 16, frequent: true);

    /// <summary>
    /// A data source of one connection for a pod's lease alone. Connecting and each statement are given up after a second, which
    /// is below any sensible renewal interval: a late answer must never be taken for a fresh one.
    /// </summary>
    /// <param name="connectionString">See <see cref="PostgresDsn"/>; never logged.</param>
    /// <param name="application">Names pool and ordinal; holds no locks that a claim waits for, so it needs no epoch.</param>
    /// <param name="leaseTtl">The pool's lease TTL.</param>
    public static NpgsqlDataSource ForLease(
        string connectionString,
        string application,
        TimeSpan leaseTtl
    ) =>
        Build(
            AtOnce(connectionString),
            application,
            leaseTtl,
            maxPool: 1,
            timeout: 1,
            frequent: true
        );

    /// <summary>
    /// A statement that is not answered in time is not waited for any longer: Npgsql sends a cancel and breaks the connection at once.
    /// What commits is never cancelled, see <see cref="Commits"/>.
    /// </summary>
    private static string AtOnce(string connectionString) =>
        Changed(PostgresDsn.Read(connectionString), read => read.CancellationTimeout = -1);

    private static string Changed(
        NpgsqlConnectionStringBuilder read,
        Action<NpgsqlConnectionStringBuilder> change
    )
    {
        change(read);
        return read.ConnectionString;
    }

    private static NpgsqlDataSource Build(
        string connectionString,
        string application,
        TimeSpan ttl,
        int maxPool,
        int? timeout = null,
        bool frequent = false,
        bool patient = false,
        Guid? process = null
    )
    {
        var half = (int)(ttl.TotalMilliseconds / 2);
        var seconds = Math.Max(1, half / 1000 / 2);
        var wished = PostgresDsn.Read(connectionString);
        var connect = timeout ?? Math.Max(1, half / 1000);
        var builder = new NpgsqlConnectionStringBuilder(wished.ConnectionString)
        {
            ApplicationName = application,
            // A pool of one connection has its reason.
            MaxPoolSize = maxPool == 1 ? 1 : PostgresDsn.MaxPool(wished) ?? maxPool,
            MinPoolSize = maxPool == 1 ? 0 : wished.MinPoolSize,
            Timeout =
                PostgresDsn.IsSet(wished, "Timeout") && wished.Timeout is > 0 and var least
                    ? Math.Min(least, connect)
                    : connect,
            CommandTimeout = patient ? 0 : timeout ?? Math.Max(2, (int)ttl.TotalSeconds),
            // A pooled connection that died with the server is found dead by its first use, not by a long wait.
            KeepAlive = 0,
            TcpKeepAlive = true,
            TcpKeepAliveTime = seconds,
            TcpKeepAliveInterval = seconds,
            SearchPath = null,
            PersistSecurityInfo = false,
            LogParameters = false,
            IncludeErrorDetail = false,
            // No setting of a connection changes once it is made, so there is nothing to reset when it goes back to the pool.
            NoResetOnClose = true,
            // The few statements that run all the time are planned once.
            MaxAutoPrepare =
                frequent && !PostgresDsn.IsSet(wished, "Max Auto Prepare")
                    ? 64
                    : wished.MaxAutoPrepare,
            AutoPrepareMinUsages = 3,
            // Kerberos is not offered here; looking for its library would complain where it is not installed.
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        var source = new NpgsqlDataSourceBuilder(builder.ConnectionString);
        // Only built-in types and their arrays are used: no need to ask the server for all of its own, which costs a pod that starts
        // again a long query for each of its data sources, and the memory for the answers.
        source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        // By a statement, and not with the start of the connection: PgBouncer refuses unknown parameters there, or drops them.
        (string Name, string Value)[] settings =
        [
            ("search_path", "wa"),
            ("idle_in_transaction_session_timeout", $"{half}"),
            ("statement_timeout", patient ? "0" : $"{(int)ttl.TotalMilliseconds}"),
            ("lock_timeout", $"{half}"),
            ("tcp_keepalives_idle", $"{seconds}"),
            ("tcp_keepalives_interval", $"{seconds}"),
            ("tcp_keepalives_count", "2"),
            ("tcp_user_timeout", $"{half}"),
            ("client_connection_check_interval", $"{half}"),
            // A commit that did not wait for its synchronous standbys is told by a warning alone.
            ("client_min_messages", "warning"),
            // By it the database knows whose rows the connection may see; empty for none.
            ("wa.process", $"{process:D}"),
            // What this version can do that former ones cannot: rows that take it are hidden from those (migration 0039).
            ("wa.knows", "proxies"),
        ];
        source.UsePhysicalConnectionInitializer(
            connection =>
            {
                using var set = Set(settings, connection);
                set.ExecuteNonQuery();
            },
            async connection =>
            {
                await using var set = Set(settings, connection);
                await set.ExecuteNonQueryAsync();
            }
        );
        return source.Build();
    }

    // Every role may change its own defaults, and all pods have one: none shall take the others' durability away.
    private const string Durable = """
        case when current_setting('synchronous_commit') in ('off', 'local') then set_config('synchronous_commit', 'on', false) end
        """;

    /// <summary>As parameters, since all pods have one role, and a role sees the text of all its statements in pg_stat_activity.</summary>
    private static NpgsqlCommand Set(
        (string Name, string Value)[] settings,
        NpgsqlConnection connection
    )
    {
        var calls = settings.Select((s, i) => $"set_config('{s.Name}', ${i + 1}, false)");
        var command = new NpgsqlCommand(
            $"select {string.Join(", ", calls)}, {Durable}",
            connection
        );
        foreach (var (_, value) in settings)
            command.Parameters.Add(
                new NpgsqlParameter { Value = value, NpgsqlDbType = NpgsqlDbType.Text }
            );
        return command;
    }
}
