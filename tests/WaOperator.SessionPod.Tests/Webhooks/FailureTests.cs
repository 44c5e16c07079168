using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Endpoints that fail, or refuse events.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task While_an_endpoint_fails_nothing_is_written_and_then_all_arrives_in_order()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = _ => Task.FromResult(503);
        var webhook = await world.WebhookAsync(session.Tenant);

        for (var i = 1; i <= 30; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i % 3));
        await Eventually.True(
            "the failure is reported",
            async () =>
                (await ReportAsync(world, webhook, "last_error"))?.StartsWith(
                    "HTTP 503",
                    StringComparison.Ordinal
                ) == true
        );
        (await ReportAsync(world, webhook, "failing_since")).ShouldNotBeNull();
        (await ReportAsync(world, webhook, "backlog")).ShouldBe("30");
        (await ReportAsync(world, webhook, "oldest_at")).ShouldNotBeNull();
        (
            await world.NumberAsync(
                "select (select count(*) from wa.webhook_cursor) + (select count(*) from wa.webhook_parked)"
            )
        ).ShouldBe(0);
        // Left alone: the first posts, and hardly another.
        world.Receiver.Seen.Count.ShouldBeLessThan(10);

        world.Receiver.Answer = _ => Task.FromResult(200);
        await world.Receiver.TakenAsync(30);
        var taken = world.Receiver.Taken.ToArray();
        taken.Select(t => t.Id).ShouldBeUnique();
        foreach (var chat in taken.GroupBy(t => t.Chat))
            chat.Select(t => t.Number).ShouldBeInOrder();
        taken.ShouldContain(t => t.Attempt > 1);
        await Eventually.True(
            "the success is reported",
            async () =>
                await ReportAsync(world, webhook, "failing_since") is null
                && await ReportAsync(world, webhook, "backlog") == "0"
                && await ReportAsync(world, webhook, "last_success_at") is not null
        );
    }

    [Fact]
    public async Task Since_when_events_wait_is_known_of_a_paused_webhook_too()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(session.Tenant, s => s with { Paused = true });

        await phone.JournalAsync(WebhookWorld.Text("M1"), WebhookWorld.Text("M2"));

        await Eventually.True(
            "the oldest event is reported",
            async () =>
                await world.NumberAsync(
                    $"""
                    select count(*) from wa.webhook_report r join wa.session_event e on e.session_id = {session.Id}
                     where r.webhook_id = {webhook} and r.backlog = 2 and r.oldest_at = e.at and e.seq = {PodWorld.Linked
                        + 1}
                    """
                ) == 1
        );
        world.Receiver.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_that_is_refused_is_parked_and_holds_its_chat_for_a_while()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = post => Task.FromResult(post.MessageId == "M1" ? 400 : 200);
        var webhook = await world.WebhookAsync(session.Tenant, s => s with { BlockSeconds = 3 });

        await phone.JournalAsync(
            WebhookWorld.Text("M1", chat: 1),
            WebhookWorld.Text("M2", chat: 1),
            WebhookWorld.Text("M3", chat: 2)
        );
        await world.Receiver.TakenAsync(1);
        world.Receiver.Taken.Single().MessageId.ShouldBe("M3");
        // As if it had been refused all the time before.
        await Eventually.True(
            "it is parked",
            async () =>
                await world.NumberAsync(
                    $"with u as (update wa.webhook_parked set attempts = 8 where webhook_id = {webhook} returning 1) select count(*) from u"
                ) == 1
        );
        await world.Receiver.TakenAsync(2);
        world.Receiver.Taken.Last().MessageId.ShouldBe("M2");
        var held = await world.World.SqlAsync(
            $"select (now() - parked_at >= interval '3 s')::text from wa.webhook_parked where webhook_id = {webhook}"
        );
        held.ShouldBe("true");

        await Eventually.True(
            "it is dead",
            async () => await ReportAsync(world, webhook, "dead") == "1"
        );
        (await ReportAsync(world, webhook, "parked")).ShouldBe("0");
        (
            await world.World.SqlAsync(
                $"select attempts::text || error from wa.webhook_parked where due_at is null and dead_at is not null"
            )
        ).ShouldBe("9HTTP 400 Bad Request");
        world.Receiver.Seen.Count(p => p.MessageId == "M1").ShouldBe(2);
        world.Receiver.Seen.Last(p => p.MessageId == "M1").Attempt.ShouldBe(9);
        (
            await world.NumberAsync(
                $"select seq from wa.webhook_cursor where webhook_id = {webhook}"
            )
        ).ShouldBe(PodWorld.Linked + 3);

        // As the gateway does for its tenant.
        world.Receiver.Answer = _ => Task.FromResult(200);
        await world.World.SqlAsync(
            $"select wa.webhook_retry({webhook}, array[{session.Tenant}]::bigint[], null, null, 100)"
        );
        await world.Receiver.TakenAsync(3);
        world.Receiver.Taken.Last().MessageId.ShouldBe("M1");
        await Eventually.True(
            "nothing is parked any more",
            async () => await world.NumberAsync("select count(*) from wa.webhook_parked") == 0
        );
    }

    [Fact]
    public async Task Where_too_many_refused_events_are_parked_the_next_one_stops_the_webhook()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = post => Task.FromResult(post.MessageId == "M1" ? 400 : 200);
        var webhook = await world.WebhookAsync(session.Tenant);
        await phone.JournalAsync(WebhookWorld.Text("M1"));
        await Eventually.True(
            "it is parked",
            async () => await ReportAsync(world, webhook, "parked") == "1"
        );
        await world.World.SqlAsync(
            $"""
            insert into wa.webhook_parked (webhook_id, session_id, seq, attempts, due_at, error, type, key_version, ciphertext, at)
            select p.webhook_id, p.session_id, -n, 2, now() + interval '1 day', 'HTTP 400', p.type, p.key_version, p.ciphertext, p.at
              from wa.webhook_parked p, generate_series(1, 9999) n
            """
        );
        // The next owner counts them.
        await pod.DisposeAsync();
        await world.PodAsync(uid: "pod-b");
        phone = await world.Network.ConnectionAsync(session, 3);
        await Eventually.True(
            "they are counted",
            async () => await ReportAsync(world, webhook, "parked") == "10000"
        );

        world.Receiver.Answer = post => Task.FromResult(post.MessageId == "M3" ? 400 : 200);
        await phone.JournalAsync(WebhookWorld.Text("M3", chat: 2));
        await Eventually.True(
            "it fails",
            async () =>
                await ReportAsync(world, webhook, "last_error")
                == "HTTP 400 Bad Request: and 10000 refused events wait for another try already"
        );
        (await ReportAsync(world, webhook, "failing_since")).ShouldNotBeNull();
        (await world.NumberAsync("select count(*) from wa.webhook_parked")).ShouldBe(10_000);

        // What is parked is tried all the same, and makes room.
        world.Receiver.Answer = post => Task.FromResult(post.MessageId == "M3" ? 400 : 200);
        await world.World.SqlAsync(
            "update wa.webhook_parked set due_at = now() where seq > 0; update wa.webhook set retries = retries + 1"
        );
        await world.Receiver.TakenAsync(1);
        world.Receiver.Taken.First().MessageId.ShouldBe("M1");
        await Eventually.True(
            "the next one is parked in its place",
            async () =>
                await world.NumberAsync("select count(*) from wa.webhook_parked where seq > 0") == 1
        );
        (await world.NumberAsync("select count(*) from wa.webhook_parked")).ShouldBe(10_000);
    }

    [Fact]
    public async Task Of_too_many_dead_events_the_oldest_go()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = _ => Task.FromResult(400);
        var webhook = await world.WebhookAsync(session.Tenant);
        await phone.JournalAsync(WebhookWorld.Text("M1"));
        await Eventually.True(
            "it is parked",
            async () => await ReportAsync(world, webhook, "parked") == "1"
        );

        await world.World.SqlAsync(
            """
            insert into wa.webhook_parked (webhook_id, session_id, seq, attempts, dead_at, error, type, key_version, ciphertext, at)
            select p.webhook_id, p.session_id, -n, 9, now() - n * interval '1 s', 'HTTP 400', p.type, p.key_version, p.ciphertext, p.at
              from wa.webhook_parked p, generate_series(1, 10050) n;
            update wa.webhook set retries = retries + 1
            """
        );

        await Eventually.True(
            "10,000 are left",
            async () => await ReportAsync(world, webhook, "dead") == "10000"
        );
        (await world.NumberAsync("select min(seq) from wa.webhook_parked")).ShouldBe(-10_000);
        (await world.NumberAsync("select count(*) from wa.webhook_parked where seq > 0")).ShouldBe(
            1
        );
    }

    [Fact]
    public async Task An_event_that_its_endpoint_always_fails_on_is_parked_and_stops_no_other()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = post => Task.FromResult(post.MessageId == "M1" ? 500 : 200);
        var webhook = await world.WebhookAsync(session.Tenant);

        // More than a page.
        await phone.JournalAsync([
            WebhookWorld.Text("M1", chat: 1),
            .. Enumerable.Range(2, 99).Select(i => WebhookWorld.Text($"M{i}", chat: 2)),
        ]);

        await world.Receiver.TakenAsync(99);
        world
            .Receiver.Taken.Select(t => t.Number)
            .Distinct()
            .ShouldBe(Enumerable.Range(2, 99), "in the order of their chat");
        await Eventually.True(
            "it is parked",
            async () =>
                await world.NumberAsync(
                    $"select count(*) from wa.webhook_parked where webhook_id = {webhook} and seq > 0"
                ) == 1,
            TimeSpan.FromSeconds(120)
        );
    }

    [Fact]
    public async Task An_event_that_was_refused_once_is_taken_later_and_its_chat_continues_behind_it()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = post =>
            Task.FromResult(post is { MessageId: "M1", Attempt: 1 } ? 422 : 200);
        await world.WebhookAsync(session.Tenant);

        await phone.JournalAsync(WebhookWorld.Text("M1"), WebhookWorld.Text("M2"));

        await world.Receiver.TakenAsync(2);
        world.Receiver.Taken.Select(t => t.MessageId).ShouldBe(["M1", "M2"]);
        await Eventually.True(
            "nothing is parked",
            async () => await world.NumberAsync("select count(*) from wa.webhook_parked") == 0
        );
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_disables_its_webhook()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = _ => Task.FromResult(410);
        var webhook = await world.WebhookAsync(session.Tenant);

        await phone.JournalAsync(WebhookWorld.Text("M1"));

        await Eventually.True(
            "it is disabled",
            async () =>
                (string?)
                    await world.World.SqlAsync(
                        $"select disabled_reason from wa.webhook where id = {webhook} and disabled_at is not null"
                    )
                    is { } reason
                && reason.Contains("HTTP 410", StringComparison.Ordinal)
        );
        world.Receiver.Answer = _ => Task.FromResult(200);
        await phone.JournalAsync(WebhookWorld.Text("M2"));
        await Eventually.True(
            "its backlog is reported",
            async () => await ReportAsync(world, webhook, "backlog") == "2"
        );
        world.Receiver.Taken.ShouldBeEmpty();

        // Enabled again, it continues where it was.
        await world.World.SqlAsync(
            $"update wa.webhook set disabled_at = null, disabled_reason = null, generation = generation + 1 where id = {webhook}"
        );
        await world.Receiver.TakenAsync(2);
    }

    [Fact]
    public async Task An_endpoint_that_fails_for_too_long_disables_its_webhook_and_a_restart_does_not_begin_the_count_again()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = _ => Task.FromResult(500);
        var webhook = await world.WebhookAsync(session.Tenant, s => s with { HorizonHours = 1 });
        await phone.JournalAsync(WebhookWorld.Text("M1"));
        await Eventually.True(
            "the failure is reported",
            async () => await ReportAsync(world, webhook, "failing_since") is not null
        );
        await pod.StopAsync();
        await world.World.SqlAsync(
            "update wa.webhook_report set failing_since = failing_since - interval '2 h'"
        );
        await world.PodAsync(uid: "pod-b");

        await Eventually.True(
            "it is disabled",
            async () =>
                (string?)
                    await world.World.SqlAsync(
                        $"select disabled_reason from wa.webhook where id = {webhook}"
                    )
                    is { } reason
                && reason.Contains("failed for 1 h", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("https://10.0.0.1:PORT/", "AddressRefused: ")]
    [InlineData("https://127.0.0.1:1/", "AddressRefused: ")]
    [InlineData("https://127.0.0.2:PORT/", "connection refused")]
    public async Task What_cannot_be_posted_to_is_said(string url, string error)
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var port = $"{world.Receiver.Address.Port}";
        var webhook = await world.WebhookAsync(
            session.Tenant,
            s => s with { Url = url.Replace("PORT", port, StringComparison.Ordinal) }
        );

        await phone.JournalAsync(WebhookWorld.Text("M1"));

        await Eventually.True(
            "the failure is reported",
            async () =>
                (await ReportAsync(world, webhook, "last_error"))?.StartsWith(
                    error,
                    StringComparison.Ordinal
                ) == true
        );
        world.Receiver.Seen.ShouldBeEmpty();
    }

    private static async Task<string?> ReportAsync(
        WebhookWorld world,
        long webhook,
        string column
    ) =>
        await world.World.SqlAsync(
            $"select {column}::text from wa.webhook_report where webhook_id = {webhook}"
        ) as string;
}
