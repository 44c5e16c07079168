using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Operator;

/// <summary>An API server and a PostgreSQL of the benchmark's own, and the objects in them.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    public const string Ns = "bench";
    private const string UserAgent = "bench";
    private const int Parallel = 16;
    private const int MostAttempts = 10;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PlayedShard> _shards = [];
    private readonly PostgresServer _postgres;
    private readonly List<AuditEvent> _writes = [];
    private Task _watching = Task.CompletedTask;
    private long _audited;
    private int _applied;

    private BenchCluster(ApiServer server, PostgresServer postgres, string connection)
    {
        (Server, _postgres, Connection) = (server, postgres, connection);
        Client = new(KubeConfig.FromFile(server.KubeconfigPath), new() { UserAgent = UserAgent });
        Database = NpgsqlDataSource.Create(connection);
        Sessions = new(Client, new() { Namespaces = [Ns] }, NullLoggerFactory.Instance);
    }

    public ApiServer Server { get; }
    public string Connection { get; }
    public KubernetesClient Client { get; }
    public NpgsqlDataSource Database { get; }

    /// <summary>What the API server shows.</summary>
    public Informer<WhatsAppSession> Sessions { get; }

    public static async Task<BenchCluster> StartAsync()
    {
        var server = await ApiServer.StartAsync();
        // Servers before 1.25 do not know the rules in the schema; the operator repeats them.
        await server.KubectlAsync(
            "",
            "apply",
            "--validate=false",
            "-f",
            Path.Combine(KubernetesBinaries.RepositoryRoot(), "crds")
        );
        await server.KubectlAsync(
            "",
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            "crd",
            "--all"
        );
        await server.KubectlAsync("", "create", "namespace", Ns);
        await server.KubectlAsync("", "create", "namespace", "yardstick");
        var postgres = await PostgresServer.StartAsync();
        return new(server, postgres, await postgres.CreateDatabaseAsync());
    }

    /// <summary>
    /// How many writes per second the server itself takes: objects like ours are created, and their status is written once, in a
    /// namespace that no one watches.
    /// </summary>
    public async Task<double> RawWritesAsync(int objects)
    {
        var start = Stopwatch.GetTimestamp();
        await EachAsync(
            objects,
            async i =>
            {
                var made = await Client.CreateAsync(Session("yardstick", i, "acme-0"));
                await Client.ApplyStatusAsync(
                    new WhatsAppSession
                    {
                        Metadata = new() { Name = made.Metadata.Name, Namespace = "yardstick" },
                        Status = new() { Phase = SessionPhases.Connected, Shard = i % 10 },
                    },
                    UserAgent
                );
            }
        );
        return objects * 2 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Makes tenants and a pool whose shards serve.</summary>
    public async Task PrepareAsync(int sessions, int shards, int tenants)
    {
        await EachAsync(
            tenants,
            i =>
                Client.CreateAsync(
                    new WhatsAppTenant
                    {
                        Metadata = new() { Name = $"acme-{i}", Namespace = Ns },
                        Spec = new() { Limits = new() { Sessions = sessions } },
                    }
                )
        );
        var spec = new PoolSpec
        {
            Shards = new() { Min = shards },
            PerShard = new() { Sessions = (sessions / shards * 2) + 1, Memory = new("4Gi") },
            DatabaseSecretRef = new() { Name = "database", Key = "dsn" },
            MasterKeySecretRef = new() { Name = "master-key", Key = "key" },
        };
        var pool = await Client.CreateAsync(
            new WhatsAppSessionPool
            {
                Metadata = new() { Name = "default", Namespace = Ns },
                Spec = spec,
            }
        );
        await Eventually.True(
            "the operator knows the pool",
            async () =>
                (await Client.GetAsync<WhatsAppSessionPool>("default", Ns))?.Status is not null,
            TimeSpan.FromMinutes(1)
        );
        for (var ordinal = 0; ordinal < shards; ordinal++)
            _shards.Add(
                new(
                    Database,
                    new ShardId(pool.Metadata.Uid!, ordinal),
                    (double)spec.LoginsPerSecond / shards
                )
            );
        await Eventually.True(
            "all shards serve",
            async () =>
                (await Client.GetAsync<WhatsAppSessionPool>("default", Ns))?.Status?.Shards?.Serving
                == shards,
            TimeSpan.FromMinutes(1)
        );
        _watching = Sessions.RunAsync(_stop.Token);
        await Sessions.WaitForSyncAsync(_stop.Token);
    }

    /// <summary>Sessions that were created so far.</summary>
    public int Applied => Volatile.Read(ref _applied);

    /// <summary>Sessions that are shown as connected on a shard.</summary>
    public int Connected =>
        Sessions.Store.Count(s => s.Status is { Phase: SessionPhases.Connected, Shard: not null });

    /// <summary>Creates all sessions.</summary>
    public Task ApplyAsync(int sessions, int tenants) =>
        EachAsync(
            sessions,
            async i =>
            {
                await CreateAsync(Session(Ns, i, $"acme-{i % tenants}"));
                Interlocked.Increment(ref _applied);
            }
        );

    /// <summary>A server under load may answer late or not at all; who applies tries again, as kubectl and Argo CD do.</summary>
    private async Task CreateAsync(WhatsAppSession session)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                await Client.CreateAsync(session);
                return;
            }
            catch (KubernetesException e) when (attempt > 1 && e.IsAlreadyExists)
            {
                return;
            }
            catch (Exception e)
                when (attempt < MostAttempts
                    && e is HttpRequestException or TimeoutException or OperationCanceledException
                )
            {
                Console.WriteLine($"{session.Metadata.Name} is applied again: {e.Message}");
            }
    }

    /// <summary>Throws what ended a shard, if one has ended: its sessions would be waited for in vain.</summary>
    public Task ShardsGoOnAsync() =>
        _shards.Find(s => s.Running.IsCompleted) is { } ended ? ended.Running : Task.CompletedTask;

    /// <summary>How many sessions have a place, and are owned, as stored.</summary>
    public async Task<(long Placed, long Owned)> StoredAsync()
    {
        await using var command = Database.CreateCommand(
            "select (select count(*) from wa.placement), (select count(*) from wa.session_owner)"
        );
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Where each session is, as stored.</summary>
    public async Task<string> PlacementAsync()
    {
        await using var command = Database.CreateCommand(
            "select md5(string_agg(session_id || '/' || ordinal, ',' order by session_id)) from wa.placement"
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What the operator wrote until now, in order. Only what is new is read.</summary>
    public async Task<IReadOnlyList<AuditEvent>> WritesAsync()
    {
        var (events, next) = await Server.AuditAsync(_audited);
        _audited = next;
        _writes.AddRange(
            events.Where(e =>
                e.IsWrite && e.UserAgent.StartsWith("WaOperator", StringComparison.Ordinal)
            )
        );
        return _writes;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var shard in _shards)
            await shard.DisposeAsync();
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Database.DisposeAsync();
        Client.Dispose();
        await Server.DisposeAsync();
        await _postgres.DisposeAsync();
        _stop.Dispose();
    }

    private static WhatsAppSession Session(string ns, int i, string tenant) =>
        new()
        {
            Metadata = new() { Name = $"session-{i}", Namespace = ns },
            Spec = new()
            {
                TenantRef = new() { Name = tenant },
                PhoneNumber = $"4917{i:00000000}",
            },
        };

    private static Task EachAsync(int count, Func<int, Task> act) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel },
            async (i, _) => await act(i)
        );
}
