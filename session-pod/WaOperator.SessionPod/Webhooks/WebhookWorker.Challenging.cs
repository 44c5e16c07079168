namespace WaOperator.SessionPod.Webhooks;

/// <content>The question to an address that is new, without whose answer nothing is posted to it.</content>
internal sealed partial class WebhookWorker
{
    private bool _isChallenged;

    /// <summary>Asks, if that is due. An address that does not answer is asked again as one that fails is tried.</summary>
    /// <returns>When to ask again; null: there is nothing to ask.</returns>
    private async Task<DateTimeOffset?> ChallengeAsync(CancellationToken ct)
    {
        DateTimeOffset? probe;
        lock (_turn)
        {
            if (_isChallenged || Stopped)
                return null;
            probe = _breaker.NextProbe;
        }
        if (probe > _context.Time.GetUtcNow())
            return probe;
        await _context.Gate.WaitUntilOpenAsync(ct);
        var error = await _context.Poster.ChallengeAsync(_settings, _secrets!, _line, ct);
        lock (_turn)
        {
            var (wasOpen, now) = (_breaker.IsOpen, _context.Time.GetUtcNow());
            _isChallenged = error is null;
            if (error is null)
                _breaker.Succeeded(_breaker.Round);
            else
                EndpointFailed(_breaker.Round, now, error, retryAfter: null);
            Opened(wasOpen, error ?? "");
            probe = _breaker.NextProbe;
        }
        if (error is null)
            await _context.Register.ChallengedAsync(_row.Id, _settings.Url, ct);
        return probe;
    }
}
