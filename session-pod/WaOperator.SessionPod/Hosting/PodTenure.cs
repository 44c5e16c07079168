using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Ownership;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Hosting;

/// <summary>Runs what lives as long as one lease epoch (<see cref="TenureServices"/>), from the lease to its end.</summary>
internal sealed partial class PodTenure(
    IServiceScopeFactory scopes,
    PodOptions options,
    CommitHeartbeat heartbeat,
    PodHealth status,
    ApiDesk desk,
    TimeProvider time,
    ILogger<PodTenure> logger
)
{
    /// <summary>Runs a tenure to its end, whatever that is. Throws only if a loop broke, after all sockets were closed.</summary>
    public async Task RunAsync(LeaseTenure lease)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var life = services.GetRequiredService<TenureLife>();
        life.Begin(lease);
        var host = services.GetRequiredService<SessionHost>();
        var ownership = services.GetRequiredService<OwnershipLoop>();
        // Connections that died with the server must not make the outcome of the next commit unknown.
        lease.Recovering = services.GetRequiredService<PodStore>().Clear;
        heartbeat.Follow(services.GetRequiredService<GroupCommit>().Probe);
        status.Begin(lease, ownership);
        desk.Current = services.GetRequiredService<ApiTenure>();
        var claiming = ownership.RunAsync(life.Settled);
        Task[] loops =
        [
            .. services.GetServices<ITenureLoop>().Select(loop => loop.RunAsync(life.Over)),
        ];
        try
        {
            await UntilEndingAsync(lease, [claiming, .. loops]);
            await claiming;
            if (lease.End != LeaseEnd.Refused)
                await services.GetRequiredService<WebhookDispatcher>().DrainAsync(lease.Refused);
            await CloseAsync(lease, host);
        }
        finally
        {
            lease.Recovering = null;
            status.End();
            desk.Current = null;
            heartbeat.Follow(null);
            await life.EndAsync();
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
            Log.Closed(logger, count, time.GetElapsedTime(start).TotalSeconds);
        }
        catch (TimeoutException)
        {
            Log.TooLate(logger, host.Sessions.Count, options.StopLimit.TotalSeconds);
        }
        catch (OperationCanceledException)
        {
            Log.Refused(logger);
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
