using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Webhooks;

/// <summary>What became of a webhook as it is declared.</summary>
/// <param name="Uid">UID of the resource.</param>
/// <param name="Generation">The generation that was looked at.</param>
/// <param name="Trouble">What keeps it from being posted to as declared, or will; null for nothing.</param>
/// <param name="IsSuspended">Its tenant is suspended.</param>
public sealed record WebhookVerdict(
    string Uid,
    long Generation,
    Trouble? Trouble,
    bool IsSuspended = false
)
{
    /// <summary>Its trouble is one that lies ahead: it is posted to as declared.</summary>
    public bool IsWarning => Trouble?.Reason == Reasons.CertificateExpiring;

    /// <summary>Whether it is said of the object as it is now.</summary>
    public bool IsOf(WhatsAppWebhook webhook)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        return Uid == webhook.Metadata.Uid && Generation == webhook.Metadata.Generation;
    }

    /// <summary>The row of a webhook: of its spec what pods act on, and no more.</summary>
    public static WebhookRow RowOf(WhatsAppWebhook webhook, long tenantId, bool isSuspended)
    {
        ArgumentNullException.ThrowIfNull(webhook);
        var spec = webhook.Spec;
        var names = spec.Sessions is { Count: > 0 } sessions ? sessions : null;
        return new(
            webhook.Metadata.Namespace!,
            webhook.Metadata.Name!,
            webhook.Metadata.Uid!,
            tenantId,
            webhook.Metadata.Generation ?? 0,
            new()
            {
                Url = spec.Url,
                Events = spec.Events is { Count: > 0 } events ? events : null,
                Sessions = spec.SessionSelector is null ? names : [],
                Selector = spec.SessionSelector is { } selector
                    ? SelectorOf(selector, names)
                    : null,
                Ordering = Enum.Parse<WebhookOrdering>(spec.Ordering),
                Format = Enum.Parse<WebhookFormat>(spec.Format),
                Signature = Enum.Parse<WebhookSigning>(spec.Signature),
                MaxInFlight = spec.MaxInFlight,
                RatePerSecond = spec.RatePerSecond,
                TimeoutSeconds = spec.TimeoutSeconds,
                HorizonHours = spec.Retry.HorizonHours,
                BlockSeconds = spec.Retry.BlockSeconds,
                DeadLetterDays = spec.DeadLetterDays,
                StartFrom = Enum.Parse<WebhookStart>(spec.StartFrom),
                Paused = spec.Paused || isSuspended,
            }
        );
    }

    private static SessionSelector SelectorOf(
        LabelSelector selector,
        IReadOnlyList<string>? names
    ) =>
        new()
        {
            Names = names,
            MatchLabels = selector.MatchLabels is { Count: > 0 } labels ? labels : null,
            MatchExpressions = selector.MatchExpressions is { Count: > 0 } expressions
                ?
                [
                    .. expressions.Select(e => new LabelExpression(
                        e.Key!,
                        Enum.Parse<LabelOperator>(e.Operator!),
                        e.Values
                    )),
                ]
                : null,
        };
}
