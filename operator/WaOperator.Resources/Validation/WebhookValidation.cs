using WaOperator.Domain;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>Repeats every rule of the webhook's schema, for servers that lack some and for objects older than a rule.</summary>
public static class WebhookValidation
{
    private static readonly string Events = string.Join(", ", WebhookEvents.All);
    private static readonly string CloudEvents = string.Join(", ", WebhookEvents.OfCloudApi);

    /// <summary>The rules that <paramref name="webhook"/> breaks; none when it is valid.</summary>
    public static IReadOnlyList<Violation> Validate(WhatsAppWebhook webhook)
    {
        var check = new Checker();
        var spec = webhook.Spec;
        check.Text("metadata.name", webhook.Metadata.Name, 0, 63);
        check.Text("spec.tenantRef.name", spec.TenantRef.Name, 1, 63, Patterns.ObjectName);
        check.Text("spec.url", spec.Url, 1, 2048, Patterns.HttpsUrl);
        check.List(
            "spec.events",
            spec.Events,
            32,
            e => e,
            (at, e) => check.Text(at, e, 1, 64, Patterns.EventKind)
        );
        check.List(
            "spec.sessions",
            spec.Sessions,
            256,
            s => s,
            (at, name) => check.Text(at, name, 1, 253, Patterns.ObjectName)
        );
        Selector(check, spec.SessionSelector);
        check.OneOf(
            "spec.ordering",
            spec.Ordering,
            WebhookOrderings.Chat,
            WebhookOrderings.Session,
            WebhookOrderings.None
        );
        check.OneOf(
            "spec.format",
            spec.Format,
            WebhookFormats.Native,
            WebhookFormats.Thin,
            WebhookFormats.CloudApi
        );
        check.OneOf("spec.signature", spec.Signature, WebhookSignatures.V1, WebhookSignatures.V1a);
        check.Rule(
            "spec",
            spec.Signature != WebhookSignatures.V1a || spec.Format != WebhookFormats.CloudApi,
            "format CloudApi is signed as Meta does, by a secret that both sides have: signature must be V1"
        );
        check.Rule(
            "spec",
            spec.VerifyTokenRef is null || spec.Format == WebhookFormats.CloudApi,
            "verifyTokenRef belongs to format CloudApi: of others nothing is asked"
        );
        check.Number("spec.maxInFlight", spec.MaxInFlight, 1, 64);
        check.Number("spec.ratePerSecond", spec.RatePerSecond, 0, 1000);
        check.Number("spec.timeoutSeconds", spec.TimeoutSeconds, 1, 30);
        Secrets(check, spec);
        check.Number("spec.retry.horizonHours", spec.Retry.HorizonHours, 1, 168);
        check.Number("spec.retry.blockSeconds", spec.Retry.BlockSeconds, 0, 3600);
        check.Number("spec.deadLetterDays", spec.DeadLetterDays, 1, 90);
        check.OneOf("spec.startFrom", spec.StartFrom, WebhookStarts.Now, WebhookStarts.Earliest);
        return check.Found;
    }

    /// <summary>What no schema says: names that no event has, an address that is none, and values that an operator of labels does not take.</summary>
    public static IReadOnlyList<Violation> ValidateMeaning(WebhookSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var check = new Checker();
        check.Rule(
            "spec.url",
            Uri.TryCreate(spec.Url, UriKind.Absolute, out var url)
                && url is { Scheme: "https", Host.Length: > 0, UserInfo.Length: 0 },
            "must be an https:// address with a valid host name and port"
        );
        for (var i = 0; i < spec.SessionSelector?.MatchExpressions?.Count; i++)
        {
            var expression = spec.SessionSelector.MatchExpressions[i];
            check.Rule(
                $"spec.sessionSelector.matchExpressions[{i}]",
                (expression.Operator is "In" or "NotIn") == (expression.Values is { Count: > 0 }),
                "values belong to the operators In and NotIn, which need some, and to no other"
            );
        }
        for (var i = 0; i < spec.Events?.Count; i++)
        {
            var pattern = spec.Events[i];
            var isOne = WebhookEvents.IsPattern(pattern);
            check.Rule(
                $"spec.events[{i}]",
                isOne,
                WebhookEvents.IsStreamPattern(pattern)
                    ? $"'{pattern}' is stored nowhere, so that it could not be posted later: streams show it (GET /v1/events)"
                    : $"there is no event '{pattern}'; there are {Events}, and those of one beginning as in message.*"
            );
            check.Rule(
                $"spec.events[{i}]",
                !isOne
                    || spec.Format != WebhookFormats.CloudApi
                    || WebhookEvents.OfCloudApi.Any(type => WebhookEvents.Matches(pattern, type)),
                $"format CloudApi has nothing for '{pattern}'; it has {CloudEvents}"
            );
        }
        return check.Found;
    }

    /// <summary>
    /// The immutable fields that differ between what the webhook was made with and what it says now. Rules of <see cref="Validate"/> are
    /// not repeated.
    /// </summary>
    /// <param name="madeWithTenant">Name of the tenant that it was made for.</param>
    /// <param name="now">The webhook as it is now.</param>
    public static IReadOnlyList<Violation> ValidateUpdate(string madeWithTenant, WebhookSpec now)
    {
        ArgumentNullException.ThrowIfNull(now);
        var check = new Checker();
        check.Rule(
            "spec.tenantRef",
            now.TenantRef.Name == madeWithTenant,
            "tenantRef is immutable; delete the webhook and create a new one for another tenant"
        );
        return check.Found;
    }

    private static void Selector(Checker check, LabelSelector? selector)
    {
        const string path = "spec.sessionSelector";
        check.Map(
            $"{path}.matchLabels",
            selector?.MatchLabels,
            16,
            (at, value) => check.Text(at, value, 0, 63, Patterns.LabelValue)
        );
        check.List(
            $"{path}.matchExpressions",
            selector?.MatchExpressions,
            16,
            null,
            (at, expression) => Expression(check, at, expression)
        );
    }

    private static void Expression(Checker check, string at, LabelSelectorRequirement expression)
    {
        check.Text($"{at}.key", expression.Key, 1, 317, Patterns.LabelKey);
        check.OneOf(
            $"{at}.operator",
            expression.Operator ?? "",
            "In",
            "NotIn",
            "Exists",
            "DoesNotExist"
        );
        check.List(
            $"{at}.values",
            expression.Values,
            32,
            null,
            (of, value) => check.Text(of, value, 0, 63, Patterns.LabelValue)
        );
    }

    private static void Secrets(Checker check, WebhookSpec spec)
    {
        check.Rule("spec.secretRefs", spec.SecretRefs.Count > 0, "must have at least 1 item");
        check.List(
            "spec.secretRefs",
            spec.SecretRefs,
            2,
            r => r.ToString(),
            (at, secret) => check.Secret(at, secret)
        );
        if (spec.HeadersSecretRef is { } headers)
            check.Text("spec.headersSecretRef.name", headers.Name, 1, 253, Patterns.ObjectName);
        check.Secret("spec.verifyTokenRef", spec.VerifyTokenRef);
        check.Secret("spec.tls.caRef", spec.Tls?.CaRef);
        if (spec.Tls?.ClientCertSecretRef is { } client)
            check.Text(
                "spec.tls.clientCertSecretRef.name",
                client.Name,
                1,
                253,
                Patterns.ObjectName
            );
    }
}
