using System.Security.Cryptography;
using System.Text;
using WaOperator.Domain;
using WaOperator.Gateway.Tests.World;
using WaOperator.Gateway.Webhooks;
using WaOperator.Store.Gateway;
using WaOperator.Store.Operator;

namespace WaOperator.Gateway.Tests.Webhooks;

/// <summary>What tenants see of their webhooks, and may do to them.</summary>
public sealed class WebhookTests
{
    private const string Other = "other-0123456789abcdef0123456789abcdef";
    private const string Narrow = "narrow-0123456789abcdef0123456789abcde";
    private const string Whole = "whole-0123456789abcdef0123456789abcdef";
    private const string Reader = "reader-0123456789abcdef0123456789abcde";

    [Fact]
    public async Task It_is_shown_as_all_pods_report_it()
    {
        await using var world = await GatewayWorld.StartAsync();
        foreach (var ordinal in (int[])[0, 1, 2])
            await world.PodAsync(ordinal);
        var acme = await world.TenantAsync();
        var crm = await WebhookAsync(world, acme, "crm", "https://crm.example.org/wa");
        await ReportAsync(world, crm, 2, backlog: 1000, dead: 1000, "HTTP 500", "08:00");
        await world.SqlAsync("update wa.shard_lease set epoch = epoch + 1 where ordinal = 2");
        await WebhookAsync(world, acme, "idle", "https://idle.example.org/", paused: true);
        await ReportAsync(world, crm, 0, backlog: 5, dead: 1, "HTTP 503", "10:00");
        await ReportAsync(world, crm, 1, backlog: 7, dead: 2, "timed out", "09:00");
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);

        var one = (await tenant.GetAsync("/v1/webhooks/ns/crm")).Body!;

