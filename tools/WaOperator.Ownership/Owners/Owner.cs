using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WaOperator.Ownership.Judging;
using WaOperator.SessionPod;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Settings;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.Ownership.Owners;

/// <summary>
/// The product's pod without sockets and without a web server: its lease's thread, its tenure, its claims, its group commit. Put
/// together as <see cref="PodHost"/> and <see cref="PodService"/> do, with a way of its own for the lease.
/// </summary>
internal sealed class Owner : IAsyncDisposable
{
    private static readonly Lazy<string> MasterKeyFile = new(() =>
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, Convert.ToBase64String(new byte[32]));
        return file;
    });
    private static readonly WhatsAppRuntime Runtime = new(new());

    // Instruments are linked into one list of the process: making and ending them for each owner would cost more than all it counts.
    private static readonly PodMetrics Metrics = new();

    private readonly ServiceProvider _services;
    private readonly PodStore _leaseStore;
    private readonly LeaseKeeper _keeper;

    private Owner(OwnerSpec spec, Action<Act> report)
    {
        var identity = new PodIdentity(
            new ShardId(spec.PoolUid, spec.Ordinal),
            spec.PodUid,
            $"pod-{spec.Ordinal}"
        );
        var options = new PodOptions
        {
            Identity = identity,
            Database = spec.WorkConnection,
            MasterKeyFile = MasterKeyFile.Value,
            PollEvery = TimeSpan.FromMilliseconds(100),
            StopLimit = TimeSpan.FromSeconds(1),
        };
        var collection = new ServiceCollection();
        collection.AddLogging(log => log.SetMinimumLevel(LogLevel.None));
        PodHost.AddPod(collection, options, new());
        var random = new Random(spec.Seed);
        collection.AddSingleton<IBootClock>(new DriftingClock(spec.ClockRate));
        collection.AddSingleton(Runtime);
        collection.AddSingleton(Metrics);
        collection.AddSingleton<RunnerFactory>(
            (context, wanted, epoch, _) =>
                new StandIn(context, wanted, epoch, spec.Name, report, new(random.Next()))
        );
        _services = collection.BuildServiceProvider();
        var pool = _services.GetRequiredService<LivePool>();
        pool.Apply(Times);
        _leaseStore = PodStore.ForLease(spec.LeaseConnection, identity.Shard, pool.Timings.Ttl);
        _keeper = new(
            _leaseStore.Leases,
            identity,
            _services.GetRequiredService<IBootClock>(),
            () =>
                spec.Mutation == Mutation.NoActDeadline
                    ? pool.Timings with
                    {
                        ActDeadline = TimeSpan.FromHours(1),
                    }
                    : pool.Timings,
            _services.GetRequiredService<CommitHeartbeat>(),
            _services.GetRequiredService<PodTenure>().RunAsync,
            _services.GetRequiredService<PodMetrics>(),
            _services.GetRequiredService<ILogger<LeaseKeeper>>()
        );
        _keeper.Start();
    }

    /// <summary>The lease times of all schedules: design's, 1 to 33.</summary>
    public static PoolSettings Times { get; } =
        new()
        {
            LeaseTtlMs = 300,
            LeaseRenewMs = 60,
            ActDeadlineMs = 210,
            SilentLimitMs = 3_600,
        };

    /// <summary>Ends when the owner broke.</summary>
    public Task Completion => _keeper.Completion;

    /// <summary>Starts an owner in this process.</summary>
    public static Owner Start(OwnerSpec spec, Action<Act> report) => new(spec, report);

    /// <summary>Closes all sessions, gives them and the lease back.</summary>
    public async ValueTask DisposeAsync()
    {
        _keeper.Stop();
        await _keeper.Completion;
        _keeper.Dispose();
        await _leaseStore.DisposeAsync();
        await _services.DisposeAsync();
    }
}
