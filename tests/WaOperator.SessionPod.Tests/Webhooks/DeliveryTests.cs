using System.Text;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Events on their way from a session to an endpoint, through a whole pod.</summary>
public sealed class DeliveryTests
{
    [Fact]
    public async Task Events_arrive_signed_in_order_and_once()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(session.Tenant);

        for (var i = 1; i <= 50; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i % 3));

        await world.Receiver.TakenAsync(50);
        var taken = world.Receiver.Taken.ToArray();
        taken.Length.ShouldBe(50);
        taken.Select(t => t.Id).ShouldBeUnique();
        taken.ShouldAllBe(t => t.IsSignedBy(WebhookWorld.Secret) && t.Attempt == 1);
        foreach (var chat in taken.GroupBy(t => t.Chat))
            chat.Select(t => t.Number).ShouldBeInOrder();
        await Eventually.True(
            "the cursor is at the end",
            async () =>
                await world.NumberAsync(
                    $"select coalesce(max(seq), 0) from wa.webhook_cursor where webhook_id = {webhook}"
                )
                == PodWorld.Linked + 50
        );
    }

    [Fact]
    public async Task What_is_told_of_a_message_waits_for_the_message_by_whichever_address()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        await world.WebhookAsync(session.Tenant);
        var (chat, lid, stranger) = (
            WebhookWorld.Chat(1),
            Jid.Parse("777@lid"),
            WebhookWorld.Chat(2)
        );
        await phone.CommitAsync(
            new()
            {
                Records =
                [
                    new RecordWrite(RecordNames.Lid(lid), Encoding.UTF8.GetBytes(chat.ToString())),
                ],
            }
        );
        var answer = new TaskCompletionSource<int>();
        world.Receiver.Answer = post => post.MessageId == "M1" ? answer.Task : Task.FromResult(200);

        await phone.JournalAsync(
            new MessageSent("M1", chat.ToString(), 1_700_000_000),
            Receipt(chat),
            Receipt(lid),
            Receipt(stranger)
        );

        await world.Receiver.TakenAsync(1);
        // The page of the first is posted as a whole but for what waits: the stranger's could not have overtaken it otherwise.
        world
            .Receiver.Seen.Select(t => t.Chat)
            .Order()
            .ShouldBe(new[] { chat.ToString(), stranger.ToString() }.Order());
        answer.SetResult(200);
        await world.Receiver.TakenAsync(4);
        world
            .Receiver.Taken.Where(t => t.Chat != stranger.ToString())
            .Select(t => (t.Type, t.Chat))
            .ShouldBe([
                ("message.sent", chat.ToString()),
                ("message.read", chat.ToString()),
                ("message.read", lid.ToString()),
            ]);

        static ReceiptReceived Receipt(Jid of) => new("read", of, of, false, 1_700_000_001, ["M1"]);
    }

    [Fact]
    public async Task What_a_session_did_before_its_webhook_was_made_is_posted_only_from_the_earliest()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        await phone.JournalAsync(WebhookWorld.Text("M1"), WebhookWorld.Text("M2"));
        await world.WebhookAsync(
            session.Tenant,
            s => s with { Url = $"{world.Receiver.Address}now" }
        );
        await world.WebhookAsync(
            session.Tenant,
            s => s with { StartFrom = WebhookStart.Earliest, Format = WebhookFormat.Thin }
        );
        await phone.JournalAsync(WebhookWorld.Text("M3"));

        await world.Receiver.TakenAsync(PodWorld.Linked + 4);
        var taken = world.Receiver.Taken.ToArray();
        var thin = taken.Where(t => t.Json["data"] is null).ToArray();
        Sequences(chat: null).ShouldBe(["1", "2", "3"], "of the session itself");
        Sequences(WebhookWorld.Chat(1).ToString()).ShouldBe(["4", "5", "6"]);
        taken.Except(thin).Single().MessageId.ShouldBe("M3");

        IEnumerable<string> Sequences(string? chat) =>
            thin.Where(t => t.Chat == chat).Select(t => (string)t.Json["sequence"]!);
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_posted_of_the_sessions_that_are_asked_for()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (first, one) = await world.SessionAsync();
        var (_, two) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(
            first.Tenant,
            s => s with { Events = ["message.echo", "identity.*"], Sessions = [first.Name] },
            new()
            {
                Signing = [WebhookWorld.Secret, OtherSecret],
                Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer abc" },
            }
        );

        await two.JournalAsync(WebhookWorld.Text("M0", fromMe: true));
        await one.JournalAsync(
            WebhookWorld.Text("M1"),
            WebhookWorld.Text("M2", fromMe: true),
            new IdentityChanged(WebhookWorld.Chat(1), 1_700_000_000),
            new ReceiptReceived(
                "read",
                WebhookWorld.Chat(1),
                WebhookWorld.Chat(1),
                false,
                1_700_000_000,
                ["M9"]
            )
        );

        await world.Receiver.TakenAsync(2);
        await Eventually.True(
            "the cursor is behind what was posted",
            async () =>
                await world.NumberAsync(
                    $"select coalesce(max(seq), 0) from wa.webhook_cursor where webhook_id = {webhook}"
                )
                >= PodWorld.Linked + 3
        );
        var taken = world.Receiver.Taken.ToArray();
        taken.Select(t => t.Type).Order().ShouldBe(["identity.changed", "message.echo"]);
        taken.ShouldAllBe(t =>
            t.IsSignedBy(WebhookWorld.Secret)
            && t.IsSignedBy(OtherSecret)
            && t.Headers["Authorization"] == "Bearer abc"
            && t.Headers["User-Agent"] == "WaOperator-Webhook/1"
            && t.Headers["Content-Type"] == "application/json"
        );
    }

    [Fact]
    public async Task A_paused_webhook_keeps_its_cursor_and_what_was_pruned_meanwhile_is_a_gap()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(session.Tenant);
        await phone.JournalAsync(WebhookWorld.Text("M1"));
        await world.Receiver.TakenAsync(1);
        await pod.StopAsync();
        await world.ChangeAsync(webhook, s => s with { Paused = true });
        await world.PodAsync(uid: "pod-b");
        phone = await world.Network.ConnectionAsync(session, 3);
        await phone.EstablishAsync();
        for (var i = 2; i <= 5; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}"));
        await world.World.SqlAsync(
            $"delete from wa.session_event where seq <= {PodWorld.Linked + 3}; insert into wa.session_pruned values ({session.Id}, {PodWorld.Linked + 3})"
        );
        await Eventually.True(
            "what waits is reported",
            async () => await world.NumberAsync("select max(backlog) from wa.webhook_report") == 4
        );
        world.Receiver.Seen.Count.ShouldBe(1);

        await world.ChangeAsync(webhook, s => s with { Paused = false, Events = ["message.*"] });
        await world.Receiver.TakenAsync(4);
        var taken = world.Receiver.Taken.Skip(1).ToArray();
        taken.Select(t => t.Type).ShouldBe(["gap", "message.received", "message.received"]);
        taken[0].Id.ShouldBe($"evt_{session.Id:x}_gap_{PodWorld.Linked + 3}");
        ((long)taken[0].Json["data"]!["from"]!).ShouldBe(PodWorld.Linked + 2);
        ((long)taken[0].Json["data"]!["to"]!).ShouldBe(PodWorld.Linked + 3);
        taken[1].Id.ShouldBe($"evt_{session.Id:x}_{PodWorld.Linked + 4}");
    }

    [Fact]
    public async Task When_its_owner_is_replaced_nothing_is_missing_and_what_comes_twice_has_one_id()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        await world.WebhookAsync(session.Tenant);
        world.Receiver.Answer = async _ =>
        {
            await Task.Yield();
            return 200;
        };
        for (var i = 1; i <= 200; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i % 3));
        await world.Receiver.TakenAsync(5);
        await world.PodAsync(1, "pod-b");
        await session.PlaceAsync(1);
        phone = await world.Network.ConnectionAsync(session, 3);
        await phone.EstablishAsync();
        for (var i = 201; i <= 220; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i % 3));

        await Eventually.True(
            "all are taken",
            () => world.Receiver.Taken.DistinctBy(t => t.Id).Count() == 220
        );
        var taken = world.Receiver.Taken.ToArray();
        foreach (var twice in taken.GroupBy(t => t.MessageId))
            twice.Select(t => t.Id).Distinct().Count().ShouldBe(1);
        foreach (var chat in taken.DistinctBy(t => t.Id).GroupBy(t => t.Chat))
            chat.Select(t => t.Number).ShouldBeInOrder();
        await Eventually.True(
            "the cursor is at the end",
            async () =>
                await world.NumberAsync("select max(seq) from wa.webhook_cursor")
                == PodWorld.Linked + 220
        );
    }

    [Fact]
    public async Task A_pod_that_stops_leaves_nothing_to_be_posted_twice()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        await world.WebhookAsync(session.Tenant);
        for (var i = 1; i <= 100; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i % 3));
        await world.Receiver.TakenAsync(10);
        await pod.StopAsync();
        await world.PodAsync(uid: "pod-b");

        await world.Receiver.TakenAsync(100);
        await Eventually.True(
            "the cursor is at the end",
            async () =>
                await world.NumberAsync("select max(seq) from wa.webhook_cursor")
                == PodWorld.Linked + 100
        );
        world.Receiver.Taken.Select(t => t.Id).ShouldBeUnique();
    }

    [Fact]
    public async Task A_dead_endpoint_slows_no_other()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var never = new TaskCompletionSource<int>();
        world.Receiver.Answer = post =>
            post.Json["data"] is null ? never.Task : Task.FromResult(200);
        for (var i = 0; i < 3; i++)
            await world.WebhookAsync(
                session.Tenant,
                s => s with { Format = WebhookFormat.Thin, MaxInFlight = 64 }
            );
        await world.WebhookAsync(session.Tenant);

        for (var i = 1; i <= 300; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i));

        await world.Receiver.TakenAsync(300);
        never.SetResult(200);
    }

    [Fact]
    public async Task Secrets_that_cannot_be_opened_are_reported_and_nothing_is_posted()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(session.Tenant);
        await world.World.SqlAsync(
            "update wa.webhook set secrets = '\\x00', secrets_tag = '\\x00'"
        );
        await Eventually.True(
            "the fault is reported",
            async () =>
                await world.World.SqlAsync(
                    $"select last_error from wa.webhook_report where webhook_id = {webhook}"
                )
                    is string error
                && error.Contains("secrets cannot be opened", StringComparison.Ordinal)
        );

        await phone.JournalAsync(WebhookWorld.Text("M1"));

        await Eventually.True(
            "its event waits",
            async () => await world.NumberAsync("select max(backlog) from wa.webhook_report") == 1
        );
        world.Receiver.Seen.ShouldBeEmpty();
    }

    private static readonly byte[] OtherSecret = [.. Enumerable.Repeat((byte)7, 24)];
}
