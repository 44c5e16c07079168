using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Hosting;
using WaOperator.Operator.Options;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>
/// An operator in this process on a real API server and a real PostgreSQL, in a namespace and a database of its own. Pods are
/// played by <see cref="FakeShard"/>; there is no kubelet and no controller of Kubernetes' own.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    private static readonly Lazy<Task<ApiServer>> Prepared = new(async () =>
        await WithCrdsAsync(await ApiServer.SharedAsync())
    );
    private readonly List<FakeShard> _shards = [];
    private readonly List<Running> _operators = [];
    private readonly ILoggerFactory _loggers;

    private World(ApiServer server, string ns, string connection, ITestOutputHelper output)
    {
        (Server, Ns, Connection) = (server, ns, connection);
        Client = new(KubeConfig.FromFile(server.KubeconfigPath));
        Database = NpgsqlDataSource.Create(connection);
        _loggers = LoggerFactory.Create(b =>
            b.SetMinimumLevel(LogLevel.Debug).AddProvider(new OutputLogger(output, Warnings))
        );
    }

    public ApiServer Server { get; }
    public string Ns { get; }
    public string Connection { get; }
    public KubernetesClient Client { get; }
    public NpgsqlDataSource Database { get; }

    /// <summary>What the operators logged as a warning or worse.</summary>
    public ConcurrentQueue<string> Warnings { get; } = new();

    /// <summary>A running operator.</summary>
    public sealed record Running(
        Task Task,
        CancellationTokenSource Stop,
        OperatorHost Host,
        string Pod
    );

    /// <summary>A running operator that reaches PostgreSQL by this way.</summary>
    public Running StartOperator(TcpProxy way) =>
        StartOperator(o =>
            o.Database.ConnectionString = new NpgsqlConnectionStringBuilder(Connection)
            {
                Port = way.Port,
            }.ConnectionString
        );

    /// <summary>Who holds the leader's Lease, and how often it changed hands.</summary>
    public async Task<LeaseSpec> LeadAsync() =>
        (await Client.GetAsync<Lease>("wa-operator", Ns))?.Spec ?? new();

    /// <summary>A world with one operator.</summary>
    public static async Task<World> StartAsync(ITestOutputHelper output)
    {
        var world = await CreateAsync(output);
        world.StartOperator();
        return world;
    }

    /// <summary>A world without an operator.</summary>
    public static async Task<World> CreateAsync(
        ITestOutputHelper output,
        ApiServer? server = null,
        PostgresServer? postgres = null
    )
    {
        server = server is null ? await Prepared.Value : await WithCrdsAsync(server);
        postgres ??= await PostgresServer.SharedAsync();
        return new(
            server,
            await server.CreateNamespaceAsync("operator"),
            await postgres.CreateDatabaseAsync(),
            output
        );
    }

    public Running StartOperator(
        Action<OperatorOptions>? change = null,
        bool isValid = true,
        RefusedSecret? refused = null
    )
    {
        var options = new OperatorOptions
        {
            Database = new() { ConnectionString = Connection },
            Pod = new() { Namespace = Ns, Name = $"operator-{_operators.Count}" },
            Namespaces = [Ns],
            SessionPod = new() { Image = "session-pod:test" },
        };
        change?.Invoke(options);
        // A test may need times that are too short for people.
        if (isValid)
            options.Validate().ShouldBeEmpty();
        var client = new KubernetesClient(
            KubeConfig.FromFile(Server.KubeconfigPath),
            new() { UserAgent = $"operator/{Ns}" },
            handler: refused?.Way()
        );
        var host = new OperatorHost(client, options, _loggers, TimeProvider.System);
        var stop = new CancellationTokenSource();
        var running = new Running(
            Task.Run(async () =>
            {
                using (client)
                    await host.RunAsync(stop.Token);
            }),
            stop,
            host,
            options.Pod.Name
        );
        _operators.Add(running);
        return running;
    }

    public static async Task StopAsync(Running running)
    {
        await running.Stop.CancelAsync();
        await running.Task;
    }

    public FakeShard StartShard(
        string poolUid,
        int ordinal,
        string? podUid = null,
        TimeSpan? ttl = null
    )
    {
        var shard = new FakeShard(
            Database,
            new ShardId(poolUid, ordinal),
            podUid ?? $"pod-{Guid.NewGuid()}",
            ttl ?? TimeSpan.FromSeconds(3)
        );
        _shards.Add(shard);
        return shard;
    }

    public async Task<WhatsAppSessionPool> PoolAsync(
        int shards = 1,
        int sessionsPerShard = 100,
        string name = "default"
    )
    {
        var pool = Make.Pool(name, Ns);
        return await Client.CreateAsync(
            pool with
            {
                Metadata = new() { Name = name, Namespace = Ns },
                Spec = pool.Spec with
                {
                    Shards = new() { Min = shards },
                    PerShard = new() { Sessions = sessionsPerShard },
                    Lease = new()
                    {
                        TtlSeconds = 3,
                        ActSeconds = 2,
                        RenewSeconds = 1,
                    },
                    FailoverAfterSeconds = 2,
                },
            }
        );
    }

    /// <summary>A pool with shards that serve.</summary>
    public async Task<(WhatsAppSessionPool Pool, FakeShard[] Shards)> ServingPoolAsync(
        int shards = 1,
        int sessionsPerShard = 100
    )
    {
        var pool = await PoolAsync(shards, sessionsPerShard);
        var serving = Enumerable
            .Range(0, shards)
            .Select(i => StartShard(pool.Metadata.Uid!, i))
            .ToArray();
        await UntilAsync<WhatsAppSessionPool>(
            "default",
            "all shards serve",
            p => p.Status?.Shards?.Serving == shards
        );
        return (pool, serving);
    }

    public Task<WhatsAppTenant> TenantAsync(string name = "acme", TenantSpec? spec = null) =>
        Client.CreateAsync(
            new WhatsAppTenant
            {
                Metadata = new() { Name = name, Namespace = Ns },
                Spec = spec ?? new(),
            }
        );

    public Task<WhatsAppSession> SessionAsync(
        string name,
        string phone,
        Func<SessionSpec, SessionSpec>? change = null,
        string tenant = "acme"
    )
    {
        var spec = new SessionSpec
        {
            TenantRef = new() { Name = tenant },
            PhoneNumber = phone,
        };
        return Client.CreateAsync(
            new WhatsAppSession
            {
                Metadata = new() { Name = name, Namespace = Ns },
                Spec = change?.Invoke(spec) ?? spec,
            }
        );
    }

    public Task PatchAsync<T>(string name, string patch)
        where T : class, IKubernetesObject<T> =>
        Client.PatchMergeAsync<T>(name, Ns, JsonNode.Parse(patch)!);

    /// <summary>
    /// Writes what a relation of the schema forbids. Servers know relations from 1.25 on and have to refuse it in the relation's
    /// words; older ones leave it to the operator.
    /// </summary>
    /// <returns>Whether the server took it.</returns>
    public async Task<bool> BreakAsync<T>(string name, string patch, string refusal)
        where T : class, IKubernetesObject<T>
    {
        if (!(await Client.GetServerVersionAsync()).AtLeast(1, 25))
        {
            await PatchAsync<T>(name, patch);
            return true;
        }
        var refused = await Should.ThrowAsync<KubernetesException>(() =>
            PatchAsync<T>(name, patch)
        );
        refused.IsInvalid.ShouldBeTrue(refused.Message);
        refused.Message.ShouldContain(refusal);
        return false;
    }

    public Task<T> UntilAsync<T>(string name, string what, Func<T, bool> holds)
        where T : class, IKubernetesObject<T> =>
        Eventually.Get(
            $"{T.Resource.Kind} {name}: {what}",
            async () => await Client.GetAsync<T>(name, Ns) is { } obj && holds(obj) ? obj : null
        );

    public Task<WhatsAppSession> UntilSessionAsync(
        string name,
        string type,
        string status = "True",
        string? reason = null
    ) =>
        UntilAsync<WhatsAppSession>(
            name,
            $"{type} is {status} {reason}",
            s =>
                s.Status?.Conditions.Find(type) is { } c
                && c.Status == status
                && (reason is null || c.Reason == reason)
        );

    public Task<WhatsAppSession> UntilConnectedAsync(string name) =>
        UntilSessionAsync(name, ConditionTypes.Connected);

    public Task GoneAsync<T>(string name)
        where T : class, IKubernetesObject<T> =>
        Eventually.True(
            $"{T.Resource.Kind} {name} is gone",
            async () => await Client.GetAsync<T>(name, Ns) is null
        );

    public async Task<IReadOnlyList<Event>> EventsAsync(string name) =>
        [.. (await Client.ListAsync<Event>(Ns)).Items.Where(e => e.InvolvedObject?.Name == name)];

    public Task UntilEventAsync(string name, string reason) =>
        Eventually.True(
            $"an event {reason} of {name}",
            async () => (await EventsAsync(name)).Any(e => e.Reason == reason)
        );

    public async Task<T?> SqlAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    /// <summary>What the operators of this world wrote, but for their Leases.</summary>
    public async Task<List<AuditEvent>> WritesAsync() =>
        [
            .. (await Server.AuditAsync()).Where(e =>
                e.UserAgent == $"operator/{Ns}" && e.IsWrite && e.Resource != "leases"
            ),
        ];

    /// <summary>Waits until nothing was written for a while, and asserts that nothing is for longer.</summary>
    public async Task QuietAsync(double seconds)
    {
        await Eventually.True(
            "the operator has come to rest",
            async () =>
            {
                var before = (await WritesAsync()).Count;
                return await StaysAsync(before, 2);
            }
        );
        var at = (await WritesAsync()).Count;
        await Steadily.Holds(
            "nothing but the Lease is written",
            TimeSpan.FromSeconds(seconds),
            async () => (await WritesAsync()).Skip(at).FirstOrDefault()?.ToString()
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _operators)
        {
            await running.Stop.CancelAsync();
            await running.Task.ContinueWith(_ => { }, TaskScheduler.Default);
        }
        foreach (var shard in _shards)
            await shard.DisposeAsync();
        await Database.DisposeAsync();
        Client.Dispose();
        _loggers.Dispose();
    }

    private async Task<bool> StaysAsync(int count, double seconds)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(seconds));
        await tick.WaitForNextTickAsync();
        return (await WritesAsync()).Count == count;
    }

    private static async Task<ApiServer> WithCrdsAsync(ApiServer server)
    {
        // Servers before 1.25 do not know the rules in the schema; the operator repeats them.
        await server.KubectlAsync(
            "",
            "apply",
            "--validate=false",
            "-f",
            Path.Combine(KubernetesBinaries.RepositoryRoot(), "crds")
        );
        await server.EstablishedAsync();
        return server;
    }

    private sealed class OutputLogger(ITestOutputHelper output, ConcurrentQueue<string> warnings)
        : ILoggerProvider,
            ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose() { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel >= LogLevel.Warning)
                warnings.Enqueue(formatter(state, exception));
            try
            {
                output.WriteLine(
                    $"{DateTimeOffset.FromUnixTimeMilliseconds(Environment.TickCount64):mm:ss.fff} {logLevel} {formatter(state, exception)} {exception}"
                );
            }
            catch (InvalidOperationException)
            {
                // The test is over, and with it its output.
            }
        }
    }
}
