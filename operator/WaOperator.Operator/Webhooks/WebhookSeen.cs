using WaOperator.Kubernetes.Objects;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Webhooks;

/// <summary>What pods report of a webhook, as it is shown.</summary>
/// <param name="Report">Times in whole seconds.</param>
/// <param name="IsFailing">Its endpoint takes nothing, for long enough to say so.</param>
public sealed record WebhookSeen(WebhookReport Report, bool IsFailing)
{
    /// <summary>An endpoint that fails for less is not told: it may be about to be replaced.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Counts alone are shown this often at most: each showing is a write to the API server.</summary>
    public static readonly TimeSpan CountsEvery = TimeSpan.FromSeconds(10);

    /// <summary>Times alone are.</summary>
    public static readonly TimeSpan TimesEvery = TimeSpan.FromSeconds(60);

    /// <summary>What a report says at a time.</summary>
    public static WebhookSeen Of(WebhookReport report, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new(
            report with
            {
                DisabledAt = report.DisabledAt?.ToSeconds(),
                OldestAt = report.OldestAt?.ToSeconds(),
                FailingSince = report.FailingSince?.ToSeconds(),
                LastSuccessAt = report.LastSuccessAt?.ToSeconds(),
                LastErrorAt = report.LastErrorAt?.ToSeconds(),
            },
            report.FailingSince is { } since && now - since >= Patience
        );
    }

    /// <summary>Whether it is to be shown in the place of what is shown.</summary>
    /// <param name="shown">What is shown; null for nothing.</param>
    /// <param name="since">For how long.</param>
    public bool IsDue(WebhookSeen? shown, TimeSpan since) =>
        shown is null
        || (
            this != shown
            && (
                Weight != shown.Weight
                || (since >= CountsEvery && Counts != shown.Counts)
                || since >= TimesEvery
            )
        );

    private (StoredWebhook, long, DateTimeOffset?, string?, bool, bool) Weight =>
        (
            Report.Webhook,
            Report.Generation,
            Report.DisabledAt,
            Report.DisabledReason,
            IsFailing,
            Report.Backlog is null
        );

    private (long?, long?, long?, string?) Counts =>
        (Report.Backlog, Report.Parked, Report.Dead, Report.LastError);
}
