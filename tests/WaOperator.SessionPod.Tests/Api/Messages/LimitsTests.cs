using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Domain;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Operator;

namespace WaOperator.SessionPod.Tests.Api.Messages;

/// <summary>The limits of a session's messages, as they are asked for and as each answer to a message tells them.</summary>
public sealed class LimitsTests
{
    private const string To = "491709999999";
    private const string Reader = "reader-0123456789abcdef0123456789abcdef";
    private const string Foreign = "foreign-0123456789abcdef0123456789abcde";

    [Fact]
    public async Task They_are_what_each_message_tells_and_asking_takes_nothing()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var http = new HttpClient { BaseAddress = pod.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", PodWorld.ApiKey);
        var path = $"/v1/sessions/ns/{session.Name}";

        (await api.GetAsync($"{path}/limits")).Body!.AsObject().ShouldBeEmpty();
        await SettingsAsync(
            world,
            """
            {"limits":{"messagesPerMinute":20,"messagesPerRecipientPerMinute":4,"messagesPerDay":100},
             "pace":{"perMinute":1,"burst":3}}
            """
        );
        for (var i = 0; i < 3; i++)
        {
            var fresh = await LimitsAsync();
            StandingOf(fresh["tenantMinute"]).ShouldBe((20, 60, 0, 20, 0));
            StandingOf(fresh["tenantDay"]).ShouldBe((100, 86400, 0, 100, 0));
            fresh["recipientMinute"]!.ToJsonString().ShouldBe("""{"limit":4,"windowSeconds":60}""");
            fresh["sessionPace"]!.AsObject().Remove("resetAt").ShouldBeTrue();
            fresh["sessionPace"]!
                .ToJsonString()
                .ShouldBe("""{"perMinute":1,"burst":3,"remaining":3,"resetSeconds":0}""");
            StandingOf((await LimitsAsync(To))["recipientMinute"]).ShouldBe((4, 60, 0, 4, 0));
        }
        (
            await world.SqlAsync(
                "select (select count(*) from wa.tenant_minute) + (select count(*) from wa.tenant_day)"
            )
        ).ShouldBe(0L);

        for (var sent = 1; sent <= 5; sent++)
        {
            using var answer = await http.PostAsJsonAsync(
                $"{path}/messages",
                new { to = To, text = $"{sent}" }
            );
            ((int)answer.StatusCode).ShouldBe(sent <= 4 ? 202 : 429);
            if (sent <= 4)
                answer
                    .Headers.GetValues("RateLimit-Policy")
                    .ShouldBe([
                        "\"tenant-minute\";q=20;w=60, \"recipient-minute\";q=4;w=60, \"tenant-day\";q=100;w=86400, \"session-pace\";q=1;w=60",
                    ]);
            // "tenant-minute";r=16;t=42
            var told = answer
                .Headers.GetValues("RateLimit")
                .Single()
                .Split(", ")
                .Select(state => state.Split(';'))
                .ToDictionary(
                    parts => parts[0].Trim('"'),
                    parts => (Left: parts[1], Reset: Number(parts[2]["t=".Length..]))
                );
            var counted = Math.Min(sent, 4);
            var asked = await LimitsAsync(To);
            foreach (
                var (field, name, left) in ((string, string, int)[])
                    [
                        ("tenantMinute", "tenant-minute", 20 - counted),
                        ("recipientMinute", "recipient-minute", 4 - counted),
                        ("tenantDay", "tenant-day", 100 - counted),
                        ("sessionPace", "session-pace", Math.Max(3 - counted, 0)),
                    ]
            )
            {
                var standing = asked[field]!;
                // A message that is refused is told nothing of limits that were not asked about it.
                if (told.TryGetValue(name, out var state))
                {
                    state.Left.ShouldBe($"r={left}", name);
                    ((double)standing["resetSeconds"]!).ShouldBe(state.Reset, 5, name);
                }
                ((int)standing["remaining"]!).ShouldBe(left, name);
                if (standing["used"] is { } used)
                    ((int)used).ShouldBe(counted, name);
            }
        }
        foreach (var wrong in (string[])["?to=abc", "?to=", "?from=1", $"?to={To}&to={To}"])
            (await api.GetAsync($"{path}/limits{wrong}")).Status.ShouldBe(400, wrong);

        async Task<JsonNode> LimitsAsync(string? to = null)
        {
            var (status, body, _) = await api.GetAsync(
                $"{path}/limits" + (to is null ? "" : $"?to={to}")
            );
            status.ShouldBe(200, body?.ToJsonString());
            return body!;
        }
    }

    [Fact]
    public async Task Any_key_of_the_tenant_may_ask_and_no_other()
    {
        await using var world = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await world.Desired.PutApiKeysAsync(
            session.Tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["a/key"] = Hash(Reader) },
                [],
                MayAdd: true
            )
            {
                Limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal)
                {
                    ["a/key"] = new([ApiScopes.EventsRead], null, null),
                },
            }
        );
        var other = await world.Desired.PutTenantAsync(new TenantRow("other", "acme", false, "{}"));
        await world.Desired.PutApiKeysAsync(other, [Hash(Foreign)]);
        using var reader = new ApiClient(pod.Api, Reader);
        using var foreign = new ApiClient(pod.Api, Foreign);
        var path = $"/v1/sessions/ns/{session.Name}/limits";

        (await reader.GetAsync(path)).Status.ShouldBe(200);
        // Whom the session writes to is for those who may write.
        var (status, problem, _) = await reader.GetAsync($"{path}?to={To}");
        status.ShouldBe(403);
        ((string?)problem!["detail"])!.ShouldContain(ApiScopes.MessagesSend);
        var hidden = await foreign.GetAsync(path);
        hidden.Status.ShouldBe(404);
        var missing = await foreign.GetAsync("/v1/sessions/ns/s-none/limits");
        ((string?)hidden.Body!["type"]).ShouldBe((string?)missing.Body!["type"]);
        using var stranger = new ApiClient(pod.Api, "x");
        (await stranger.GetAsync(path)).Status.ShouldBe(401);
    }

    [Theory]
    [InlineData(0, 10, 0)]
    [InlineData(1, 9, 1)]
    [InlineData(10, 0, 1)]
    public void A_pace_tells_what_may_go_at_once_and_when_one_more_may(
        int taken,
        long left,
        int seconds
    )
    {
        var (bucket, pace) = (new PaceBucket(), new Store.SendPace(60, 10));
        for (var i = 0; i < taken; i++)
            bucket.TryTake(pace, 1_000).ShouldBeTrue();

        var state = bucket.Look(pace, 1_000);

        (state.Limit, state.Remaining).ShouldBe((60, left));
        state.Reset.TotalSeconds.ShouldBe(seconds, 0.001);
        bucket.Look(pace, 2_000).ShouldBe(new LimitState(60, 10, TimeSpan.Zero));
        bucket.WaitFor(pace, 1, 1_000).ShouldBe(left == 0 ? state.Reset : TimeSpan.Zero);
    }

    private static (int, int, int, int, int) StandingOf(JsonNode? limit) =>
        (
            (int)limit!["limit"]!,
            (int)limit["windowSeconds"]!,
            (int)limit["used"]!,
            (int)limit["remaining"]!,
            (int)limit["resetSeconds"]!
        );

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));

    private static async Task SettingsAsync(PodWorld world, string json)
    {
        await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, json));
        await world.SqlAsync($"select pg_sleep({SendPolicy.SettingsLife.TotalSeconds})");
    }

    private static double Number(string text) =>
        double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
