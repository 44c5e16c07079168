using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Webhooks;

/// <summary>What pods remember of a webhook's posts, put together.</summary>
public sealed class AttemptTests
{
    private const string Other = "other-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task The_newest_of_all_pods_come_first_and_pods_that_do_not_answer_are_named()
    {
        await using var world = await GatewayWorld.StartAsync();
        var crm = await WebhookRows.AddAsync(world, await world.TenantAsync(), "crm");
        await world.TenantAsync("other", Other);
        var (one, two, dead) = (
            await world.PodAsync(0),
            await world.PodAsync(1),
            await world.PodAsync(2)
        );
        var idle = await world.PodAsync(3);
        foreach (var ordinal in (int[])[0, 1, 2, 3])
            await WebhookRows.ReportAsync(world, crm, ordinal);
        one.Answer = http => FakePod.JsonAsync(http, 200, $$"""{"data":[{{Of(5)}},{{Of(2)}}]}""");
        two.Answer = http => FakePod.JsonAsync(http, 200, $$"""{"data":[{{Of(4)}}]}""");
        dead.Answer = FakePod.DieAsync;
        idle.Answer = http =>
            FakePod.JsonAsync(
                http,
                503,
                """{"type":"urn:wa:problem:moving","title":"No pod posts for the webhook now"}"""
            );
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        using var other = new Tenant(gateway, Other);

        var told = await tenant.GetAsync("/v1/webhooks/ns/crm/attempts?failed=true&limit=2");

        told.Status.ShouldBe(200);
        told.Body!["data"]!.AsArray().Select(a => (int)a!["attempt"]!).ShouldBe([5, 4]);
        told.Body["unanswered"]!.AsArray().Count.ShouldBe(1);
        var asked = one.Requests.Single();
        (asked.Method, asked.Path).ShouldBe(("GET", "/v1/webhooks/ns/crm/attempts?failed=true"));
        asked.Headers.Authorization.ToString().ShouldStartWith("Bearer ");
        (await other.GetAsync("/v1/webhooks/ns/crm/attempts")).Slug.ShouldBe("unknown-webhook");
        foreach (var query in (string[])["failed=yes", "limit=0", "limit=501", "after=x"])
            (await tenant.GetAsync($"/v1/webhooks/ns/crm/attempts?{query}")).Status.ShouldBe(400);
        one.Requests.Count.ShouldBe(1);

        static string Of(int number) =>
            $$"""
                {"at":"2026-12-01T10:00:0{{number}}Z","id":"evt_1f_{{number}}","type":"message.received","session":"ns/s",
                 "attempt":{{number}},"outcome":"EndpointFailed","status":503,"milliseconds":7,"error":"HTTP 503","replay":false}
                """;
    }

    [Fact]
    public async Task Where_no_pod_posts_there_is_nothing()
    {
        await using var world = await GatewayWorld.StartAsync();
        await WebhookRows.AddAsync(world, await world.TenantAsync(), "crm");
        using var tenant = new Tenant(await world.GatewayAsync());

        var told = await tenant.GetAsync("/v1/webhooks/ns/crm/attempts");

        told.Body!.ToJsonString().ShouldBe("""{"data":[],"unanswered":[]}""");
    }
}
