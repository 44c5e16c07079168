using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Chaos.Cluster;

/// <summary>One time away as the simulator measured it.</summary>
internal sealed record Gap(string How, string? MarkLabel, double? SinceMarkMs, double AwayMs);

/// <summary>What the simulator knows of one session.</summary>
internal sealed record Seen(
    string Number,
    ushort Device,
    bool Connected,
    DateTimeOffset? LoggedInAt,
    long Logins,
    double? AwayNowMs,
    IReadOnlyList<Gap> Gaps
);

/// <summary>Replaced connections by what was in them.</summary>
internal sealed record Replaced(long Live, long Silent, long Dead);

/// <summary>Totals.</summary>
internal sealed record Stats(
    int Connected,
    int Devices,
    long Logins,
    Replaced Replaced,
    long LateFrames
);

/// <summary>Events of one type and session that a webhook's endpoint took: how many, and the sum of their numbers.</summary>
internal sealed record TallyLine(string Session, string Type, long Count, long Sum);

/// <summary>What a webhook's endpoint took.</summary>
internal sealed record Tally(
    long Refused,
    long Repeated,
    long Renamed,
    long Disordered,
    long MedianMs,
    long P99Ms,
    IReadOnlyList<TallyLine> Lines
);

/// <summary>The simulator's control API, reached through the API server.</summary>
internal sealed class Simulator(ClusterApi api)
{
    private const string Proxy =
        $"/api/v1/namespaces/{Names.Release}/services/wa-simulator:control/proxy";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public async Task<Stats> StatsAsync() =>
        (await api.GetAsync(Proxy + "/stats")).Deserialize<Stats>(Json)!;

    /// <summary>All sessions by their phone's number.</summary>
    public async Task<IReadOnlyDictionary<string, Seen>> SessionsAsync() =>
        (await api.GetAsync(Proxy + "/sessions"))
            .Deserialize<List<Seen>>(Json)!
            .GroupBy(s => s.Number)
            .ToDictionary(g => g.Key, g => g.MaxBy(s => s.LoggedInAt)!);

    /// <summary>All that it reports of the sessions, as it is.</summary>
    public async Task<string> RawSessionsAsync() =>
        (await api.GetAsync(Proxy + "/sessions")).ToJsonString(Json);

    /// <summary>Forgets counts, gaps and the mark.</summary>
    public Task ResetAsync() => api.PostAsync(Proxy + "/reset", """{"what":"stats"}""");

    /// <summary>Sets the injection stamp.</summary>
    public async Task<DateTimeOffset> MarkAsync(string label) =>
        (DateTimeOffset)
            (
                await api.PostAsync(
                    Proxy + "/mark",
                    new JsonObject { ["label"] = label }.ToJsonString()
                )
            )["at"]!;

    /// <summary>Posts to an endpoint are counted from now on.</summary>
    public Task CountHookAsync(string hook) => api.PostAsync($"{Proxy}/hooks/{hook}/tally", "{}");

    /// <summary>What was counted.</summary>
    public async Task<Tally> TallyAsync(string hook) =>
        (await api.GetAsync($"{Proxy}/hooks/{hook}/tally")).Deserialize<Tally>(Json)!;

    /// <summary>Begins the times again.</summary>
    public Task TimeHookAgainAsync(string hook) =>
        api.PostAsync($"{Proxy}/hooks/{hook}/tally/times", "{}");

    /// <summary>How an endpoint answers from now on.</summary>
    public Task AnswerHookAsync(string hook, int status) =>
        api.PostAsync($"{Proxy}/hooks/{hook}", $$"""{"status":{{status}}}""");

    /// <summary>An endpoint answers nothing from now on.</summary>
    public Task SilenceHookAsync(string hook) =>
        api.PostAsync($"{Proxy}/hooks/{hook}", """{"silent":true}""");

    /// <summary>Forgets what came to an endpoint and how it answers.</summary>
    public Task ForgetHookAsync(string hook) => api.DeleteAsync($"{Proxy}/hooks/{hook}");

    /// <summary>Lets a phone scan a code; false when the code was refused, as one that was replaced a moment ago is.</summary>
    public async Task<bool> ScanAsync(string phone, string qr)
    {
        try
        {
            await api.PostAsync(
                $"{Proxy}/phones/{phone}/scan",
                new JsonObject { ["qr"] = qr }.ToJsonString()
            );
            return true;
        }
        catch (HttpRequestException e) when (e.StatusCode is not null)
        {
            return false;
        }
    }
}
