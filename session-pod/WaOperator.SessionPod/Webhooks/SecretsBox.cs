using System.Security.Cryptography;
using System.Text.Json;
using WaOperator.SessionPod.Keys;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>Opens what the operator sealed of a webhook.</summary>
internal static class SecretsBox
{
    /// <summary>Its secrets, or why they cannot be had.</summary>
    public static async Task<(WebhookSecrets? Secrets, string? Fault)> OpenAsync(
        this BoxKeys keys,
        StoredWebhook webhook,
        CancellationToken ct
    )
    {
        var (plain, fault) = await keys.OpenAsync(webhook.BoxKey, webhook.Secrets, ct);
        if (plain is null)
            return (null, $"its secrets cannot be opened: {fault}");
        try
        {
            return (WebhookSecrets.FromBytes(plain), null);
        }
        catch (JsonException)
        {
            return (null, "its secrets cannot be opened: they are damaged");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}
