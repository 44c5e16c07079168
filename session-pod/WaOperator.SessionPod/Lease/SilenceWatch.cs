namespace WaOperator.SessionPod.Lease;

/// <summary>
/// Closes all sockets once the pod has been silent for too long: a device that acknowledges nothing for minutes serves no one.
/// Up to then a failover of the database disconnects no one.
/// </summary>
internal sealed partial class SilenceWatch(
    ActGate gate,
    Func<TimeSpan> limit,
    Action closeAll,
    TimeProvider time,
    ILogger<SilenceWatch> logger
) : ITenureLoop
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, time);
        var (silent, closed) = (false, false);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                var closedFor = gate.ClosedFor;
                if (closedFor > TimeSpan.Zero && !silent)
                    Log.Silent(logger, limit().TotalSeconds);
                if (closedFor == TimeSpan.Zero && silent)
                    Log.Acting(logger);
                silent = closedFor > TimeSpan.Zero;
                if (closedFor > limit() && !closed)
                {
                    Log.TooLong(logger, closedFor.TotalSeconds);
                    closeAll();
                }
                closed = closedFor > limit();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SilenceWatchSilent,
            LogLevel.Warning,
            "past the act deadline: silent; sockets stay open for {Seconds} s"
        )]
        public static partial void Silent(ILogger logger, double seconds);

        [LoggerMessage(EventIds.SilenceWatchActing, LogLevel.Information, "acting again")]
        public static partial void Acting(ILogger logger);

        [LoggerMessage(
            EventIds.SilenceWatchTooLong,
            LogLevel.Error,
            "silent for {Seconds:0} s: closing all sockets"
        )]
        public static partial void TooLong(ILogger logger, double seconds);

        [LoggerMessage(EventIds.SilenceWatchEnded, LogLevel.Debug, "silence watch ended")]
        public static partial void Ended(ILogger logger);
    }
}
