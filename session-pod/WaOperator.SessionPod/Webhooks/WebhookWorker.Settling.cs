namespace WaOperator.SessionPod.Webhooks;

/// <content>What comes of an answer: for the event, and for whether more is posted.</content>
internal sealed partial class WebhookWorker
{
    private async Task<bool> SettleAsync(
        Run run,
        Entry entry,
        PostVerdict answer,
        int round,
        bool parked,
        CancellationToken ct
    )
    {
        var work = run.Work;
        var verdict = Judge(run, entry, answer, round, parked);
        _context.Metrics.WebhookDelivery(verdict.Outcome);
        switch (verdict.Outcome)
        {
            case PostOutcome.Delivered:
                _context.Metrics.WebhookLag(_context.Time.GetUtcNow() - entry.At);
                if (parked)
                    await UnparkAsync(work, entry, ct);
                else
                    Done(work, entry.From, entry.Seq, posted: true);
                return true;
            case PostOutcome.MessageFailure when parked:
                await ParkAgainAsync(work, entry, verdict.Error, ct);
                return true;
            case PostOutcome.MessageFailure when entry.Event is null:
                // A gap stands in no journal to be parked.
                Done(work, entry.From, entry.Seq, posted: true);
                return true;
            case PostOutcome.MessageFailure:
                await ParkAsync(work, entry, verdict.Error, ct);
                lock (_turn)
                    return entry.Lane is not { } lane || !work.IsHeld(lane);
            default:
                run.Stop();
                return false;
        }
    }

    private PostVerdict Judge(Run run, Entry entry, PostVerdict answer, int round, bool parked)
    {
        lock (_turn)
        {
            var now = _context.Time.GetUtcNow();
            var verdict = _blame.Judge(
                run.Work.Session.SessionId,
                entry.Seq,
                answer,
                parked,
                run.IsProbe
            );
            if (
                verdict.Outcome == PostOutcome.MessageFailure
                && !parked
                && entry.Event is not null
                && IsFull
            )
                verdict = verdict with
                {
                    Outcome = PostOutcome.EndpointFailure,
                    Error =
                        $"{verdict.Error}: and {WebhookContext.MaxKept} refused events wait for another try already",
                };
            var wasOpen = _breaker.IsOpen;
            switch (verdict.Outcome)
            {
                case PostOutcome.Delivered:
                    _lastSuccessAt = now;
                    _breaker.Succeeded(round);
                    break;
                case PostOutcome.MessageFailure:
                    // It answers, and takes others.
                    _breaker.Succeeded(round);
                    Failed(verdict.Error, now);
                    break;
                case PostOutcome.EndpointFailure:
                    _lastFailed = (run.Work.Session.SessionId, entry.Seq);
                    EndpointFailed(round, now, verdict.Error, verdict.RetryAfter);
                    break;
                case PostOutcome.Gone:
                    Failed(verdict.Error, now);
                    (_disableReason, _failsTooLong) = (
                        $"its endpoint says that it is gone ({verdict.Error})",
                        false
                    );
                    break;
            }
            Opened(wasOpen, verdict.Error);
            _changed.TrySetResult();
            return verdict;
        }
    }

    private void EndpointFailed(int round, DateTimeOffset now, string error, TimeSpan? retryAfter)
    {
        _breaker.Failed(round, now, retryAfter);
        Failed(error, now);
        if (
            _disableReason is null
            && now - _breaker.FailingSince >= TimeSpan.FromHours(_settings.HorizonHours)
        )
            (_disableReason, _failsTooLong) = (
                $"its endpoint has failed for {_settings.HorizonHours} h; last: {error}",
                true
            );
    }

    private void Opened(bool wasOpen, string error)
    {
        if (wasOpen == _breaker.IsOpen)
            return;
        _context.Metrics.WebhookBreaker(wasOpen ? -1 : 1);
        if (wasOpen)
            Log.Back(_context.Logger, Label);
        else
            Log.Failing(_context.Logger, Label, error);
    }

    private void Failed(string error, DateTimeOffset now) =>
        (_lastError, _lastErrorAt) = (error, now);
}
