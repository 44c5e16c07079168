using WaOperator.Domain;

namespace WaOperator.Resources;

/// <summary>Repeats every rule of the tenant's schema, for servers that lack some and for objects older than a rule.</summary>
public static class TenantValidation
{
    /// <summary>The rules that <paramref name="tenant"/> breaks; none when it is valid.</summary>
    public static IReadOnlyList<Violation> Validate(WhatsAppTenant tenant)
    {
        var check = new Checker();
        var spec = tenant.Spec;
        check.Text("metadata.name", tenant.Metadata.Name, 0, 63);
        check.Optional("spec.displayName", spec.DisplayName, 1, 128);
        Limits(check, spec.Limits);
        check.List(
            "spec.phoneRules.allowedPrefixes",
            spec.PhoneRules?.AllowedPrefixes,
            64,
            p => p,
            (path, p) => check.Text(path, p, 1, 15, Patterns.PhonePrefix)
        );
        check.List(
            "spec.phoneRules.blockedNumbers",
            spec.PhoneRules?.BlockedNumbers,
            1024,
            n => n,
            (path, n) => check.Text(path, n, 0, 15, Patterns.Phone)
        );
        check.List(
            "spec.webhooks",
            spec.Webhooks,
            16,
            w => w.Url,
            (path, w) => Webhook(check, path, w)
        );
        check.List(
            "spec.apiKeySecretRefs",
            spec.ApiKeySecretRefs,
            64,
            r => r.ToString(),
            (path, key) => ApiKey(check, path, key)
        );
        check.List(
            "spec.tokenIssuers",
            spec.TokenIssuers,
            8,
            i => i.ToString(),
            (path, issuer) => TokenIssuer(check, path, issuer)
        );
        return check.Found;
    }

    private static void TokenIssuer(Checker check, string path, TokenIssuer issuer)
    {
        check.Text($"{path}.issuer", issuer.Issuer, 1, 512, Patterns.Word);
        check.Text($"{path}.audience", issuer.Audience, 1, 512, Patterns.Word);
        check.Secret($"{path}.keysSecretRef", issuer.KeysSecretRef);
        check.Optional($"{path}.claim", issuer.Claim, 1, 128, Patterns.Word);
        check.List(
            $"{path}.scopes",
            issuer.Scopes,
            32,
            s => s,
            (item, scope) => check.OneOf(item, scope, [.. ApiScopes.All])
        );
    }

    private static void Limits(Checker check, TenantLimits limits)
    {
        check.Number("spec.limits.sessions", limits.Sessions, 0, 1_000_000);
        check.Amount("spec.limits.memory", limits.Memory, Patterns.Memory);
        check.Number("spec.limits.messagesPerMinute", limits.MessagesPerMinute, 0, 1_000_000);
        check.Number(
            "spec.limits.messagesPerRecipientPerMinute",
            limits.MessagesPerRecipientPerMinute,
            0,
            1_000_000
        );
        check.Number("spec.limits.messagesPerDay", limits.MessagesPerDay, 0, 1_000_000_000);
        check.Number("spec.limits.pace.perMinute", limits.Pace.PerMinute, 0, 60_000);
        check.Number("spec.limits.pace.burst", limits.Pace.Burst, 1, 10_000);
    }

    private static void ApiKey(Checker check, string path, ApiKeyReference key)
    {
        check.Text($"{path}.name", key.Name, 1, 253, Patterns.ObjectName);
        check.Text($"{path}.key", key.Key, 1, 253, Patterns.SecretKey);
        check.List(
            $"{path}.scopes",
            key.Scopes,
            32,
            s => s,
            (item, scope) => check.OneOf(item, scope, [.. ApiScopes.All])
        );
        check.List(
            $"{path}.sessions",
            key.Sessions,
            256,
            s => s,
            (item, name) => check.Text(item, name, 1, 253, Patterns.ObjectName)
        );
    }

    private static void Webhook(Checker check, string path, Webhook webhook)
    {
        check.Text($"{path}.url", webhook.Url, 1, 2048, Patterns.HttpUrl);
        check.List(
            $"{path}.events",
            webhook.Events,
            32,
            e => e,
            (at, e) => check.Text(at, e, 1, 64, Patterns.EventKind)
        );
        check.Secret($"{path}.secretRef", webhook.SecretRef);
    }
}
