using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Broadcasts;

/// <content>One step after the other.</content>
internal sealed partial class BroadcastRun
{
    private async Task<TimeSpan?> StepAsync()
    {
        if (TakeStale())
            await LoadAsync();
        if (_feeding is not { } feeding)
            return End(lost: false);
        var next = await feeding.NextAsync();
        switch (next)
        {
            case FeedStep.Stop stop:
                await MoveAsync(feeding.Broadcast, BroadcastState.Stopped, stop.Reason);
                return TimeSpan.Zero;
            case FeedStep.Finish:
                await MoveAsync(feeding.Broadcast, BroadcastState.Finished, "");
                return TimeSpan.Zero;
            case FeedStep.Feed:
                switch (await feeding.FeedAsync())
                {
                    case Fed.Lost:
                        return End(lost: true);
                    case Fed.Unknown:
                        Stale();
                        return RetryAfter;
                }
                break;
        }
        if (feeding.HasNews && _context.Time.GetElapsedTime(_toldAt) >= TellEvery)
        {
            await TellAsync(feeding.Broadcast);
            feeding.HasNews = false;
        }
        return next is FeedStep.Wait wait ? wait.Time : TimeSpan.Zero;
    }

    /// <summary>Reads what runs, and tells of what was changed.</summary>
    private async Task LoadAsync()
    {
        var before = _feeding;
        _feeding = null;
        if (before is not null)
        {
            await before.FlushAsync();
            before.Dispose();
        }
        foreach (var broadcast in await _context.Stored.ReadActiveAsync(Session.Id, _end.Token))
        {
            if (broadcast.Untold)
            {
                if (broadcast.State == BroadcastState.Cancelled)
                    await TakeBackAsync(broadcast.Row.Id);
                await TellAsync(broadcast);
                await _context.Writes.ToldAsync(
                    _owned,
                    broadcast.Row.Id,
                    broadcast.State,
                    _end.Token
                );
            }
            if (broadcast.State == BroadcastState.Running)
                await LoadAsync(broadcast, before);
        }
    }

    private async Task LoadAsync(StoredBroadcast broadcast, Feeding? before)
    {
        try
        {
            _feeding = await Feeding.LoadAsync(
                _context,
                Session,
                _owned,
                broadcast,
                before,
                _end.Token
            );
        }
        catch (InvalidDataException)
        {
            _context.Messages.Unreadable.Found(Session.Id, BroadcastCodec.ContentKind);
            await MoveAsync(broadcast, BroadcastState.Stopped, StopReasons.MessageInvalid);
        }
    }

    /// <summary>
    /// Takes back what the outbox has of a broadcast: also of recipients that were skipped while their message was on its way there.
    /// </summary>
    private async Task TakeBackAsync(string broadcast)
    {
        foreach (
            var message in await _context.Stored.ReadQueuedAsync(Session.Id, broadcast, _end.Token)
        )
            if (
                (await Session.Outbox.CancelAsync(message, _end.Token)).Outcome
                is ChangeOutcome.Unknown
            )
                throw new NotStoredException(CommitOutcome.Unknown);
    }

    private async Task MoveAsync(StoredBroadcast broadcast, BroadcastState to, string reason)
    {
        if (_feeding is { } feeding)
            await feeding.FlushAsync();
        await _context.Writes.MoveAsync(
            _owned,
            broadcast.Row.Id,
            [BroadcastState.Running],
            to,
            reason,
            _end.Token
        );
        if (reason.Length > 0)
            Log.Stopped(_context.Logger, Session.Id, broadcast.Row.Id, reason);
        Stale();
    }

    private async Task TellAsync(StoredBroadcast broadcast)
    {
        var counts = await _context.Stored.CountAsync(Session.Id, broadcast.Row.Id, _end.Token);
        var name = await BroadcastBook.NameAsync(_context, Session, broadcast, _end.Token);
        await Session.TellAsync(
            new BroadcastProgress(
                broadcast.Row.Id,
                name,
                broadcast.State.ToString(),
                broadcast.Reason.Length > 0 ? broadcast.Reason : null,
                broadcast.Recipients,
                ProgressCounts.Of(counts)
            )
        );
        _toldAt = _context.Time.GetTimestamp();
    }
}
