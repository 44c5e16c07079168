using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Store;

/// <summary>
/// What pods act on of a tenant's spec, as the operator projects it. Unknown members are ignored; what is missing limits nothing, the
/// defaults are those of the resource.
/// </summary>
public sealed record TenantSettings
{
    /// <summary>Limits of the tenant's messages; null for none.</summary>
    public MessageLimits? Limits { get; init; }

    /// <summary>How fast each session of the tenant sends; null: as fast as it can.</summary>
    public SendPace? Pace { get; init; }

    /// <summary>Which numbers the tenant may write to; null for all.</summary>
    public RecipientRules? PhoneRules { get; init; }

    /// <summary>As stored.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(this, TenantSettingsJson.Default.TenantSettings);

    /// <summary>Reads what was stored.</summary>
    /// <exception cref="JsonException">Not JSON of this shape.</exception>
    public static TenantSettings FromJson(string json) =>
        JsonSerializer.Deserialize(json, TenantSettingsJson.Default.TenantSettings)
        ?? new TenantSettings();
}

/// <summary>Limits over all sessions of a tenant; 0 is no limit.</summary>
/// <param name="MessagesPerMinute">Messages in any 60 s.</param>
/// <param name="MessagesPerRecipientPerMinute">Messages to one account or group in any 60 s.</param>
/// <param name="MessagesPerDay">Messages in any 24 hours.</param>
public sealed record MessageLimits(
    int MessagesPerMinute = 0,
    int MessagesPerRecipientPerMinute = 0,
    int MessagesPerDay = 0
)
{
    /// <summary>No limits.</summary>
    public static MessageLimits None { get; } = new();
}

/// <summary>How fast a session sends what is queued.</summary>
/// <param name="PerMinute">Messages a minute on average, 1 or more.</param>
/// <param name="Burst">Messages that go at once after a rest, 1 or more.</param>
public sealed record SendPace(int PerMinute, int Burst = 10);

/// <summary>Rules on recipients' numbers.</summary>
/// <param name="AllowedPrefixes">Only numbers that begin so; all when empty.</param>
/// <param name="BlockedNumbers">Numbers that are refused in all their forms.</param>
public sealed record RecipientRules(
    IReadOnlyList<string>? AllowedPrefixes = null,
    IReadOnlyList<string>? BlockedNumbers = null
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(TenantSettings))]
internal sealed partial class TenantSettingsJson : JsonSerializerContext;