        ((string?)one["state"]).ShouldBe("Failing");
        ((string?)one["url"]).ShouldBe("https://crm.example.org/wa");
        ((long)one["backlog"]!).ShouldBe(12);
        ((long)one["dead"]!).ShouldBe(3);
        ((string?)one["lastError"]).ShouldBe("HTTP 503", "the newest of all pods counts");
        var first = (await tenant.GetAsync("/v1/webhooks?limit=1")).Body!;
        first["data"]!.AsArray().Count.ShouldBe(1);
        var second = (await tenant.GetAsync($"/v1/webhooks?limit=1&after={first["next"]}")).Body!;
        ((string?)second["data"]![0]!["name"]).ShouldBe("idle");
        ((string?)second["data"]![0]!["state"]).ShouldBe("Paused");
        second["next"].ShouldBeNull();
    }

    [Fact]
    public async Task Only_its_tenant_sees_it_and_only_a_key_for_all_sessions()
    {
        await using var world = await GatewayWorld.StartAsync();
        var acme = await world.TenantAsync();
        var crm = await WebhookAsync(world, acme, "crm", "https://crm.example.org/wa");
        await DeadAsync(world, crm, 31, 7);
        await KeysAsync(world, acme);
        await world.TenantAsync("other", Other);
        var gateway = await world.GatewayAsync();
        using var other = new Tenant(gateway, Other);
        using var narrow = new Tenant(gateway, Narrow);
        using var reader = new Tenant(gateway, Reader);

        foreach (var stranger in (Tenant[])[other, narrow])
        {
            (await stranger.GetAsync("/v1/webhooks/ns/crm")).Slug.ShouldBe("unknown-webhook");
            (await stranger.GetAsync("/v1/webhooks/ns/crm/dead")).Slug.ShouldBe("unknown-webhook");
            (await stranger.PostAsync("/v1/webhooks/ns/crm/retry", "{}")).Slug.ShouldBe(
                "unknown-webhook"
            );
            (await stranger.PostAsync("/v1/webhooks/ns/crm/resume", "")).Slug.ShouldBe(
                "unknown-webhook"
            );
            (await stranger.GetAsync("/v1/webhooks")).Body!["data"]!.AsArray().ShouldBeEmpty();
        }
        (await reader.GetAsync("/v1/webhooks/ns/crm")).Status.ShouldBe(200);
        (await reader.PostAsync("/v1/webhooks/ns/crm/retry", "{}")).Slug.ShouldBe(
            "forbidden-scope"
        );
        (await DueAsync(world, crm)).ShouldBe(0);
    }

    [Fact]
    public async Task What_was_given_up_is_listed_and_posted_once_more()
    {
        await using var world = await GatewayWorld.StartAsync();
        var acme = await world.TenantAsync();
        var crm = await WebhookAsync(world, acme, "crm", "https://crm.example.org/wa");
        foreach (var seq in (long[])[7, 8, 9])
            await DeadAsync(world, crm, 31, seq);
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);

        var first = (await tenant.GetAsync("/v1/webhooks/ns/crm/dead?limit=2")).Body!;
        first["data"]!.AsArray().Select(e => (string?)e!["id"]).ShouldBe(["evt_1f_7", "evt_1f_8"]);
        ((string?)first["data"]![0]!["error"]).ShouldBe("HTTP 400");
        var second = (
            await tenant.GetAsync($"/v1/webhooks/ns/crm/dead?limit=2&after={first["next"]}")
        ).Body!;
        second["data"]!.AsArray().Select(e => (string?)e!["id"]).ShouldBe(["evt_1f_9"]);

        var change = await ChangeAsync(world);
        var some = await tenant.PostAsync(
            "/v1/webhooks/ns/crm/retry",
            """{"ids":["evt_1f_8","evt_1f_8","evt_1f_999"]}"""
        );
        (some.Status, (int)some.Body!["retried"]!).ShouldBe((202, 1));
        (await DueAsync(world, crm)).ShouldBe(1);
        (await ChangeAsync(world)).ShouldBeGreaterThan(change, "pods do not learn of it");
        var all = await tenant.PostAsync("/v1/webhooks/ns/crm/retry", "{}");
        ((int)all.Body!["retried"]!).ShouldBe(2);
        (await tenant.GetAsync("/v1/webhooks/ns/crm/dead")).Body!["data"]!
            .AsArray()
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task A_disabled_one_posts_again_when_it_is_resumed()
    {
        await using var world = await GatewayWorld.StartAsync();
        var acme = await world.TenantAsync();
        var crm = await WebhookAsync(world, acme, "crm", "https://crm.example.org/wa");
        await world.PodAsync(0);
        await ReportAsync(world, crm, 0, backlog: 5, dead: 0, "HTTP 410", "10:00");
        await world.SqlAsync(
            $"update wa.webhook set disabled_at = now(), disabled_reason = 'HTTP 410' where id = {crm}"
        );
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        var before = (await tenant.GetAsync("/v1/webhooks/ns/crm")).Body!;
        ((string?)before["state"], (string?)before["disabledReason"]).ShouldBe(
            ("Disabled", "HTTP 410")
        );

        var resumed = await tenant.PostAsync("/v1/webhooks/ns/crm/resume", "");

        (resumed.Status, (string?)resumed.Body!["state"]).ShouldBe((202, "Delivering"));
        (await tenant.PostAsync("/v1/webhooks/ns/crm/resume", "")).Status.ShouldBe(202);
    }

    [Fact]
    public async Task A_test_is_brought_to_a_pod_that_runs_a_session_of_the_tenant()
    {
        await using var world = await GatewayWorld.StartAsync();
        var acme = await world.TenantAsync();
        await WebhookAsync(world, acme, "crm", "https://crm.example.org/wa");
        var session = await world.SessionAsync();
        await KeysAsync(world, acme);
        await world.TenantAsync("other", Other);
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway, Whole);
        using var reader = new Tenant(gateway, Reader);
        using var narrow = new Tenant(gateway, Narrow);
        using var other = new Tenant(gateway, Other);
        (await TestAsync(tenant)).Slug.ShouldBe("moving", "no session runs");
        var pod = await world.PodAsync(0);
        await world.OwnAsync(session, pod);
        const string said =
            """{"delivered":false,"milliseconds":7,"status":401,"error":"HTTP 401"}""";
        pod.Answer = http => FakePod.JsonAsync(http, 200, said);

        var told = await TestAsync(tenant);

        told.Status.ShouldBe(200);
        told.Body!.ToJsonString().ShouldBe(said);
        var asked = pod.Requests.Single();
        (asked.Method, asked.Path, asked.Body).ShouldBe(
            ("POST", $"{session.Path}/webhooks/crm/test", "")
        );
        asked.Headers.Authorization.ToString().ShouldBe($"Bearer {Whole}");
        (await TestAsync(reader)).Slug.ShouldBe("forbidden-scope");
        (await TestAsync(narrow)).Slug.ShouldBe("unknown-webhook");
        (await TestAsync(other)).Slug.ShouldBe("unknown-webhook");
        (await tenant.PostAsync("/v1/webhooks/ns/crm/test", "{}")).Status.ShouldBe(400);
        pod.Answer = FakePod.DieAsync;
        // It may have been posted: nothing posts it twice.
        (await TestAsync(tenant)).Slug.ShouldBe("outcome-unknown");
        pod.Requests.Count.ShouldBe(2);

        static Task<Answer> TestAsync(Tenant tenant) =>
            tenant.AskAsync(new(HttpMethod.Post, "/v1/webhooks/ns/crm/test"));
    }

    [Theory]
    [InlineData("/v1/webhooks?limit=0", 400)]
    [InlineData("/v1/webhooks?limit=1&limit=2", 400)]
    [InlineData("/v1/webhooks?after=x", 400)]
    [InlineData("/v1/webhooks?page=2", 400)]
    [InlineData("/v1/webhooks/ns/crm/dead?after=evt_1F_7", 400)]
    [InlineData("/v1/webhooks/ns/none", 404)]
    [InlineData("/v1/webhooks/ns/a%20b", 404)]
    [InlineData("/v1/webhooks/NS/crm", 404)]
    public async Task Bad_requests_are_problems(string path, int status)
    {
        await using var world = await GatewayWorld.StartAsync();
        await WebhookAsync(world, await world.TenantAsync(), "crm", "https://x.example/");
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.GetAsync(path);

        answer.Status.ShouldBe(status);
        answer.Slug.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("""{"ids":[]}""")]
    [InlineData("""{"ids":["evt_1f"]}""")]
    [InlineData("""{"ids":["evt_1f_-7"]}""")]
    [InlineData("""{"ids":["evt_01f_7"]}""")]
    [InlineData("""{"ids":[null]}""")]
    [InlineData("""{"ids":"evt_1f_7"}""")]
    [InlineData("""{"id":["evt_1f_7"]}""")]
    [InlineData("""{"ids":["\ud800"]}""")]
    [InlineData("null")]
    [InlineData("[")]
    public async Task Bad_bodies_are_problems(string body)
    {
        await using var world = await GatewayWorld.StartAsync();
        var crm = await WebhookAsync(world, await world.TenantAsync(), "crm", "https://x.example/");
        await DeadAsync(world, crm, 31, 7);
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.PostAsync("/v1/webhooks/ns/crm/retry", body);

        (answer.Status, answer.Slug).ShouldBe((400, "invalid-body"));
        (await DueAsync(world, crm)).ShouldBe(0);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(31, 42)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void An_id_is_read_as_it_is_written(long session, long seq) =>
        WebhookEventId
            .Read(WebhookEventId.Write(new(session, seq)))
            .ShouldBe(new PostedEvent(session, seq));

    private static async Task KeysAsync(GatewayWorld world, long tenant)
    {
        await world.Desired.PutApiKeysAsync(
            tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal)
                {
                    ["narrow/key"] = Hash(Narrow),
                    ["reader/key"] = Hash(Reader),
                    ["whole/key"] = Hash(Whole),
                },
                [],
                true
            )
            {
                Limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal)
                {
                    ["narrow/key"] = new(null, ["sales"], null),
                    ["reader/key"] = new([ApiScopes.WebhooksRead], null, null),
                },
            }
        );
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.ASCII.GetBytes(key));

    private static Task<long> WebhookAsync(
        GatewayWorld world,
        long tenant,
        string name,
        string url,
        bool paused = false
    ) =>
        ValueAsync<long>(
            world,
            $$"""
            with key as (insert into wa.box_key (public_key, private_box) values (decode(repeat('00', 32), 'hex'), '\x00') returning id)
            insert into wa.webhook (tenant_id, namespace, name, uid, generation, settings, box_key, secrets, secrets_tag)
            select {{tenant}}, 'ns', '{{name}}', 'uid-{{name}}', 1, '{"url":"{{url}}","paused":{{(
                paused ? "true" : "false"
            )}}}', k.id, '\x00', '\x00' from key k returning id
            """
        );

    private static Task ReportAsync(
        GatewayWorld world,
        long webhook,
        int ordinal,
        int backlog,
        int dead,
        string error,
        string at
    ) =>
        world.SqlAsync(
            $"""
            insert into wa.webhook_report (webhook_id, pool_uid, ordinal, lease_epoch, backlog, parked, dead, failing_since, last_error,
                                           last_error_at)
            select {webhook}, l.pool_uid, l.ordinal, l.epoch, {backlog}, 0, {dead}, '2026-12-01 {at}+00', '{error}', '2026-12-01 {at}+00'
              from wa.shard_lease l where l.ordinal = {ordinal}
            """
        );

    private static Task DeadAsync(GatewayWorld world, long webhook, long session, long seq) =>
        world.SqlAsync(
            $"""
            insert into wa.webhook_parked (webhook_id, session_id, seq, attempts, dead_at, error, type, key_version, ciphertext, at)
            values ({webhook}, {session}, {seq}, 9, now(), 'HTTP 400', 'message', 1, '\x00', now())
            """
        );

    private static Task<long> DueAsync(GatewayWorld world, long webhook) =>
        ValueAsync<long>(
            world,
            $"select count(*) from wa.webhook_parked where webhook_id = {webhook} and dead_at is null and due_at <= now()"
        );

    private static Task<long> ChangeAsync(GatewayWorld world) =>
        ValueAsync<long>(world, "select version from wa.webhook_change");

    private static async Task<T> ValueAsync<T>(GatewayWorld world, string sql) =>
        (T)(await world.SqlAsync(sql))!;
}
