using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Broadcasts;

/// <summary>Broadcasts that run.</summary>
public sealed class BroadcastTests
{
    [Fact]
    public async Task Each_recipient_gets_its_own_text_once_and_the_end_is_told()
    {
        await using var scene = await BroadcastScene.StartAsync();
        var ben = await scene.World.PairedAsync(0);
        var id = await scene.StartedAsync(Enumerable.Range(0, 5));
        // Once more, and two that are new: one of them has a device that tells of what it gets.
        var again = await scene.AskAsync(
            200,
            HttpMethod.Post,
            $"/{id}/recipients",
            BroadcastScene.Lines(Enumerable.Range(0, 6))
                + "\n"
                + $$$"""{"to":"+{{{ben.Phone}}}","vars":{"name":"Ben"}}"""
        );
        again.ToJsonString().ShouldBe("""{"added":2,"known":5,"total":7}""");

        var end = await scene.UntilAsync(id, "Finished");

        (await scene.SentAsync())
            .Select(m => m.To.Split('@')[0])
            .Order()
            .ShouldBe(
                [.. Enumerable.Range(0, 6).Select(BroadcastScene.Number), ben.Phone],
                ignoreOrder: true
            );
        BroadcastScene.Count(end, "pending").ShouldBe(0);
        await scene.UntilAsync(
            id,
            "one is delivered",
            b => BroadcastScene.Count(b, "delivered") == 1
        );
        var listed = await scene.AskAsync(
            200,
            HttpMethod.Get,
            $"/{id}/recipients?state=Delivered&limit=2"
        );
        ((string?)listed["data"]![0]!["vars"]!["name"]).ShouldBe("Ben");
        await SaysAsync(scene, ben, "Hi Ben");
        await ToldAsync(scene, "Running", "Finished");
    }

