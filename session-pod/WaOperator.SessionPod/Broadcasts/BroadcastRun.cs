using Npgsql;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>
/// The broadcasts of one session while one of them runs: puts its messages into the outbox one after the other, by the session's epoch,
/// and tells how far it has come. What to do is decided by <see cref="FeedStep"/>. It waits by one timer, and ends with the broadcast or
/// with the session.
/// </summary>
internal sealed partial class BroadcastRun
{
    /// <summary>How often the progress of one that runs is told at most.</summary>
    public static readonly TimeSpan TellEvery = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly BroadcastContext _context;
    private readonly CancellationTokenSource _end;
    private readonly Lock _turn = new();
    private readonly OwnedSession _owned;
    private TaskCompletionSource _looked = New();
    private bool _stale = true;
    private bool _over;
    private Feeding? _feeding;
    private long _toldAt;

    private BroadcastRun(BroadcastContext context, IServedSession session, CancellationToken ct)
    {
        (_context, Session) = (context, session);
        _owned = new(session.Id, session.State.Epoch);
        _end = CancellationTokenSource.CreateLinkedTokenSource(ct, context.Messages.Ended);
    }

    /// <summary>Whose broadcasts they are.</summary>
    public IServedSession Session { get; }

    /// <summary>Completes at its end; never faulted.</summary>
    public Task Done { get; private set; } = Task.CompletedTask;

    /// <summary>Begins.</summary>
    public static BroadcastRun Start(
        BroadcastContext context,
        IServedSession session,
        CancellationToken ct
    )
    {
        var run = new BroadcastRun(context, session, ct);
        run.Done = Task.Run(run.RunAsync, CancellationToken.None);
        return run;
    }

    /// <summary>A broadcast was changed: it is read again before the next message.</summary>
    /// <returns>False: this has ended.</returns>
    public bool Look()
    {
        lock (_turn)
        {
            if (_over)
                return false;
            _stale = true;
            _looked.TrySetResult();
            return true;
        }
    }

    /// <summary>Ends it.</summary>
    public void End()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (await TryStepAsync() is { } wait)
                await WaitAsync(wait);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            lock (_turn)
                _over = true;
        }
        finally
        {
            _feeding?.Dispose();
            _end.Dispose();
        }
    }

    private async Task WaitAsync(TimeSpan wait)
    {
        Task looked;
        lock (_turn)
            looked = _looked.Task;
        await looked
            .WaitAsync(wait, _context.Time, _end.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Token.ThrowIfCancellationRequested();
    }

    /// <returns>How long to wait for the next step; null: there is none.</returns>
    private async Task<TimeSpan?> TryStepAsync()
    {
        try
        {
            if (Session.Ended)
                return End(lost: true);
            return await StepAsync();
        }
        catch (PostgresException e) when (e.SqlState == SqlStates.Fenced)
        {
            return End(lost: true);
        }
        catch (NotStoredException)
        {
            // An event, by a connection that ended meanwhile, or that a message is taken back: made again.
            Stale();
            return RetryAfter;
        }
        catch (Exception e) when (CommitFailure.Classify(e) is not null)
        {
            Log.Failed(_context.Logger, Session.Id, e.Message);
            Stale();
            return RetryAfter;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Broke(_context.Logger, Session.Id, e);
            Stale();
            return TellEvery;
        }
    }

    /// <returns>Null, as the end of a step; but not if something was changed since the last look.</returns>
    private TimeSpan? End(bool lost)
    {
        lock (_turn)
        {
            if (_stale && !lost)
                return TimeSpan.Zero;
            _over = true;
            return null;
        }
    }

    /// <summary>It is read again at the next step, which comes no sooner for it.</summary>
    private void Stale()
    {
        lock (_turn)
            _stale = true;
    }

    private bool TakeStale()
    {
        lock (_turn)
        {
            var was = _stale;
            _stale = false;
            // A call from here on ends the wait behind this step.
            if (_looked.Task.IsCompleted)
                _looked = New();
            return was;
        }
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.BroadcastRunFailed,
            LogLevel.Warning,
            "session {SessionId}: its broadcast waits a second: {Error}"
        )]
        public static partial void Failed(ILogger logger, long sessionId, string error);

        [LoggerMessage(
            EventIds.BroadcastRunBroke,
            LogLevel.Error,
            "session {SessionId}: its broadcast cannot be run; tried again in a minute"
        )]
        public static partial void Broke(ILogger logger, long sessionId, Exception e);

        [LoggerMessage(
            EventIds.BroadcastRunStopped,
            LogLevel.Warning,
            "session {SessionId}: broadcast {Broadcast} stopped by itself: {Reason}"
        )]
        public static partial void Stopped(
            ILogger logger,
            long sessionId,
            string broadcast,
            string reason
        );
    }
}
