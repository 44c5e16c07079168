using System.Data.Common;
using System.Net.Sockets;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Reports;

/// <summary>
/// Reports what the shard counts of itself: every ten seconds while it changes, every minute at rest. Once a minute the
/// sessions' costs are counted, too; only those that changed are written.
/// </summary>
internal sealed partial class ShardReporter(
    ShardReports reports,
    SessionCosts costs,
    ShardId shard,
    long leaseEpoch,
    PhaseCounts counts,
    Func<IEnumerable<Count>> sessions,
    TimeProvider time,
    ILogger<ShardReporter> logger
) : ITenureLoop
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private const int TurnsAtRest = 6;

    private readonly CostKeeper _keeper = new();
    private readonly long _start = time.GetTimestamp();
    private ShardReport? _last;
    private int _unchanged;
    private int _countedAt = -1;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do await TurnAsync(ct);
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
    }

    private async Task TurnAsync(CancellationToken ct)
    {
        try
        {
            await CountAsync(ct);
            await ReportAsync(ct);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Log.Failed(logger, e.Message);
        }
    }

    private async Task CountAsync(CancellationToken ct)
    {
        var minute = (int)time.GetElapsedTime(_start).TotalMinutes;
        // New sessions are counted at once, the others once a minute.
        if (minute == _countedAt && counts.Total == _last?.Sessions)
            return;
        _countedAt = minute;
        var changed = _keeper.Take(sessions(), minute);
        try
        {
            _keeper.Stored(await costs.WriteAsync(changed, ct), minute);
        }
        catch
        {
            _keeper.NotStored(changed);
            throw;
        }
    }

    private async Task ReportAsync(CancellationToken ct)
    {
        var now = new ShardReport(
            shard,
            leaseEpoch,
            counts.Total,
            counts.Of(SessionPhase.Connected),
            Environment.WorkingSet,
            _keeper.Total
        );
        if (_last is { } before && IsAtRest(before, now) && ++_unchanged < TurnsAtRest)
            return;
        await reports.WriteAsync(now, ct);
        (_last, _unchanged) = (now, 0);
    }

    /// <summary>The same counts, and memory within a fiftieth.</summary>
    internal static bool IsAtRest(ShardReport before, ShardReport now) =>
        before.Sessions == now.Sessions
        && before.Connected == now.Connected
        && Math.Abs(before.MemoryBytes - now.MemoryBytes) <= before.MemoryBytes / 50
        && Math.Abs(before.CostBytes - now.CostBytes) <= before.CostBytes / 50;

    private static partial class Log
    {
        [LoggerMessage(EventIds.ShardReporterEnded, LogLevel.Debug, "reports ended")]
        public static partial void Ended(ILogger logger);

        [LoggerMessage(EventIds.ShardReporterFailed, LogLevel.Debug, "report not written: {Error}")]
        public static partial void Failed(ILogger logger, string error);
    }
}
