using System.Threading.Channels;
using WaOperator.SessionPod.Lease;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Ownership;

/// <summary>Gives sessions back as they close, in groups: those that close while one group is on its way form the next.</summary>
internal sealed partial class ReleaseQueue(
    SessionClaims claims,
    TimeProvider time,
    ILogger<ReleaseQueue> logger
) : ITenureLoop
{
    private const int MaxGroup = 1000;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly Channel<(OwnedSession Session, TaskCompletionSource Done)> _queue =
        Channel.CreateUnbounded<(OwnedSession, TaskCompletionSource)>(
            new() { SingleReader = true }
        );

    /// <summary>Completes when the session is given back, or when the tenure ended first.</summary>
    public Task ReleaseAsync(OwnedSession session)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_queue.Writer.TryWrite((session, done)))
            done.SetResult();
        return done.Task;
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        var group = new List<(OwnedSession Session, TaskCompletionSource Done)>();
        try
        {
            while (await _queue.Reader.WaitToReadAsync(ct))
            {
                while (group.Count < MaxGroup && _queue.Reader.TryRead(out var next))
                    group.Add(next);
                while (!await TryReleaseAsync([.. group.Select(g => g.Session)], ct))
                    await Task.Delay(RetryAfter, time, ct);
                foreach (var (_, done) in group)
                    done.TrySetResult();
                group.Clear();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
        finally
        {
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var left))
                group.Add(left);
            foreach (var (_, done) in group)
                done.TrySetResult();
        }
    }

    private async Task<bool> TryReleaseAsync(
        IReadOnlyCollection<OwnedSession> sessions,
        CancellationToken ct
    )
    {
        try
        {
            await claims.ReleaseAsync(sessions, ct);
            return true;
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Log.Failed(logger, sessions.Count, e.Message);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.ReleaseQueueEnded, LogLevel.Debug, "release loop ended")]
        public static partial void Ended(ILogger logger);

        [LoggerMessage(
            EventIds.ReleaseQueueFailed,
            LogLevel.Warning,
            "{Count} session(s) could not be given back yet: {Error}"
        )]
        public static partial void Failed(ILogger logger, int count, string error);
    }
}
