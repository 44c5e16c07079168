using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Webhooks;

/// <summary>Replays over the API; pods make them.</summary>
public sealed class ReplayTests
{
    private const string Path = "/v1/webhooks/ns/crm/replay";
    private const string Span =
        "\"from\":\"2026-12-01T10:00:00Z\",\"to\":\"2026-12-01T12:00:00+01:00\"";
    private const string Other = "other-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task It_is_of_the_sessions_of_which_something_was_posted_and_there_is_one_at_a_time()
    {
        await using var world = await GatewayWorld.StartAsync();
        var crm = await WebhookRows.AddAsync(world, await world.TenantAsync(), "crm");
        await world.TenantAsync("other", Other);
        foreach (var _ in (int[])[1, 2, 3])
            await world.SessionAsync();
        await WebhookRows.CursorAsync(world, crm, "s-1", 7);
        await WebhookRows.CursorAsync(world, crm, "s-2", 9);
        using var tenant = new Tenant(await world.GatewayAsync());
        var change = await ChangeAsync(world);

        var one = await tenant.PostAsync(Path, $$"""{"session":"ns/s-1",{{Span}}}""");
        (one.Status, (long)one.Body!["number"]!, (long)one.Body["sessions"]!).ShouldBe((202, 1, 1));
        (await ChangeAsync(world)).ShouldBeGreaterThan(change, "pods do not learn of it");
        var all = await tenant.PostAsync(Path, $"{{{Span}}}");
        (all.Status, all.Slug).ShouldBe((409, "replay-running"));
        (await tenant.PostAsync(Path, $$"""{"session":"ns/s-2",{{Span}}}""")).Status.ShouldBe(202);
        var none = await tenant.PostAsync(Path, $$"""{"session":"ns/s-9",{{Span}}}""");
        (none.Status, none.Slug).ShouldBe((404, "unknown-session"));

        // As a pod does.
        await world.SqlAsync(
            "update wa.webhook_replay set posted = 5, refused = 1, seq = 7, done_at = now() where replay = 1"
        );
        var list = (await tenant.GetAsync(Path)).Body!["data"]!.AsArray();
        list.Select(r => (string?)r!["state"]).ShouldBe(["Running", "Done"]);
        (
            (string?)list[1]!["session"],
            (long)list[1]!["posted"]!,
            (long)list[1]!["refused"]!
        ).ShouldBe(("ns/s-1", 5, 1));
        ((string?)list[1]!["only"], (DateTimeOffset)list[1]!["to"]!).ShouldBe(
            ("all", DateTimeOffset.Parse("2026-12-01T11:00:00Z", null))
        );
        var ended = await tenant.AskAsync(new(HttpMethod.Delete, Path));
        (ended.Status, (long)ended.Body!["sessions"]!).ShouldBe((202, 1));
        all = await tenant.PostAsync(Path, $"{{{Span}}}");
        (all.Status, (long)all.Body!["sessions"]!).ShouldBe((202, 2));
        list = (await tenant.GetAsync(Path)).Body!["data"]!.AsArray();
        ((long)list.Single()!["number"]!, (long)list.Single()!["sessions"]!).ShouldBe((3, 2));
    }

    [Fact]
    public async Task Only_sessions_that_the_webhook_asks_for_are_replayed_and_only_what_was_given_up()
    {
        await using var world = await GatewayWorld.StartAsync();
        var crm = await WebhookRows.AddAsync(
            world,
            await world.TenantAsync(),
            "crm",
            """{"url":"https://crm.example.org/wa","sessions":["s-2","s-3"]}"""
        );
        foreach (var number in (int[])[1, 2, 3])
        {
            await world.SessionAsync();
            await WebhookRows.CursorAsync(world, crm, $"s-{number}", 7);
        }
        await world.SqlAsync(
            $"""
            insert into wa.webhook_parked (webhook_id, session_id, seq, attempts, dead_at, error, type, key_version, ciphertext, at)
            select {crm}, id, 3, 9, now(), 'HTTP 400', 'message', 1, '\x00', '2026-12-01 10:30+00' from wa.session where name = 's-3'
            """
        );
        using var tenant = new Tenant(await world.GatewayAsync());

        var failed = await tenant.PostAsync(Path, $$"""{"only":"failed",{{Span}}}""");
        (failed.Status, (long)failed.Body!["sessions"]!).ShouldBe((202, 1));
        await tenant.AskAsync(new(HttpMethod.Delete, Path));
        var all = await tenant.PostAsync(Path, $"{{{Span}}}");
        ((long)all.Body!["sessions"]!).ShouldBe(2);
    }

    [Fact]
    public async Task It_is_for_who_may_write_webhooks_of_the_tenant()
    {
        await using var world = await GatewayWorld.StartAsync();
        var crm = await WebhookRows.AddAsync(world, await world.TenantAsync(), "crm");
        await world.SessionAsync();
        await WebhookRows.CursorAsync(world, crm, "s-1", 7);
        await world.TenantAsync("other", Other);
        using var other = new Tenant(await world.GatewayAsync(), Other);

        (await other.PostAsync(Path, $"{{{Span}}}")).Slug.ShouldBe("unknown-webhook");
        (await other.GetAsync(Path)).Slug.ShouldBe("unknown-webhook");
        (await other.AskAsync(new(HttpMethod.Delete, Path))).Slug.ShouldBe("unknown-webhook");
        ((long)(await world.SqlAsync("select count(*) from wa.webhook_replay"))!).ShouldBe(0);
    }

    [Theory]
    [InlineData("{}", "#/from")]
    [InlineData("""{"from":"2026-12-01T10:00:00Z"}""", "#/to")]
    [InlineData("""{"from":"2026-12-01T10:00:00Z","to":"2026-12-01T10:00:00Z"}""", "#/to")]
    [InlineData(
        """{"from":"2026-12-01T10:00:00Z","to":"2026-12-02T10:00:00Z","only":"dead"}""",
        "#/only"
    )]
    [InlineData(
        """{"from":"2026-12-01T10:00:00Z","to":"2026-12-02T10:00:00Z","session":"sales"}""",
        "#/session"
    )]
    [InlineData("""{"from":"yesterday","to":"today"}""", null)]
    [InlineData("", null)]
    public async Task Bad_spans_are_problems(string body, string? where)
    {
        await using var world = await GatewayWorld.StartAsync();
        await WebhookRows.AddAsync(world, await world.TenantAsync(), "crm");
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.PostAsync(Path, body);

        answer.Status.ShouldBe(400);
        if (where is not null)
            ((string?)answer.Body!["errors"]![0]!["pointer"]).ShouldBe(where);
    }

    private static async Task<long> ChangeAsync(GatewayWorld world) =>
        (long)(await world.SqlAsync("select version from wa.webhook_change"))!;
}
