using System.Collections.Concurrent;

namespace WaOperator.SessionPod.Messages;

/// <summary>
/// Sessions of which something that is stored cannot be opened: it is damaged, or its key is not there. It counts as unknown, since it
/// would else stop each message that is received. The log names each such session once, and nothing of what stands in it.
/// </summary>
internal sealed partial class UnreadableRecords(ILogger<UnreadableRecords> logger)
{
    private readonly ConcurrentDictionary<long, byte> _told = new();

    /// <summary>Something cannot be opened.</summary>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="kind">What it is.</param>
    public void Found(long session, string kind)
    {
        if (_told.TryAdd(session, 0))
            Log.Found(logger, session, kind);
    }

    /// <summary>The session is no longer run here.</summary>
    public void Left(long session) => _told.TryRemove(session, out _);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.UnreadableRecordsFound,
            LogLevel.Warning,
            "session {SessionId}: what is stored of kind {Kind} cannot be opened, so it is damaged or its key is not there; it counts as unknown. "
                + "What else of this session cannot be opened is not logged"
        )]
        public static partial void Found(ILogger logger, long sessionId, string kind);
    }
}
