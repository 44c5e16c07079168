using Npgsql;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Metrics;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Audit;

/// <summary>Stores what was noted, many calls by one statement, and takes away what is too old. No request waits for it.</summary>
internal sealed partial class AuditWriter(
    AuditTrail trail,
    GatewayStore store,
    StoreWatch schema,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<AuditWriter> logger
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TrimEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan LastTry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TellAgain = TimeSpan.FromMinutes(1);

    // The class of SQLSTATE.
    private const string DataException = "22";

    // One statement after the other: what is flushed is stored, also what the timer had just taken.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private long? _told;
    private long? _trimmed;

    /// <summary>Stores what was noted so far, and what would still take calls.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        while (await StoreAsync(all: true, ct)) { }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // Also where the requests that were still answered took all the time there was.
        using var limit = new CancellationTokenSource(LastTry, time);
        await FlushAsync(limit.Token);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (schema.Missing is not null)
                continue;
            while (await StoreAsync(all: false, stoppingToken)) { }
            if (_trimmed is not { } last || time.GetElapsedTime(last) >= TrimEvery)
                await TrimAsync(stoppingToken);
        }
    }

    /// <returns>Whether there may be more to store now.</returns>
    private async Task<bool> StoreAsync(bool all, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            return await StoreNextAsync(all, ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> StoreNextAsync(bool all, CancellationToken ct)
    {
        var dropped = trail.TakeDropped();
        if (dropped > 0)
        {
            metrics.AuditDropped(dropped);
            Log.Dropped(logger, dropped);
        }
        var entries = trail.Take(AuditLog.MaxAppended, all);
        if (entries.Count == 0)
            return false;
        try
        {
            await store.Audit.AppendAsync(entries, ct);
            return entries.Count == AuditLog.MaxAppended;
        }
        catch (PostgresException e)
            when (e.SqlState.StartsWith(DataException, StringComparison.Ordinal))
        {
            // Tried again they would stand before all others for ever.
            metrics.AuditDropped(entries.Sum(x => x.Entry.Calls));
            Log.Refused(logger, entries.Count, e);
            return true;
        }
        catch (Exception e)
        {
            // They have their ids: what was stored all the same is not stored twice.
            trail.GiveBack(entries);
            if (_told is not { } told || time.GetElapsedTime(told) >= TellAgain)
            {
                Log.Away(logger, entries.Count, e);
                _told = time.GetTimestamp();
            }
            return false;
        }
    }

    private async Task TrimAsync(CancellationToken ct)
    {
        try
        {
            _trimmed = time.GetTimestamp();
            while (await store.Audit.TrimAsync(ct) > 0) { }
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.NotTrimmed(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.AuditWriterAway,
            LogLevel.Warning,
            "{Count} entries of the audit could not be stored; they are kept and tried again"
        )]
        public static partial void Away(ILogger logger, int count, Exception e);

        [LoggerMessage(
            EventIds.AuditWriterDropped,
            LogLevel.Error,
            "{Count} calls are missing in the audit: PostgreSQL has been away for too long"
        )]
        public static partial void Dropped(ILogger logger, long count);

        [LoggerMessage(
            EventIds.AuditWriterRefused,
            LogLevel.Error,
            "PostgreSQL refused {Count} entries of the audit; they are missing there"
        )]
        public static partial void Refused(ILogger logger, int count, Exception e);

        [LoggerMessage(
            EventIds.AuditWriterNotTrimmed,
            LogLevel.Warning,
            "old entries of the audit could not be taken away; tried again"
        )]
        public static partial void NotTrimmed(ILogger logger, Exception e);
    }
}
