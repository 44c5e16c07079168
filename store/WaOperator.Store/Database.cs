using Npgsql;

namespace WaOperator.Store;

/// <summary>
/// How both sides connect. The settings see to it that PostgreSQL never keeps the locks of a process that is gone for longer than
/// a lease lives: a dead peer, an idle transaction and a hanging statement all end well before a take-over needs their rows.
/// </summary>
public static class Database
{
    /// <summary>A data source for the operator.</summary>
    /// <param name="connectionString">Npgsql connection string; never logged.</param>
    public static NpgsqlDataSource ForOperator(string connectionString) =>
        Build(connectionString, "wa-operator", TimeSpan.FromSeconds(10), maxPool: 10);

    /// <summary>
    /// A data source of one connection for a replica of the operator that asks whether PostgreSQL answers it. Connecting and each
    /// statement are given up after a second.
    /// </summary>
    /// <param name="connectionString">Npgsql connection string; never logged.</param>
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
    /// <param name="connectionString">Npgsql connection string; never logged.</param>
    /// <param name="application">
    /// Names pool, ordinal and lease epoch (see <see cref="PodApplication"/>), so that a claim can end the backends of a dead owner.
    /// </param>
    /// <param name="leaseTtl">The pool's lease TTL; every timeout is derived from it.</param>
    /// <param name="maxPool">Most connections, 1 or more; a pod needs few since its sessions commit in groups.</param>
    public static NpgsqlDataSource ForPod(
        string connectionString,
        string application,
        TimeSpan leaseTtl,
        int maxPool = 8
    ) => Build(connectionString, application, leaseTtl, maxPool, frequent: true);

    /// <summary>
    /// A data source of one connection for a pod's lease alone. Connecting and each statement are given up after a second, which
    /// is below any sensible renewal interval: a late answer must never be taken for a fresh one.
    /// </summary>
    /// <param name="connectionString">Npgsql connection string; never logged.</param>
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

    /// <summary>The application name of a pod's connections; at most 63 bytes, which is all that PostgreSQL keeps.</summary>
    public static string PodApplication(string poolUid, int ordinal, long leaseEpoch) =>
        $"wa-pod/{(poolUid.Length > 36 ? poolUid[..36] : poolUid)}/{ordinal}/{leaseEpoch}";

    /// <summary>
    /// A statement that is not answered in time is not waited for any longer: Npgsql sends a cancel and breaks the connection at once.
    /// What commits is never cancelled, see <see cref="Commits"/>.
    /// </summary>
    private static string AtOnce(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            CancellationTimeout = -1,
        }.ConnectionString;

    private static NpgsqlDataSource Build(
        string connectionString,
        string application,
        TimeSpan ttl,
        int maxPool,
        int? timeout = null,
        bool frequent = false
    )
    {
        var half = (int)(ttl.TotalMilliseconds / 2);
        var seconds = Math.Max(1, half / 1000 / 2);
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = application,
            MaxPoolSize = maxPool,
            Timeout = timeout ?? Math.Max(1, half / 1000),
            CommandTimeout = timeout ?? Math.Max(2, (int)ttl.TotalSeconds),
            // A pooled connection that died with the server is found dead by its first use, not by a long wait.
            KeepAlive = 0,
            TcpKeepAlive = true,
            TcpKeepAliveTime = seconds,
            TcpKeepAliveInterval = seconds,
            SearchPath = "wa",
            IncludeErrorDetail = false,
            // Nobody changes a setting of a pod's connection, so there is nothing to reset when it goes back to the pool; and the
            // few statements that run all the time are planned once.
            NoResetOnClose = frequent,
            MaxAutoPrepare = frequent ? 64 : 0,
            AutoPrepareMinUsages = 3,
            // Kerberos is not offered here; looking for its library would complain where it is not installed.
            GssEncryptionMode = GssEncryptionMode.Disable,
            Options = string.Join(
                ' ',
                $"-c idle_in_transaction_session_timeout={half}",
                $"-c statement_timeout={(int)ttl.TotalMilliseconds}",
                $"-c lock_timeout={half}",
                $"-c tcp_keepalives_idle={seconds}",
                $"-c tcp_keepalives_interval={seconds}",
                "-c tcp_keepalives_count=2",
                $"-c tcp_user_timeout={half}",
                $"-c client_connection_check_interval={half}",
                // A commit that did not wait for its synchronous standby is told by a warning alone.
                "-c client_min_messages=warning"
            ),
        };
        var source = new NpgsqlDataSourceBuilder(builder.ConnectionString);
        // Only built-in types and their arrays are used: no need to ask the server for all of its own, which costs a pod that starts
        // anew a long query for each of its data sources, and the memory for the answers.
        source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return source.Build();
    }
}
