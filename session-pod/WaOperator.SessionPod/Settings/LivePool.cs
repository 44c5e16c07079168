using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;

namespace WaOperator.SessionPod.Settings;

/// <summary>The pool's settings as they are now. A change acts at once and restarts nothing; a wrong one changes nothing.</summary>
internal sealed partial class LivePool(LiveLogLevel logLevel, ILogger<LivePool> logger)
{
    private PoolSettings _current = new();
    private LeaseTimings _timings = LeaseTimings.From(new PoolSettings());
    private PoolSettings? _refused;

    /// <summary>The settings.</summary>
    public PoolSettings Current => Volatile.Read(ref _current);

    /// <summary>The lease times.</summary>
    public LeaseTimings Timings => Volatile.Read(ref _timings);

    /// <summary>This shard's part of the pool's logins.</summary>
    public double LoginsPerSecond => LoginPace.ShareOf(Current.LoginsPerSecond, Current.Shards);

    /// <summary>Takes settings over if they hold.</summary>
    public void Apply(PoolSettings settings)
    {
        if (settings == Current || settings == _refused)
            return;
        try
        {
            var times = LeaseTimings.From(settings);
            logLevel.Set(settings.LogLevel);
            Volatile.Write(ref _timings, times);
            Volatile.Write(ref _current, settings);
            _refused = null;
            Log.Applied(logger, settings);
        }
        catch (ArgumentException e)
        {
            _refused = settings;
            Log.Refused(logger, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.LivePoolApplied, LogLevel.Information, "pool settings: {Settings}")]
        public static partial void Applied(ILogger logger, PoolSettings settings);

        [LoggerMessage(
            EventIds.LivePoolRefused,
            LogLevel.Error,
            "the pool's settings are invalid; keeping the previous ones: {Error}"
        )]
        public static partial void Refused(ILogger logger, string error);
    }
}