    [Fact]
    public async Task A_message_that_was_queued_before_a_crash_is_not_queued_again()
    {
        var network = new FakeNetwork();
        await using var scene = await BroadcastScene.StartAsync(network);
        var connection = await network.ConnectionAsync(scene.Session, 2);
        var id = await scene.StartedAsync(Enumerable.Range(0, 3), new { perMinute = 100 });
        await Eventually.True(
            "three are given to the connection",
            () => connection.Sent.Count == 3
        );
        var first = connection.Sent.First();
        await connection.CommitAsync(
            new() { Outbound = [first.As(OutboundState.Encrypted, stanza: [1])] }
        );
        // As if its recipient had not been marked, nor what came after it been queued.
        await scene.World.SqlAsync(
            $"""
            update wa.session_broadcast_recipient set state = 0 where session_id = {scene.Session.Id};
            delete from wa.session_outbox where session_id = {scene.Session.Id} and id <> '{first.Id}'
            """
        );
        // The pod reads it again.
        await scene.AskAsync(200, HttpMethod.Post, $"/{id}/pause");
        await scene.AskAsync(200, HttpMethod.Post, $"/{id}/resume");

        await Eventually.True(
            "all are marked once more",
            async () =>
                await scene.World.SqlAsync(
                    $"select count(*) from wa.session_broadcast_recipient where session_id = {scene.Session.Id} and state = 1"
                )
                    is 3L
        );
        (
            await scene.World.SqlAsync(
                $"select count(*) from wa.session_outbox where session_id = {scene.Session.Id}"
            )
        ).ShouldBe(3L);
        connection.Sent.Count(m => m.Id == first.Id).ShouldBe(1);
        connection.Sent.Select(m => m.To).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task After_a_pause_nothing_more_is_queued_than_was_ahead()
    {
        var network = new FakeNetwork();
        await using var scene = await BroadcastScene.StartAsync(network);
        var connection = await network.ConnectionAsync(scene.Session, 2);
        // The fake server confirms nothing: what is ahead stays ahead.
        var id = await scene.StartedAsync(Enumerable.Range(0, 20));
        await Eventually.True(
            "as many as may be are ahead",
            () => connection.Sent.Count == FeedStep.Ahead
        );
        foreach (var message in connection.Sent)
            await connection.CommitAsync(new() { Outbound = [message.As(OutboundState.Acked)] });
        await Eventually.True("the next one went", () => connection.Sent.Count > FeedStep.Ahead);

        await scene.AskAsync(200, HttpMethod.Post, $"/{id}/pause");
        var paused = await scene.UntilAsync(id, "Paused");
        await ToldAsync(scene, "Running", "Paused");
        var sent = connection.Sent.Count;
        sent.ShouldBeLessThanOrEqualTo(2 * FeedStep.Ahead);
        await scene.HoldsAsync("nothing more goes", () => connection.Sent.Count == sent);

        BroadcastScene.Count(paused, "sent").ShouldBe(FeedStep.Ahead);
        BroadcastScene.Count(paused, "pending").ShouldBeGreaterThanOrEqualTo(20 - sent - 1);
        // Cancelled, those that wait are skipped.
        await scene.AskAsync(200, HttpMethod.Post, $"/{id}/cancel");
        var cancelled = await scene.UntilAsync(id, "Cancelled");
        BroadcastScene.Count(cancelled, "pending").ShouldBe(0);
        BroadcastScene.Count(cancelled, "skipped").ShouldBeGreaterThanOrEqualTo(20 - sent);
        await scene.AskAsync(409, HttpMethod.Post, $"/{id}/resume");
        await scene.AskAsync(204, HttpMethod.Delete, $"/{id}");
        (
            await scene.World.SqlAsync("select count(*) from wa.session_broadcast_recipient")
        ).ShouldBe(0L);
    }

    [Fact]
    public async Task A_message_that_is_queued_while_its_broadcast_is_cancelled_is_taken_back()
    {
        var network = new FakeNetwork();
        await using var scene = await BroadcastScene.StartAsync(network);
        var made = await scene.AskAsync(
            201,
            HttpMethod.Post,
            "",
            new
            {
                name = "nov",
                message = new { text = "x" },
                recipients = new[] { new { to = BroadcastScene.Number(0) } },
            }
        );
        // As a commit that comes behind the cancellation leaves it: the recipient is skipped, its message is queued.
        await scene.World.SqlAsync(
            $"""
            insert into wa.session_outbox (session_id, state, body_version, detail_version, id, body)
            select session_id, 0, 1, 1, message, '' from wa.session_broadcast_recipient where session_id = {scene.Session.Id}
            """
        );

        await scene.AskAsync(200, HttpMethod.Post, $"/{made["id"]}/cancel");

        await Eventually.True(
            "it is taken back",
            async () =>
                await scene.World.SqlAsync(
                    $"select state from wa.session_outbox where session_id = {scene.Session.Id}"
                )
                    is (short)5
        );
        await ToldAsync(scene, "Cancelled");
    }

    [Fact]
    public async Task Ordinary_messages_of_the_session_go_first()
    {
        var network = new FakeNetwork();
        await using var scene = await BroadcastScene.StartAsync(network);
        var connection = await network.ConnectionAsync(scene.Session, 2);
        // Something that is not confirmed yet, as far as the queue knows.
        await scene.World.SqlAsync(
            $"insert into wa.session_outbox (session_id, state, body_version, detail_version, id, body) values ({scene.Session.Id}, 0, 1, 1, 'ORDINARY1', '')"
        );
        var id = await scene.StartedAsync([1]);
        await scene.HoldsAsync("it yields", () => connection.Sent.IsEmpty);

        await scene.World.SqlAsync(
            $"update wa.session_outbox set state = 2, settled_at = now() where id = 'ORDINARY1'"
        );

        await Eventually.True("it is its turn", () => connection.Sent.Count == 1);
        (await scene.UntilAsync(id, "Running"))["counts"]!["queued"]!.GetValue<long>().ShouldBe(1);
    }

    [Fact]
    public async Task It_stops_when_too_many_are_refused_and_says_so()
    {
        await using var scene = await BroadcastScene.StartAsync();
        using var refusing = await scene.World.PostAsync(
            "/faults/refuse-messages",
            new RefuseMessagesRequest(scene.Session.Phone, null, 1000, Error: 479)
        );
        refusing.IsSuccessStatusCode.ShouldBeTrue();

        var id = await scene.StartedAsync(
            Enumerable.Range(0, 40),
            stopOn: new { failedPercent = 50 }
        );
        var stopped = await scene.UntilAsync(id, "Stopped");

        ((string?)stopped["reason"]).ShouldBe("TooManyFailed");
        BroadcastScene.Count(stopped, "failed").ShouldBeInRange(20, 20 + FeedStep.Ahead);
        var left = BroadcastScene.Count(stopped, "pending");
        left.ShouldBeGreaterThanOrEqualTo(20 - FeedStep.Ahead);
        // What was refused before does not stop it once more.
        scene.World.Simulator.Server.Faults.Clear();
        await scene.AskAsync(200, HttpMethod.Post, $"/{id}/resume");
        BroadcastScene.Count(await scene.UntilAsync(id, "Finished"), "sent").ShouldBe(left);
    }

    [Fact]
    public async Task A_timelock_stops_it_and_so_does_a_logout()
    {
        var network = new FakeNetwork();
        await using var scene = await BroadcastScene.StartAsync(network);
        var connection = await network.ConnectionAsync(scene.Session, 2);
        var id = await scene.StartedAsync(Enumerable.Range(0, 20));
        await Eventually.True("it has begun", () => !connection.Sent.IsEmpty);

        await connection.TellAsync(new ReachOutLocked("3EB0000000", "refused with 463"));
        ((string?)(await scene.UntilAsync(id, "Stopped"))["reason"]).ShouldBe("Timelocked");
        connection.Sent.Count.ShouldBeLessThanOrEqualTo(FeedStep.Ahead);
        // A state that another follows before it is told is not told.
        await ToldAsync(scene, "Running", "Stopped");
        await scene.AskAsync(200, HttpMethod.Post, $"/{id}/cancel");
        await ToldAsync(scene, "Running", "Stopped", "Cancelled");

        var other = await scene.StartedAsync(
            Enumerable.Range(0, 20),
            stopOn: new { timelocked = false }
        );
        await ToldAsync(scene, "Running", "Stopped", "Cancelled", "Running");
        connection.End(DisconnectKind.LoggedOut);
        await scene.Session.PhaseAsync(SessionPhase.LoggedOut);
        ((string?)(await scene.UntilAsync(other, "Stopped"))["reason"]).ShouldBe("LoggedOut");
        await scene.AskAsync(409, HttpMethod.Post, $"/{other}/resume");
        // Told although nothing is connected.
        await ToldAsync(scene, "Running", "Stopped", "Cancelled", "Running", "Stopped");
    }

    [Fact]
    public async Task A_session_that_moves_meanwhile_writes_to_each_once()
    {
        await using var scene = await BroadcastScene.StartAsync();
        var next = await scene.World.PodAsync(1, "pod-b");
        var id = await scene.StartedAsync(Enumerable.Range(0, 16));
        await scene.UntilAsync(id, "some are sent", b => BroadcastScene.Count(b, "sent") >= 4);

        await scene.Session.PlaceAsync(1);
        await scene.Session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);
        scene.Ask(next);
        var end = await scene.UntilAsync(id, "Finished");

        BroadcastScene.Count(end, "sent").ShouldBe(16);
        (await scene.SentAsync())
            .Select(m => m.To.Split('@')[0])
            .Order()
            .ShouldBe(Enumerable.Range(0, 16).Select(BroadcastScene.Number));
    }

