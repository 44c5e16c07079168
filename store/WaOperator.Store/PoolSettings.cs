using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Store;

/// <summary>
/// What a pod needs to know of its pool and may change while it runs: therefore here and not in the pod template, where a change
/// would restart every shard. Unknown members are ignored and missing ones have defaults, so both sides may be of different versions.
/// </summary>
public sealed record PoolSettings
{
    // Settable: the JSON source generator gives an init-only property that is missing in the text the default of its type
    // instead of its initializer.

    /// <summary>Life of a shard's lease in milliseconds, 300 to 600,000. Default 10,000.</summary>
    public int LeaseTtlMs { get; set; } = 10_000;

    /// <summary>Time between renewals in milliseconds, below <see cref="ActDeadlineMs"/>. Default 2,000.</summary>
    public int LeaseRenewMs { get; set; } = 2_000;

    /// <summary>How long after the sending of the last good renewal a pod may act, in milliseconds, below <see cref="LeaseTtlMs"/>. Default 7,000.</summary>
    public int ActDeadlineMs { get; set; } = 7_000;

    /// <summary>How long a silent socket stays open, in milliseconds. Default 120,000.</summary>
    public int SilentLimitMs { get; set; } = 120_000;

    /// <summary>Logins per second of the whole pool, 1 to 100,000. Default 200; each shard takes its part.</summary>
    public int LoginsPerSecond { get; set; } = 200;

    /// <summary>Shards that the pool has now, 1 or more: divides <see cref="LoginsPerSecond"/>.</summary>
    public int Shards { get; set; } = 1;

    /// <summary>One-time prekeys in the first upload, 5 to 812. Default 812.</summary>
    public int PreKeys { get; set; } = 812;

    /// <summary>Device numbers above it are reported as suspect, 0 to 255; 0: none is. Default 10.</summary>
    public int SuspectDeviceIdAbove { get; set; } = 10;

    /// <summary>Name of a Microsoft.Extensions.Logging level. Default Information.</summary>
    public string LogLevel { get; set; } = "Information";

    /// <summary>As stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PoolSettingsJson.Default.PoolSettings);

    /// <summary>Reads what was stored.</summary>
    /// <exception cref="JsonException">Not JSON of this shape.</exception>
    public static PoolSettings FromJson(string json) =>
        JsonSerializer.Deserialize(json, PoolSettingsJson.Default.PoolSettings)
        ?? new PoolSettings();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PoolSettings))]
internal sealed partial class PoolSettingsJson : JsonSerializerContext;
