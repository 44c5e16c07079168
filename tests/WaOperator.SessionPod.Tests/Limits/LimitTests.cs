using System.Globalization;
using System.Net.Http.Json;
using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Operator;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Limits;

public sealed class LimitTests
{
    [Fact]
    public async Task A_tenant_sends_no_more_than_its_limit_from_all_its_sessions_together()
    {
        await using var world = await PodWorld.StartAsync();
        await using var a = await world.PodAsync(0, "pod-a");
        await using var b = await world.PodAsync(1, "pod-b");
        var (one, two) = (await world.PairedAsync(0), await world.PairedAsync(1));
        await SettingsAsync(world, """{"limits":{"messagesPerMinute":6}}""");
        using var first = new ApiClient(a.Api);
        using var second = new ApiClient(b.Api);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i =>
                    (i % 2 == 0 ? first : second).SendAsync(
                        (i % 2 == 0 ? one : two).Name,
                        new { to = $"49170123456{i % 10}", text = $"{i}" }
                    )
                )
        );

        answers.Count(x => x.Status == 202).ShouldBe(6);
        answers.Count(x => x.Status == 429).ShouldBe(14);
        (await world.SqlAsync("select count(*) from wa.session_outbox")).ShouldBe(6L);

        using var http = new HttpClient { BaseAddress = a.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", PodWorld.ApiKey);
        using var refused = await http.PostAsJsonAsync(
            $"/v1/sessions/ns/{one.Name}/messages",
            new { to = "491701234567", text = "x" }
        );
        ((int)refused.StatusCode).ShouldBe(429);
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(60)
        );
        (await refused.Content.ReadAsStringAsync()).ShouldContain("spec.limits.messagesPerMinute");
        refused.Headers.GetValues("RateLimit-Policy").ShouldBe(["\"tenant-minute\";q=6;w=60"]);
        refused
            .Headers.GetValues("RateLimit")
            .Single()
            .ShouldMatch("^\"tenant-minute\";r=0;t=[1-6]?[0-9]$");
    }

    [Fact]
    public async Task Replays_and_bad_requests_are_not_counted_and_a_recipient_is_an_account()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await SettingsAsync(
            world,
            """{"limits":{"messagesPerMinute":4,"messagesPerRecipientPerMinute":2,"messagesPerDay":100}}"""
        );
        using var api = new ApiClient(pod.Api);

        for (var i = 0; i < 3; i++)
            await api.TextAsync(session.Name, "5511987654399", "one", id: "3EB0000001");
        (await api.SendAsync(session.Name, new { to = "0049170", text = "x" })).Status.ShouldBe(
            400
        );
        await api.TextAsync(session.Name, "551187654399", "two");
        // Twice in one form, once in the other: one recipient.
        var (status, problem, _) = await api.SendAsync(
            session.Name,
            new { to = "5511987654399@s.whatsapp.net", text = "three" }
        );
        status.ShouldBe(429);
        ((string?)problem!["detail"])!.ShouldContain("messagesPerRecipientPerMinute");
        await api.TextAsync(session.Name, "491701234567", "another");
        await api.TextAsync(session.Name, "491701234568", "another");
        (
            await api.SendAsync(session.Name, new { to = "491701234569", text = "x" })
        ).Status.ShouldBe(429);
        // What was accepted is still answered for.
        await api.TextAsync(session.Name, "5511987654399", "one", id: "3EB0000001");
        // In blocks, one of which may not be used up.
        (
            (long)(await world.SqlAsync("select sum(messages)::bigint from wa.tenant_day"))!
        ).ShouldBeInRange(4L, 8L);
    }

    [Fact]
    public async Task That_a_limit_is_reached_is_an_event_once_an_hour()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await SettingsAsync(
            world,
            """{"limits":{"messagesPerMinute":3,"messagesPerRecipientPerMinute":2}}"""
        );
        using var api = new ApiClient(pod.Api);
        using var events = await api.FollowAsync(session.Name);

        for (var i = 0; i < 4; i++)
            await api.SendAsync(session.Name, new { to = "491701234567", text = "x" });
        var recipient = (await events.NextAsync("limit")).Data;
        for (var i = 0; i < 4; i++)
            await api.SendAsync(session.Name, new { to = $"49170123458{i}", text = "x" });
        var minute = (await events.NextAsync("limit")).Data;

        ((string?)recipient["limit"]).ShouldBe("messagesPerRecipientPerMinute");
        ((int?)recipient["allowed"]).ShouldBe(2);
        ((string?)minute["limit"]).ShouldBe("messagesPerMinute");
        ((int?)minute["allowed"]).ShouldBe(3);
        ((string?)minute["message"])!.ShouldContain("spec.limits.messagesPerMinute");
        var wait =
            DateTimeOffset.Parse((string)minute["retryAt"]!, CultureInfo.InvariantCulture)
            - DateTimeOffset.FromUnixTimeSeconds((long)minute["timestamp"]!);
        wait.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(61));
        // More than two were refused.
        (
            await world.SqlAsync("select count(*) from wa.session_event where type = 'limit'")
        ).ShouldBe(2L);
    }

    [Fact]
    public async Task An_answer_says_what_is_left_and_each_line_of_a_batch_counts()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await SettingsAsync(
            world,
            """{"limits":{"messagesPerMinute":5,"messagesPerRecipientPerMinute":3,"messagesPerDay":50}}"""
        );
        using var http = new HttpClient { BaseAddress = pod.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", PodWorld.ApiKey);
        var path = $"/v1/sessions/ns/{session.Name}/messages";

        using var first = await http.PostAsJsonAsync(path, new { to = "491701234567", text = "1" });
        ((int)first.StatusCode).ShouldBe(202);
        first
            .Headers.GetValues("RateLimit-Policy")
            .ShouldBe([
                "\"tenant-minute\";q=5;w=60, \"recipient-minute\";q=3;w=60, \"tenant-day\";q=50;w=86400",
            ]);
        first
            .Headers.GetValues("RateLimit")
            .Single()
            .ShouldMatch(
                "^\"tenant-minute\";r=4;t=6[01], \"recipient-minute\";r=2;t=6[01], \"tenant-day\";r=49;t=8[67][0-9]{3}$"
            );
        using var lines = new StringContent(
            string.Concat(
                Enumerable
                    .Range(0, 6)
                    .Select(i => $"{{\"to\":\"49170123456{i}\",\"text\":\"{i}\"}}\n")
            )
        );
        lines.Headers.ContentType = new("application/x-ndjson");
        using var batch = await http.PostAsync(path, lines);

        var text = await batch.Content.ReadAsStringAsync();
        text.Split("\"status\":202").Length.ShouldBe(5);
        batch.Headers.GetValues("RateLimit").Single().ShouldStartWith("\"tenant-minute\";r=0;t=");
    }

    [Fact]
    public async Task A_changed_rule_acts_within_seconds_and_a_blocked_number_in_each_form()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        await api.TextAsync(session.Name, "5511987654399", "before");
        await SettingsAsync(world, """{"phoneRules":{"blockedNumbers":["551187654399"]}}""");

        await Eventually.True(
            "the blocked number is refused",
            async () =>
                (await api.SendAsync(session.Name, new { to = "5511987654399", text = "x" })).Status
                == 403
        );
        foreach (
            var to in (string[])
                ["551187654399", "+55 11 98765-4399", "551187654399@s.whatsapp.net", "12345@lid"]
        )
        {
            var (status, problem, type) = await api.SendAsync(session.Name, new { to, text = "x" });
            status.ShouldBe(403, to);
            type.ShouldBe("application/problem+json");
            ((string?)problem!["detail"])!.ShouldContain("spec.phoneRules");
        }
        await api.TextAsync(session.Name, "5511987654398", "somebody else");
    }

    [Theory]
    [InlineData("4917012345678@s.whatsapp.net", "4917012345678", null)]
    [InlineData("4317012345678@s.whatsapp.net", "4317012345678", 403)]
    [InlineData("12345@lid", "4917012345678", null)]
    [InlineData("12345@lid", "4317012345678", 403)]
    [InlineData("12345@lid", null, 403)]
    [InlineData("12345-678@g.us", null, null)]
    public void Rules_judge_the_number_behind_an_address(string to, string? number, int? status) =>
        (SendPolicy.Judge(new PhoneFilter(["49"], null), Jid.Parse(to), number)?.Status).ShouldBe(
            status
        );

    private static async Task SettingsAsync(PodWorld world, string json)
    {
        await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, json));
        // Settings that were read before are used for so long.
        await world.SqlAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"select pg_sleep({SendPolicy.SettingsLife.TotalSeconds})"
            )
        );
    }
}
