using System.Globalization;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Webhooks;

/// <summary>Makes the status of a webhook: a pure function of it and of what is known of it.</summary>
public static class WebhookStatusBuilder
{
    /// <summary>The status; its conditions keep their times unless they change now.</summary>
    /// <param name="webhook">The resource with its present status.</param>
    /// <param name="verdict">What became of it.</param>
    /// <param name="seen">What pods report of it; null while it has no row.</param>
    /// <param name="now">For conditions whose status changes.</param>
    public static WebhookStatus Build(
        WhatsAppWebhook webhook,
        WebhookVerdict verdict,
        WebhookSeen? seen,
        DateTimeOffset now
    )
    {
        ArgumentNullException.ThrowIfNull(webhook);
        ArgumentNullException.ThrowIfNull(verdict);
        var generation = webhook.Metadata.Generation;
        // Of one that had its name before.
        var report = seen?.Report.Webhook.Uid == webhook.Metadata.Uid ? seen?.Report : null;
        var set = new ConditionSet(webhook.Status?.Conditions, generation, now);
        if (verdict is { Trouble: { } trouble, IsWarning: false })
            Add(set, trouble, trouble.Reason == Reasons.WaitingForPods);
        else if (report is { DisabledAt: { } at } && report.Generation >= generation)
            Add(set, Disabled(report, at), continues: false);
        else if (verdict.IsSuspended)
            set.Add(
                ConditionTypes.Ready,
                false,
                Reasons.TenantSuspended,
                $"tenant \"{webhook.Spec.TenantRef.Name}\" is suspended; nothing is posted until it is not"
            );
        else if (webhook.Spec.Paused)
            set.Add(ConditionTypes.Ready, false, Reasons.Paused, Reasons.Paused.Meaning);
        else if (report is { FailingSince: not null } && (seen!.IsFailing || IsUnanswered(report)))
            Add(set, Failing(report), continues: true);
        else if (verdict.Trouble is { } ahead)
            set.Add(ConditionTypes.Ready, true, ahead.Reason, ahead.Message);
        else
            set.Add(ConditionTypes.Ready, true, Reasons.Delivering, Reasons.Delivering.Meaning);
        return new()
        {
            ObservedGeneration = generation,
            Backlog = report?.Backlog,
            Oldest = report?.OldestAt,
            Parked = report?.Parked,
            Dead = report?.Dead,
            LastSuccess = report?.LastSuccessAt,
            LastError = report?.LastError,
            LastErrorTime = report?.LastErrorAt,
            Conditions = set.Conditions,
        };
    }

    /// <summary>Whether a person should look at it.</summary>
    public static bool IsWarning(Reason reason) =>
        reason != Reasons.Delivering
        && reason != Reasons.Paused
        && reason != Reasons.TenantSuspended
        && reason != Reasons.WaitingForPods;

    private static void Add(ConditionSet set, Trouble trouble, bool continues)
    {
        set.Add(ConditionTypes.Ready, false, trouble.Reason, trouble.Message);
        set.Add(
            continues ? ConditionTypes.Reconciling : ConditionTypes.Stalled,
            true,
            trouble.Reason,
            trouble.Message
        );
    }

    private static Trouble Disabled(WebhookReport report, DateTimeOffset at) =>
        new(
            Reasons.Disabled,
            $"nothing is posted any more since {Write(at)}: {report.DisabledReason ?? "no reason was given"}. What to do: {Reasons.Disabled.ToDo}"
        );

    /// <summary>It is not its endpoint that is about to be replaced: it was never posted to.</summary>
    private static bool IsUnanswered(WebhookReport report) =>
        report.LastError?.StartsWith(WebhookErrors.ChallengeFailed, StringComparison.Ordinal)
        == true;

    private static Trouble Failing(WebhookReport report) =>
        IsUnanswered(report)
            ? new(
                Reasons.ChallengeFailed,
                $"{Reasons.ChallengeFailed.Meaning}: {report.LastError![WebhookErrors.ChallengeFailed.Length..]}. What to do: {Reasons.ChallengeFailed.ToDo}"
            )
            : new(
                Reasons.EndpointFailing,
                $"the endpoint has taken no events since {Write(report.FailingSince!.Value)}; they wait: {report.LastError ?? "no error was reported"}"
            );

    private static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
