using System.Globalization;
using System.Text.Json.Serialization;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Streams;

namespace WaOperator.SessionPod.Api.Streams;

/// <summary>What the gateway asks for: events of those of some sessions that this pod serves.</summary>
/// <param name="Sessions">
/// Keys of sessions in the database, each with the number of the last event that was seen; null: nothing was.
/// </param>
/// <param name="Since">Of a session of which nothing was seen, what happened after this time is shown: milliseconds since 1970.</param>
/// <param name="Types">Types of events, and patterns of them; without them all.</param>
internal sealed record StreamRequest(
    IReadOnlyDictionary<string, long?> Sessions,
    long Since,
    IReadOnlyList<string>? Types = null
)
{
    /// <summary>The most sessions of one stream.</summary>
    public const int MaxSessions = 2_000;

    // The last year that has four digits.
    private const long MaxSince = 253_402_300_799_999;

    /// <summary>What it asks for. Pure.</summary>
    /// <param name="faults">What is wrong with it.</param>
    public StreamAsked Read(Faults faults)
    {
        var sessions = new Dictionary<long, long?>();
        if (Sessions is not { Count: > 0 and <= MaxSessions })
            faults.Add("#/sessions", $"must name 1 to {MaxSessions} sessions");
        else
            foreach (var (name, seen) in Sessions)
                if (
                    !long.TryParse(
                        name,
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var session
                    )
                    || seen < 0
                    || !sessions.TryAdd(session, seen)
                )
                {
                    faults.Add(
                        "#/sessions",
                        "must have keys of sessions as names, and numbers of events as values"
                    );
                    break;
                }
        if (Since is < 0 or > MaxSince)
            faults.Add("#/since", "must be milliseconds since 1970");
        if (
            Types is { Count: 0 or > WebhookEvents.MaxPatterns }
            || Types?.All(WebhookEvents.IsStreamPattern) == false
        )
            faults.Add(
                "#/types",
                $"must be 1 to {WebhookEvents.MaxPatterns} types of events, or patterns of them"
            );
        return new(
            sessions,
            DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Since, 0, MaxSince)),
            Types
        );
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(StreamRequest))]
internal sealed partial class StreamJson : JsonSerializerContext;