    [Fact]
    public async Task A_process_that_is_killed_meanwhile_loses_none_and_sends_none_twice()
    {
        var world = await PodWorld.StartAsync();
        var port = PostgresServer.FreePort();
        ChildPod Start() => ChildPod.Start(world.Options(0, "pod-a") with { ApiPort = port });
        var first = Start();
        await first.HoldsLeaseAsync();
        await using var scene = await BroadcastScene.OfAsync(
            world,
            new Uri($"http://127.0.0.1:{port}")
        );
        var id = await scene.StartedAsync(Enumerable.Range(0, 16));
        await Eventually.True(
            "some are sent",
            async () => (await scene.SentAsync()).Count >= 4,
            TimeSpan.FromSeconds(60)
        );

        await first.KillAsync();
        await first.DisposeAsync();
        await using var second = Start();
        await second.HoldsLeaseAsync();
        var end = await scene.UntilAsync(id, "Finished");

        BroadcastScene.Count(end, "sent").ShouldBe(16);
        (await scene.SentAsync())
            .Select(m => m.To.Split('@')[0])
            .Order()
            .ShouldBe(Enumerable.Range(0, 16).Select(BroadcastScene.Number));
    }

    [Fact]
    public async Task A_file_is_looked_up_when_it_is_made_and_stops_it_when_it_has_expired()
    {
        var network = new FakeNetwork();
        await using var scene = await BroadcastScene.StartAsync(network);
        var connection = await network.ConnectionAsync(scene.Session, 2);
        using var files = new MediaClient(scene.Pod);
        var media = await files.UploadedAsync(scene.Session.Name, [1, 2, 3], "image/jpeg");
        object Asked(string id, string kind) =>
            new Dictionary<string, object>
            {
                ["name"] = "picture",
                ["message"] = new Dictionary<string, object> { [kind] = new { media = id } },
                ["recipients"] = new[]
                {
                    new { to = BroadcastScene.Number(0) },
                    new { to = BroadcastScene.Number(1) },
                },
                ["pacing"] = BroadcastScene.Fast,
            };
        await scene.AskAsync(404, HttpMethod.Post, "", Asked("med_1", "image"));
        await scene.AskAsync(400, HttpMethod.Post, "", Asked(media, "sticker"));
        var made = await scene.AskAsync(201, HttpMethod.Post, "", Asked(media, "image"));
        var sent = (string)made["id"]!;
        await scene.AskAsync(200, HttpMethod.Post, $"/{sent}/start");
        await Eventually.True("both are sent", () => connection.Sent.Count == 2);
        await scene.AskAsync(200, HttpMethod.Post, $"/{sent}/cancel");

        made = await scene.AskAsync(201, HttpMethod.Post, "", Asked(media, "image"));
        var late = (string)made["id"]!;
        await scene.World.SqlAsync("delete from wa.session_media");
        await scene.AskAsync(200, HttpMethod.Post, $"/{late}/start");
        var stopped = await scene.UntilAsync(late, "Stopped");

        ((string?)stopped["reason"]).ShouldBe("MessageInvalid");
        BroadcastScene.Count(stopped, "pending").ShouldBe(2);
    }

    /// <summary>Waits for the states that were told, in their order.</summary>
    private static async Task ToldAsync(BroadcastScene scene, params string[] states)
    {
        using var events = await scene.FollowAsync();
        var told = new List<string>();
        while (told.Count < states.Length)
        {
            var state = (string)(await events.NextAsync("broadcast")).Data["state"]!;
            // Once a minute one that runs is told again.
            if (told.LastOrDefault() != state)
                told.Add(state);
        }
        told.ShouldBe(states);
    }

    private static async Task SaysAsync(BroadcastScene scene, TestSession to, string text)
    {
        using var events = await scene.FollowAsync(to.Name);
        ((string?)(await events.NextAsync("message")).Data["text"]).ShouldBe(text);
    }
}
