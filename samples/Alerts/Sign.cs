using System.Globalization;
using System.Text.Json;

namespace Alerts;

/// <summary>What an event says of one topic of a session: its connection, its pairing, a limit, a broadcast.</summary>
/// <param name="Topic">The topic; of each one thing at a time can be wrong.</param>
/// <param name="What">What is wrong, in the same words each time; null: all is well.</param>
/// <param name="Detail">More for people; where all is well, how it is now.</param>
/// <param name="BeginAt">When it is told, if it lasts until then.</param>
/// <param name="EndAt">When it is over by itself; null: another event tells that.</param>
internal sealed record Sign(
    string Topic,
    string? What,
    string Detail,
    DateTimeOffset BeginAt = default,
    DateTimeOffset? EndAt = null
);

/// <summary>Reads events of WaOperator (docs/webhooks.md). Pure.</summary>
internal static class Signs
{
    private const string Session = "session";
    private const string Pairing = "pairing";

    /// <summary>What an event says; nothing: it is of no interest here, as are types that later versions add.</summary>
    /// <param name="e">The event.</param>
    /// <param name="disconnectedAfter">How long a session may be without its connection.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<Sign> Of(
        JsonElement e,
        TimeSpan disconnectedAfter,
        DateTimeOffset now
    )
    {
        if (!e.TryGetProperty("data", out var data))
            return [];
        return Text(e, "type") switch
        {
            "session.status" => OfStatus(data, disconnectedAfter, now),
            "session.pairing" => OfPairing(data, now),
            "limit.reached" => [OfLimit(data, now)],
            "broadcast.progress" => [OfBroadcast(data, now)],
            _ => [],
        };
    }

    /// <summary>What is told at once and has no end: events that are lost. Null: the event is another.</summary>
    public static string? GapOf(JsonElement e) =>
        Text(e, "type") == "gap" && e.TryGetProperty("data", out var data)
            ? $"{Text(e, "session")}: events were removed before they could be posted. {Text(data, "reason")}"
            : null;

    private static IReadOnlyList<Sign> OfStatus(
        JsonElement data,
        TimeSpan disconnectedAfter,
        DateTimeOffset now
    )
    {
        var detail = string.Join(
            ". ",
            new[] { Text(data, "message"), Text(data, "toDo") }.Where(t => t is { Length: > 0 })
        );
        var phase = Text(data, "phase");
        Sign Wrong(string what) => new(Session, what, detail, now);
        switch (phase)
        {
            case "Connected" when Text(data, "reason") == "ReachOutTimelock":
                return [Wrong("limited by WhatsApp"), new(Pairing, null, "It is linked.")];
            case "Connected":
                return
                [
                    new(Session, null, "It is connected."),
                    new(Pairing, null, "It is linked."),
                ];
            case "Starting" or "Connecting" or "Reconnecting":
                return
                [
                    Wrong("without connection") with
                    {
                        BeginAt = Since(data, now) + disconnectedAfter,
                    },
                ];
            case "Banned":
                return [Wrong("banned")];
            case "LoggedOut":
                return [Wrong("logged out")];
            case "Replaced":
                return [Wrong("replaced by another client")];
            case "PhoneMismatch":
                return [Wrong("linked to another phone")];
            case "Stopped" or "Unlinked":
                return [new(Session, null, $"It is {phase}, as it was asked to be.")];
            default:
                // Pairing: whatever was wrong before is until it is connected.
                return [];
        }
    }

    private static IReadOnlyList<Sign> OfPairing(JsonElement data, DateTimeOffset now) =>
        Text(data, "step") switch
        {
            "error" => [new(Pairing, "linking failed", Text(data, "message") ?? "", now)],
            "complete" => [new(Pairing, null, "It is linked.")],
            _ => [],
        };

    /// <summary>A limit is over by itself: each time that it is reached again moves the end.</summary>
    private static Sign OfLimit(JsonElement data, DateTimeOffset now)
    {
        var limit = Text(data, "limit");
        var over = DateTimeOffset.TryParse(
            Text(data, "retryAt"),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at
        )
            ? at
            : now;
        return new(
            $"limit {limit}",
            $"limit {limit} reached",
            Text(data, "message") ?? "",
            now,
            over
        );
    }

    private static Sign OfBroadcast(JsonElement data, DateTimeOffset now)
    {
        var topic = $"broadcast {Text(data, "id")}";
        var state = Text(data, "state");
        return state == "Stopped"
            ? new(
                topic,
                $"broadcast {Text(data, "name")} has stopped",
                Text(data, "reason") ?? "",
                now
            )
            : new(topic, null, $"It is {state}.");
    }

    private static DateTimeOffset Since(JsonElement data, DateTimeOffset now) =>
        data.TryGetProperty("timestamp", out var seconds) && seconds.TryGetInt64(out var since)
            ? DateTimeOffset.FromUnixTimeSeconds(since)
            : now;

    // PostgreSQL stores no NUL, and the name of a broadcast may have one.
    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!.Replace("\0", "", StringComparison.Ordinal)
            : null;
}
