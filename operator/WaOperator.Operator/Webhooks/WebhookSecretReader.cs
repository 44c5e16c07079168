using System.Security.Cryptography;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Webhooks;

/// <summary>Reads the Secrets that a webhook names.</summary>
internal sealed class WebhookSecretReader(IKubernetes client, TimeProvider time)
{
    /// <summary>Its secrets, which the caller wipes (<see cref="Wipe"/>), or what is wrong with them; both if that is a warning.</summary>
    public async Task<(WebhookSecrets? Secrets, Trouble? Trouble)> ReadAsync(
        WhatsAppWebhook webhook,
        CancellationToken ct
    )
    {
        var (read, troubles) = (
            new Dictionary<string, Secret?>(StringComparer.Ordinal),
            new List<Trouble>()
        );
        try
        {
            foreach (var name in Names(webhook.Spec))
                if (await ReadAsync(name, webhook.Metadata.Namespace, read, ct) is { } refused)
                    troubles.Add(refused);
            return troubles.Count > 0
                ? (null, Refusal.Merge(troubles))
                : Of(webhook.Spec, read, time.GetUtcNow());
        }
        finally
        {
            foreach (var value in read.Values.SelectMany(s => s?.Data?.Values ?? []))
                CryptographicOperations.ZeroMemory(value);
        }
    }

    /// <summary>Zeroes what can be of secrets that are not needed any more.</summary>
    public static void Wipe(WebhookSecrets? secrets)
    {
        foreach (var key in secrets?.Signing ?? [])
            CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(secrets?.Tls?.Key);
    }

    private async Task<Trouble?> ReadAsync(
        string name,
        string? ns,
        Dictionary<string, Secret?> read,
        CancellationToken ct
    ) =>
        await Refusal.TellAsync<Secret>(
            "read",
            name,
            async () => read[name] = await client.GetAsync<Secret>(name, ns, ct)
        );

    private static IEnumerable<string> Names(WebhookSpec spec) =>
        spec
            .SecretRefs.Select(r => r.Name)
            .Concat(spec.HeadersSecretRef is { } headers ? [headers.Name] : [])
            .Concat(spec.VerifyTokenRef is { } token ? [token.Name] : [])
            .Concat(spec.Tls?.CaRef is { } authorities ? [authorities.Name] : [])
            .Concat(spec.Tls?.ClientCertSecretRef is { } client ? [client.Name] : [])
            .Distinct(StringComparer.Ordinal);

    private static (WebhookSecrets? Secrets, Trouble? Trouble) Of(
        WebhookSpec spec,
        Dictionary<string, Secret?> read,
        DateTimeOffset now
    )
    {
        var (signing, troubles) = (new List<byte[]>(), new List<string>());
        foreach (var at in spec.SecretRefs)
            if (read.GetValueOrDefault(at.Name) is not { } secret)
                troubles.Add($"there is no Secret {at.Name}");
            else if (
                WebhookSecretValues.Signing(secret.Data?.GetValueOrDefault(at.Key), spec) is { } key
            )
                signing.Add(key);
            else
                troubles.Add(
                    $"Secret {at.Name} has no usable signing secret under {at.Key}: {WebhookSecretValues.Wanted(spec)}"
                );
        IReadOnlyDictionary<string, string>? headers = null;
        if (spec.HeadersSecretRef is { } from)
            if (read.GetValueOrDefault(from.Name) is not { } secret)
                troubles.Add($"there is no Secret {from.Name}");
            // Who may create webhooks but not read Secrets must not have any of them posted to an address of his.
            else if (secret.Type != WebhookSecretValues.HeadersType)
                troubles.Add(
                    $"Secret {from.Name} is of type {secret.Type ?? "Opaque"}; one whose contents are posted must be of type {WebhookSecretValues.HeadersType}"
                );
            else if (
                (
                    headers = WebhookSecretValues.Headers(
                        secret.Data ?? new Dictionary<string, byte[]>(StringComparer.Ordinal),
                        out var wrong
                    )
                )
                is null
            )
                troubles.Add($"Secret {from.Name} has no usable headers: {wrong}");
        var verify = VerifyToken(spec.VerifyTokenRef, read, troubles);
        var (tls, ends) = WebhookTlsValues.Of(spec.Tls, read, now, troubles);
        var secrets = new WebhookSecrets
        {
            Signing = signing,
            Headers = headers is { Count: > 0 } ? headers : null,
            VerifyToken = verify,
            Tls = tls,
        };
        if (troubles.Count == 0)
            return (secrets, ends is null ? null : new(Reasons.CertificateExpiring, ends));
        Wipe(secrets);
        return (
            null,
            new(Reasons.SecretInvalid, string.Join("; ", troubles.Distinct(StringComparer.Ordinal)))
        );
    }

    private static string? VerifyToken(
        SecretKeyReference? at,
        Dictionary<string, Secret?> read,
        List<string> troubles
    )
    {
        if (at is null)
            return null;
        if (read.GetValueOrDefault(at.Name) is not { } secret)
            troubles.Add($"there is no Secret {at.Name}");
        // As of headers.
        else if (secret.Type != WebhookSecretValues.VerifyTokenType)
            troubles.Add(
                $"Secret {at.Name} is of type {secret.Type ?? "Opaque"}; one whose contents are shown to the endpoint as a verify token must be of type {WebhookSecretValues.VerifyTokenType}"
            );
        else if (
            WebhookSecretValues.VerifyToken(secret.Data?.GetValueOrDefault(at.Key)) is { } token
        )
            return token;
        else
            troubles.Add(
                $"Secret {at.Name} has no verify token under {at.Key}: it must be 1 to {WebhookSecretValues.MaxText} printable ASCII characters without spaces"
            );
        return null;
    }
}
