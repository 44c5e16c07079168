using System.Text;
using WaOperator.Api;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;

namespace WaOperator.SessionPod.Webhooks;

/// <content>Test events, which leave cursors, breaker and parked events as they are.</content>
internal sealed partial class WebhookWorker
{
    // Below what a gateway waits for an answer.
    private const int MaxTestSeconds = 20;
    private const int MaxShown = 512;

    // The last one: a tenant has one at a time.
    private Task _test = Task.CompletedTask;
    private CancellationToken _over;

    /// <summary>Posts a test event once, and tells what the endpoint said.</summary>
    /// <returns>Null: the worker has ended, perhaps before there was an answer.</returns>
    public async Task<WebhookTested?> TestAsync(CancellationToken ct)
    {
        Task<WebhookTested> test;
        lock (_turn)
        {
            if (_ending)
                return null;
            _test = test = Task.Run(() => PostTestAsync(ct), CancellationToken.None);
        }
        try
        {
            return await test;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<WebhookTested> PostTestAsync(CancellationToken ct)
    {
        if (_secrets is null)
            return new(false, 0) { Error = _fault };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _over);
        var began = _context.Time.GetTimestamp();
        var settings = _settings with
        {
            TimeoutSeconds = Math.Min(_settings.TimeoutSeconds, MaxTestSeconds),
        };
        var answer = await _context.Poster.SendAsync(
            settings,
            _secrets,
            TestPost(),
            attempt: 1,
            MaxShown,
            _line,
            either.Token
        );
        var took = _context.Time.GetElapsedTime(began);
        var verdict = answer.Verdict;
        return new(verdict.Outcome == PostOutcome.Delivered, (long)took.TotalMilliseconds)
        {
            Status = answer.Status,
            Error = verdict.Error.Length > 0 ? verdict.Error : null,
            Answer = answer.Body.Length > 0 ? Encoding.UTF8.GetString(answer.Body) : null,
        };
    }

    private WebhookPost TestPost()
    {
        var id = $"evt_test_{Guid.NewGuid():n}";
        return _settings.Format == WebhookFormat.CloudApi
            ? new(id, CloudPosts.Test(_row.TenantId))
            : WebhookEnvelope.OfTest(_row, id, _context.Time.GetUtcNow(), _settings.Format);
    }
}
