using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Hints;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Ownership;
using WaOperator.SessionPod.Reports;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Settings;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Hosting;

/// <summary>
/// Everything that lives as long as one lease epoch: connections that carry the epoch's name, keys, loops, sessions. It begins
/// empty and leaves nothing behind, so a lost lease cannot leak into the next one.
/// </summary>
internal sealed partial class PodTenure(
    PodOptions options,
    MasterKey masterKey,
    LivePool pool,
    IHints hints,
    RunnerFactory runners,
    CommitHeartbeat heartbeat,
    PhaseCounts counts,
    PodMetrics metrics,
    PodStatus status,
    ApiDesk desk,
    IBootClock clock,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private static readonly TimeSpan HintInterval = TimeSpan.FromMilliseconds(100);
    private readonly ILogger<PodTenure> _logger = loggers.CreateLogger<PodTenure>();

    /// <summary>Runs a tenure to its end, whatever that is. Throws only if a loop broke, after all sockets were closed.</summary>
    public async Task RunAsync(LeaseTenure lease)
    {
        var identity = options.Identity;
        await using var store = PodStore.ForTenure(
            options.Database,
            identity.Shard,
            lease.Epoch,
            lease.Process,
            pool.Timings.Ttl
        );
        using var keyring = new Keyring(masterKey, store.Keys);
        using var dropped = CancellationTokenSource.CreateLinkedTokenSource(lease.Refused);
        using var over = new CancellationTokenSource();
        using var settled = CancellationTokenSource.CreateLinkedTokenSource(lease.Ending);
        using var throttle = new HintThrottle(
            () => hints.Publish(HintChannels.State),
            HintInterval,
            time
        );
        var commits = new GroupCommit(
            store.Writer,
            lease.Gate,
            throttle.Hint,
            time,
            metrics,
            loggers.CreateLogger<GroupCommit>()
        );
        var messages = new MessageContext
        {
            Commits = commits,
            Keyring = keyring,
            Keys = store.Keys,
            Stored = store.Messages,
            Cache = new RecordCache(options.CacheMiB * 1024L * 1024),
            Events = new EventHub(),
            HandledWeeks = options.HandledWeeks,
            Time = time,
            Ended = dropped.Token,
        };
        var pacer = new LoginPacer(lease.Gate, () => pool.LoginsPerSecond, time);
        var releases = new ReleaseQueue(store.Claims, time, loggers.CreateLogger<ReleaseQueue>());
        var host = new SessionHost(
            new SessionContext
            {
                Gate = lease.Gate,
                Commits = commits,
                Keyring = keyring,
                Keys = store.Keys,
                Messages = messages,
                Pacer = pacer,
                Counts = counts,
                Metrics = metrics,
                Time = time,
                Pool = () => pool.Current,
                Logger = loggers.CreateLogger<SessionRunner>(),
                Dropped = dropped.Token,
            },
            runners,
            releases,
            status.Hint,
            loggers.CreateLogger<SessionHost>()
        );
        var ownership = new OwnershipLoop(
            store,
            lease,
            identity,
            host,
            pool,
            options.PollEvery,
            clock,
            time,
            loggers.CreateLogger<OwnershipLoop>()
        );
        var silence = new SilenceWatch(
            lease.Gate,
            () => pool.Timings.SilentLimit,
            host.ReconnectAll,
            time,
            loggers.CreateLogger<SilenceWatch>()
        );
        var reporter = new ShardReporter(
            store.Reports,
            store.Costs,
            identity.Shard,
            lease.Epoch,
            counts,
            () => host.Sessions.Values.Select(s => s.Runner.Count()),
            time,
            loggers.CreateLogger<ShardReporter>()
        );
        var pruner = new Pruner(
            store.Retention,
            new Retention(
                TimeSpan.FromDays(options.EventDays),
                TimeSpan.FromDays(options.OutboxDays),
                options.HandledWeeks
            ),
            lease.Gate,
            () => host.Sessions.Values.Select(s => new OwnedSession(s.Runner.Id, s.Runner.Epoch)),
            time,
            loggers.CreateLogger<Pruner>()
        );
        // Connections that died with the server must not make the outcome of the next commit unknown.
        lease.Recovering = store.Clear;
        heartbeat.Follow(commits.Probe);
        status.Begin(lease, ownership);
        desk.Current = new ApiTenure(
            host,
            new JournalReader(messages, host.Sessions.ContainsKey),
            new OutboxReader(messages),
            store.Directory,
            new TenantKeys(store.Directory.FindHoldersAsync, time),
            new SendPolicy(store.Quotas, messages)
        );
        var claiming = ownership.RunAsync(settled.Token);
        Task[] loops =
        [
            commits.RunAsync(over.Token),
            pacer.RunAsync(over.Token),
            releases.RunAsync(over.Token),
            silence.RunAsync(over.Token),
            reporter.RunAsync(over.Token),
            pruner.RunAsync(over.Token),
        ];
        try
        {
            await UntilEndingAsync(lease, [claiming, .. loops]);
            await claiming;
            await CloseAsync(lease, host);
        }
        finally
        {
            lease.Recovering = null;
            status.End();
            desk.Current = null;
            heartbeat.Follow(null);
            await dropped.CancelAsync();
            await over.CancelAsync();
            await settled.CancelAsync();
            await claiming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.CloseAllAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        foreach (var loop in loops.Where(l => l.IsFaulted))
            await loop;
    }

    /// <summary>Waits for the end of the tenure. A loop that ends before is broken.</summary>
    private static async Task UntilEndingAsync(LeaseTenure lease, Task[] loops)
    {
        var ending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lease.Ending.UnsafeRegister(
            static ending => ((TaskCompletionSource)ending!).TrySetResult(),
            ending
        );
        var first = await Task.WhenAny([ending.Task, .. loops]);
        if (first != ending.Task && !lease.Ending.IsCancellationRequested)
        {
            await first;
            throw new InvalidOperationException("a loop of the pod ended by itself");
        }
    }

    private async Task CloseAsync(LeaseTenure lease, SessionHost host)
    {
        if (lease.End == LeaseEnd.Refused)
            return;
        var count = host.Sessions.Count;
        var start = time.GetTimestamp();
        try
        {
            await host.CloseAllAsync().WaitAsync(options.StopLimit, time, lease.Refused);
            Log.Closed(_logger, count, time.GetElapsedTime(start).TotalSeconds);
        }
        catch (TimeoutException)
        {
            Log.TooLate(_logger, host.Sessions.Count, options.StopLimit.TotalSeconds);
        }
        catch (OperationCanceledException)
        {
            Log.Refused(_logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PodTenureClosed,
            LogLevel.Information,
            "{Count} session(s) closed, persisted and given back in {Seconds:0.00} s"
        )]
        public static partial void Closed(ILogger logger, int count, double seconds);

        [LoggerMessage(
            EventIds.PodTenureTooLate,
            LogLevel.Error,
            "{Count} session(s) could not be persisted within {Seconds} s; their sockets are dropped"
        )]
        public static partial void TooLate(ILogger logger, int count, double seconds);

        [LoggerMessage(
            EventIds.PodTenureRefused,
            LogLevel.Warning,
            "the lease was lost while sessions were closed; the rest is dropped"
        )]
        public static partial void Refused(ILogger logger);
    }
}
