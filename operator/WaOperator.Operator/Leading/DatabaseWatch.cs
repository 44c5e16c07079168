using Npgsql;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Operator.Shards;
using WaOperator.Store;
using WaOperator.Store.Connecting;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>
/// Reads the leases of all shards once a second, on every replica. That proves that PostgreSQL answers this process, without which
/// it cannot lead; and a replica that begins to lead knows already for how long each lease has stood still.
/// </summary>
/// <param name="observed">On a connection of its own that gives up quickly, see <see cref="OperatorStore.OpenWatch"/>.</param>
/// <param name="time">Measures the age of proofs and for how long leases stood still.</param>
/// <param name="logger">Where it logs that PostgreSQL went away and came back.</param>
internal sealed partial class DatabaseWatch(
    ObservedStore observed,
    TimeProvider time,
    ILogger<DatabaseWatch> logger
) : IRunnable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>A look, its time-out and a look: one that fails does not start the counts again.</summary>
    private static readonly TimeSpan MaxGap = TimeSpan.FromSeconds(2.5);

    private const long Never = long.MinValue;
    private Dictionary<ShardId, LeaseWatch> _leases = [];
    private long _provenAt = Never;
    private long _steadySince = Never;
    private bool _away;

    /// <inheritdoc/>
    public string Name => "watch of PostgreSQL";

    /// <summary>Timestamp from before the last look that was answered; null before the first.</summary>
    public long? ProvenAt => Known(ref _provenAt);

    /// <summary>Timestamp since which it has answered without a break; null before the first answer and while it does not answer.</summary>
    public long? SteadySince => Known(ref _steadySince);

    /// <summary>What was seen of a lease; null for nothing.</summary>
    public LeaseWatch? Find(ShardId shard) => Volatile.Read(ref _leases).GetValueOrDefault(shard);

    /// <inheritdoc/>
    /// <exception cref="ConnectionSettingException">PostgreSQL refuses the log-in, and never took it; this process must end.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var tick = new PeriodicTimer(Every, time);
        try
        {
            do await LookAsync(ct);
            while (await tick.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
    }

    private static long? Known(ref long timestamp) =>
        Volatile.Read(ref timestamp) is > Never and var known ? known : null;

    private async Task LookAsync(CancellationToken ct)
    {
        var sent = time.GetTimestamp();
        try
        {
            See(await observed.ReadLeasesAsync(ct), sent, time.GetTimestamp());
        }
        catch (PostgresException e)
            when (e.SqlState
                    is PostgresErrorCodes.UndefinedTable
                        or PostgresErrorCodes.UndefinedColumn
                        or PostgresErrorCodes.UndefinedFunction
            )
        {
            // The schema is what the leader brings.
            See([], sent, sent);
        }
        catch (NpgsqlException e) when (ProvenAt is null && LogInRefusal.Of(e) is { } refusal)
        {
            // One that worked before is kept: who refuses it now may take it again.
            throw new ConnectionSettingException(refusal);
        }
        catch (Exception e) when (e is not OperationCanceledException && Attempts.IsAbsence(e))
        {
            if (!_away)
                Log.Away(logger, e.Message);
            _away = true;
            Volatile.Write(ref _steadySince, Never);
        }
    }

    private void See(IReadOnlyList<ShardLease> leases, long sent, long received)
    {
        var before = _leases;
        Volatile.Write(
            ref _leases,
            leases.ToDictionary(
                l => l.Shard,
                l =>
                    LeaseWatch.Next(
                        before.GetValueOrDefault(l.Shard),
                        l,
                        sent,
                        received,
                        MaxGap,
                        time
                    )
            )
        );
        if (SteadySince is null || time.GetElapsedTime(_provenAt, received) > MaxGap)
            Volatile.Write(ref _steadySince, received);
        Volatile.Write(ref _provenAt, sent);
        if (_away)
            Log.Back(logger);
        _away = false;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.DatabaseWatchAway,
            LogLevel.Warning,
            "PostgreSQL does not answer: {Why}"
        )]
        public static partial void Away(ILogger logger, string why);

        [LoggerMessage(
            EventIds.DatabaseWatchBack,
            LogLevel.Information,
            "PostgreSQL answers again"
        )]
        public static partial void Back(ILogger logger);

        [LoggerMessage(EventIds.DatabaseWatchEnded, LogLevel.Debug, "watch of PostgreSQL ended")]
        public static partial void Ended(ILogger logger);
    }
}
