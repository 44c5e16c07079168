using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <content>What workers count, written together; and what is too old to be kept.</content>
internal sealed partial class WebhookDispatcher
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PruneEvery = TimeSpan.FromHours(1);

    private async Task ReportAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(ReportEvery, _context.Time);
        var prunedAt = _context.Time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(ct))
        {
            var prunes = _context.Time.GetElapsedTime(prunedAt) >= PruneEvery;
            if (prunes)
                prunedAt = _context.Time.GetTimestamp();
            var news = new List<(WebhookWorker Worker, WebhookReport Report)>();
            foreach (var worker in _ofTenant.Values.SelectMany(all => all))
                if (await CountAsync(worker, prunes, ct) is { } report)
                    news.Add((worker, report));
            foreach (var part in news.Chunk(WebhookRegister.MaxReports))
                await ReportAsync(part, ct);
            var oldest = _ofTenant.Values.SelectMany(all => all).Min(w => w.Oldest);
            _context.Metrics.WebhookOldest(
                oldest is { } at ? (_context.Time.GetUtcNow() - at) / _context.Kept : 0
            );
        }
    }

    private async Task<WebhookReport?> CountAsync(
        WebhookWorker worker,
        bool prunes,
        CancellationToken ct
    )
    {
        try
        {
            var report = await worker.CountAsync(() => SessionsOf(worker), ct);
            if (prunes)
                await worker.PruneAsync(SessionsOf(worker), ct);
            return report;
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Log.Failed(_logger, e.Message);
            return null;
        }
    }

    private async Task ReportAsync(
        (WebhookWorker Worker, WebhookReport Report)[] news,
        CancellationToken ct
    )
    {
        try
        {
            var isWritten = await _context.Register.ReportAsync(
                _context.Shard,
                _context.LeaseEpoch,
                [.. news.Select(n => (n.Worker.Row.Id, n.Report))],
                ct
            );
            if (isWritten)
                foreach (var (worker, report) in news)
                    worker.Reported(report);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Log.Failed(_logger, e.Message);
        }
    }
}
