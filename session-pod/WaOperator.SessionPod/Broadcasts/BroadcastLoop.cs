using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>
/// Runs the broadcasts of the tenure's sessions: one <see cref="BroadcastRun"/> for each session that has one that runs, none for others.
/// The sessions that were claimed together are looked up together.
/// </summary>
/// <param name="context">What all of them share.</param>
/// <param name="host">The sessions.</param>
/// <param name="logger">Where its end is logged.</param>
internal sealed partial class BroadcastLoop(
    BroadcastContext context,
    SessionHost host,
    ILogger<BroadcastLoop> logger
) : ITenureLoop
{
    private readonly Dictionary<long, BroadcastRun> _runs = [];

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
                await LookAsync(await context.Messages.Broadcasts.NextAsync(ct), ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
        finally
        {
            foreach (var run in _runs.Values)
                run.End();
            await Task.WhenAll(_runs.Values.Select(r => r.Done));
        }
    }

    private async Task LookAsync(IReadOnlyCollection<long> called, CancellationToken ct)
    {
        var unknown = new List<long>();
        foreach (var id in called)
        {
            var session = host.Sessions.GetValueOrDefault(id)?.Runner.Served;
            if (_runs.TryGetValue(id, out var run))
            {
                if (run.Session == session && run.Look())
                    continue;
                run.End();
                _runs.Remove(id);
            }
            if (session is { Ended: false })
                unknown.Add(id);
        }
        if (unknown.Count == 0)
            return;
        var active = await context.Messages.ReadAsync(
            c => context.Stored.FindActiveAsync(unknown, c),
            ct
        );
        foreach (var id in active)
            if (host.Sessions.GetValueOrDefault(id)?.Runner.Served is { Ended: false } session)
                _runs[id] = BroadcastRun.Start(context, session, ct);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.BroadcastLoopEnded,
            LogLevel.Debug,
            "broadcasts wait for the next owner of their sessions"
        )]
        public static partial void Ended(ILogger logger);
    }
}
