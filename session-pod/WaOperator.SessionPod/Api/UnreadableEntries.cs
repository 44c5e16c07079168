using WaOperator.SessionPod.Metrics;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api;

/// <summary>
/// Reports journal entries that readers are given as unreadable: each in a metric, one a minute in the log, and of none what stands
/// in it.
/// </summary>
internal sealed partial class UnreadableEntries(
    PodMetrics metrics,
    TimeProvider time,
    ILogger<UnreadableEntries> logger
)
{
    /// <summary>How often a line is logged at most.</summary>
    public static readonly TimeSpan LogEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _turn = new();
    private long? _loggedAt;
    private long _untold;

    /// <summary>A reader was given one.</summary>
    /// <param name="session">Whose journal it is in.</param>
    /// <param name="seq">Its number there.</param>
    /// <param name="type">What it was written as.</param>
    public void Given(Assignment session, long seq, string type)
    {
        metrics.Unreadable();
        long others;
        lock (_turn)
        {
            if (_loggedAt is { } at && time.GetElapsedTime(at) < LogEvery)
            {
                _untold++;
                return;
            }
            (_loggedAt, others, _untold) = (time.GetTimestamp(), _untold, 0);
        }
        Log.Given(logger, $"{session.Namespace}/{session.Name}", seq, type, others);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.UnreadableEntriesGiven,
            LogLevel.Warning,
            "session {Session}: event {Seq} ({Type}) cannot be shown; its reader was given an \"unreadable\" event with the reason. "
                + "{Others} other(s) of any session since the last such line"
        )]
        public static partial void Given(
            ILogger logger,
            string session,
            long seq,
            string type,
            long others
        );
    }
}
