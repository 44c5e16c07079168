using Npgsql;
using WaOperator.Api;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Settings;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Connecting;
using WaOperator.Store.Pod;
using WaOperator.Store.Schema;

namespace WaOperator.SessionPod.Hosting;

/// <summary>The life of a pod: wait for the schema, check the master key, wait for the pool, hold the lease until the end.</summary>
internal sealed partial class PodService(
    PodOptions options,
    MasterKey masterKey,
    LivePool pool,
    PodTenure tenure,
    PodHealth status,
    PodExit exit,
    IHints hints,
    CommitHeartbeat heartbeat,
    PodMetrics metrics,
    IBootClock clock,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers
) : BackgroundService
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(500);
    private readonly ILogger<PodService> _logger = loggers.CreateLogger<PodService>();
    private string? _told;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var stopping = lifetime.ApplicationStopping.Register(() =>
            status.Stopping = true
        );
        try
        {
            await PrepareAsync(stoppingToken);
            await HoldAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Log.Stopped(_logger);
        }
        catch (StartRefusedException e)
        {
            Log.StartRefused(_logger, e.Message);
            exit.Fail();
            lifetime.StopApplication();
        }
        catch (Exception e)
        {
            Log.Broke(_logger, e);
            exit.Fail();
            lifetime.StopApplication();
        }
    }

    private async Task PrepareAsync(CancellationToken ct)
    {
        await UntilAsync("PostgreSQL", () => CheckAsync(ct), ct);
        var shard = options.Identity.Shard;
        await using var store = PodStore.ForStart(options.Database, shard, pool.Timings.Ttl);
        await UntilAsync(
            $"schema {Migrator.Current}, which the operator brings",
            async () =>
                await store.ReadSchemaVersionAsync(ct) is var found && found >= Migrator.Current
                    ? null
                    : $"found {found}",
            ct
        );
        await UntilAsync(
            "the master key's fingerprint",
            async () =>
            {
                await masterKey.CheckAsync(store.Keys, ct);
                return null;
            },
            ct
        );
        PoolSettings? settings = null;
        await UntilAsync(
            $"pool {shard.PoolUid}, which the operator projects",
            async () =>
            {
                settings = await store.Pools.ReadSettingsAsync(shard.PoolUid, ct);
                return settings is null ? "not there" : null;
            },
            ct
        );
        pool.Apply(settings!);
        status.WaitsFor = null;
    }

    private async Task<string?> CheckAsync(CancellationToken ct)
    {
        await using var database = Database.ForCheck(options.Database);
        try
        {
            await TransactionPooling.RefuseAsync(database, ct);
            return null;
        }
        catch (ConnectionSettingException e)
        {
            throw new StartRefusedException($"{PodEnvironment.Database} {e.Message}");
        }
        catch (NpgsqlException e) when (LogInRefusal.Of(e) is { } refusal)
        {
            throw new StartRefusedException($"{PodEnvironment.Database} {refusal}");
        }
    }

    private async Task HoldAsync(CancellationToken ct)
    {
        var identity = options.Identity;
        hints.Subscribe(HintChannels.Placement(identity.Shard), status.Hint);
        await using var store = PodStore.ForLease(
            options.Database,
            identity.Shard,
            pool.Timings.Ttl
        );
        using var keeper = new LeaseKeeper(
            store.Leases,
            identity,
            clock,
            () => pool.Timings,
            heartbeat,
            tenure.RunAsync,
            metrics,
            loggers.CreateLogger<LeaseKeeper>()
        );
        status.Keeper = keeper;
        keeper.Start();
        await using var stop = ct.Register(keeper.Stop);
        await keeper.Completion;
    }

    /// <summary>Asks until there is nothing missing; logs once what is waited for and why.</summary>
    private async Task UntilAsync(string what, Func<Task<string?>> missing, CancellationToken ct)
    {
        status.WaitsFor = what;
        while (await WhyNotAsync(missing) is { } why)
        {
            if (_told != what + why)
                Log.Waiting(_logger, what, why);
            _told = what + why;
            await Task.Delay(AskAgain, time, ct);
        }
    }

    private static async Task<string?> WhyNotAsync(Func<Task<string?>> missing)
    {
        try
        {
            return await missing();
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return $"PostgreSQL: {e.Message}";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PodServiceWaiting,
            LogLevel.Information,
            "waiting for {What}: {Why}"
        )]
        public static partial void Waiting(ILogger logger, string what, string why);

        [LoggerMessage(
            EventIds.PodServiceStopped,
            LogLevel.Information,
            "stopped before the start was complete"
        )]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(
            EventIds.PodServiceStartRefused,
            LogLevel.Critical,
            "refused to start: {Why}"
        )]
        public static partial void StartRefused(ILogger logger, string why);

        [LoggerMessage(
            EventIds.PodServiceBroke,
            LogLevel.Critical,
            "the pod failed and is stopping"
        )]
        public static partial void Broke(ILogger logger, Exception e);
    }
}
