using System.Text.Json.Serialization;

namespace WaOperator.Resources;

/// <summary>Source-generated JSON of the four resources. Unknown fields are skipped on reading, nulls are not written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict
)]
[JsonSerializable(typeof(WhatsAppTenant))]
[JsonSerializable(typeof(WhatsAppSession))]
[JsonSerializable(typeof(WhatsAppSessionPool))]
[JsonSerializable(typeof(WhatsAppWebhook))]
[JsonSerializable(typeof(TenantSpec))]
[JsonSerializable(typeof(SessionSpec))]
[JsonSerializable(typeof(PoolSpec))]
[JsonSerializable(typeof(WebhookSpec))]
[JsonSerializable(typeof(TenantStatus))]
[JsonSerializable(typeof(SessionStatus))]
[JsonSerializable(typeof(PoolStatus))]
[JsonSerializable(typeof(WebhookStatus))]
public sealed partial class ResourcesJsonContext : JsonSerializerContext;
