using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using WaOperator.Domain;
using WaOperator.Sealing;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Other formats and signatures, through a whole pod.</summary>
public sealed class CloudDeliveryTests
{
    private const string AppSecret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Events_arrive_as_the_cloud_api_posts_them_and_others_are_passed_over()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await CloudAsync(world, session.Tenant);
        var chat = WebhookWorld.Chat(1);

        await phone.JournalAsync(
            new IdentityChanged(chat, 1_700_000_000),
            WebhookWorld.Text("M1"),
            new GroupChanged
            {
                Group = new("1203", Jid.GroupServer),
                Id = "x",
                Timestamp = 1,
                Changes = [],
            },
            new ReceiptReceived("read", chat, chat, false, 1_700_000_000, ["S1", "S2"]),
            new ReceiptReceived("read", chat, chat, true, 1_700_000_000, ["S3"]),
            WebhookWorld.Text("M2")
        );
        await CursorAsync(world, webhook, 6);

        var taken = world.Receiver.Taken.ToArray();
        // Receipts and messages keep no order among each other.
        taken
            .Select(t => t.Id)
            .ShouldBe(
                new[] { "5", "7", "7_2", "9" }.Select(seq => $"evt_{session.Id:x}_{seq}"),
                ignoreOrder: true
            );
        taken.ShouldAllBe(t =>
            t.Headers["X-Hub-Signature-256"] == Hub(t.Body)
            && t.IsSignedBy(Encoding.ASCII.GetBytes(AppSecret))
        );
        var entry = taken.Single(t => t.Id == $"evt_{session.Id:x}_{PodWorld.Linked + 2}").Json[
            "entry"
        ]![0]!;
        ((string)entry["id"]!).ShouldBe($"{session.Tenant}");
        var value = entry["changes"]![0]!["value"]!;
        var own = (string)value["metadata"]!["phone_number_id"]!;
        own.ShouldBe(
            (string)
                (
                    await world.World.SqlAsync(
                        $"select phone from wa.session where id = {session.Id}"
                    )
                )!
        );
        ((string)value["messages"]![0]!["id"]!).ShouldBe(CloudIds.ToCloud("M1"));
        ((string)value["messages"]![0]!["text"]!["body"]!).ShouldBe("M1");
    }

    [Fact]
    public async Task What_is_taken_in_part_continues_behind_that_part()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await CloudAsync(world, session.Tenant);
        var chat = WebhookWorld.Chat(1);
        var refused = false;
        world.Receiver.Answer = post =>
        {
            if (refused || !post.Id.EndsWith("_2", StringComparison.Ordinal))
                return Task.FromResult(200);
            refused = true;
            return Task.FromResult(503);
        };

        await phone.JournalAsync(
            new ReceiptReceived("read", chat, chat, false, 1_700_000_000, ["S1", "S2", "S3"])
        );
        await CursorAsync(world, webhook, 1);

        var ids = world.Receiver.Taken.Select(t => t.Id).ToArray();
        ids.ShouldBe(
            new[] { "", "_2", "_3" }.Select(part =>
                $"evt_{session.Id:x}_{PodWorld.Linked + 1}{part}"
            )
        );
    }

    [Fact]
    public async Task A_vote_on_a_poll_that_was_sent_here_arrives_with_the_callers_id()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await CloudAsync(world, session.Tenant);
        var own = new Jid(
            (string)
                (
                    await world.World.SqlAsync(
                        $"select phone from wa.session where id = {session.Id}"
                    )
                )!,
            Jid.PhoneServer
        );
        var voter = WebhookWorld.Chat(1);
        var poll = MessageContent.Poll("When?", ["Mon", "Tue"]);
        await phone.CommitAsync(
            new DeviceChange
            {
                Outbound =
                [
                    new("P1", voter.ToString(), OutboundState.Queued, poll.ToBytes(), null, null)
                    {
                        Note = new Particulars(
                            new byte[Particulars.FingerprintSize],
                            null,
                            new Dictionary<string, string>
                            {
                                [CloudVotes.OptionsKey] = """{"Mon":"mo","Tue":"tu"}""",
                                [CloudVotes.KindKey] = "list",
                            }
                        ).ToBytes(),
                    },
                ],
            }
        );

        await phone.JournalAsync(
            WebhookWorld.Vote("V1", "P2", ["Tue"], poll.Secret!, own, voter),
            // What no message can be called, and PostgreSQL takes in no text.
            WebhookWorld.Vote("V2", "P1\0", ["Tue"], poll.Secret!, own, voter),
            WebhookWorld.Vote("V3", "P1", ["Tue"], poll.Secret!, own, voter)
        );
        await CursorAsync(world, webhook, 3);

        var message = world.Receiver.Taken.Single().Json["entry"]![0]!["changes"]![0]!["value"]![
            "messages"
        ]![0]!;
        JsonNode
            .DeepEquals(
                message["interactive"],
                JsonNode.Parse("""{"type":"list_reply","list_reply":{"id":"tu","title":"Tue"}}""")
            )
            .ShouldBeTrue(message.ToJsonString());
        ((string)message["context"]!["id"]!).ShouldBe(CloudIds.ToCloud("P1"));
    }

    [Fact]
    public async Task What_was_pruned_is_no_gap_here_and_what_comes_behind_is_posted()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await CloudAsync(world, session.Tenant, s => s with { Paused = true });
        for (var i = 1; i <= 3; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}"));
        await world.World.SqlAsync(
            $"delete from wa.session_event where seq <= {PodWorld.Linked + 2}; insert into wa.session_pruned values ({session.Id}, {PodWorld.Linked + 2})"
        );

        await world.ChangeAsync(webhook, s => s with { Paused = false });
        await CursorAsync(world, webhook, 3);

        world.Receiver.Seen.Single().Id.ShouldBe($"evt_{session.Id:x}_{PodWorld.Linked + 3}");
    }

    [Fact]
    public async Task Posts_are_signed_with_ed25519_by_each_key()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        byte[][] keys =
        [
            SigningKey.Of(RandomNumberGenerator.GetBytes(SigningKey.SeedSize))!,
            SigningKey.Of(RandomNumberGenerator.GetBytes(SigningKey.SeedSize))!,
        ];
        await world.WebhookAsync(
            session.Tenant,
            s => s with { Signature = WebhookSigning.V1a },
            new() { Signing = keys }
        );

        await phone.JournalAsync(WebhookWorld.Text("M1"));
        await world.Receiver.TakenAsync(1);

        var post = world.Receiver.Taken.Single();
        post.Headers["webhook-signature"]
            .Split(' ')
            .ShouldBe(
                keys.Select(key =>
                    $"v1a,{Convert.ToBase64String(SigningKey.Sign(key, Encoding.UTF8.GetBytes($"{post.Id}.{post.Headers["webhook-timestamp"]}.{post.Body}")))}"
                )
            );
        post.Headers.Keys.ShouldNotContain("X-Hub-Signature-256");
    }

    private static Task<long> CloudAsync(
        WebhookWorld world,
        long tenant,
        Func<WebhookSettings, WebhookSettings>? change = null
    ) =>
        world.WebhookAsync(
            tenant,
            s =>
            {
                var settings = s with { Format = WebhookFormat.CloudApi };
                return change?.Invoke(settings) ?? settings;
            },
            new() { Signing = [Encoding.ASCII.GetBytes(AppSecret)] }
        );

    private static Task CursorAsync(WebhookWorld world, long webhook, long seq) =>
        Eventually.True(
            "the cursor is at the end",
            async () =>
                await world.NumberAsync(
                    $"select coalesce(max(seq), 0) from wa.webhook_cursor where webhook_id = {webhook}"
                )
                == PodWorld.Linked + seq
        );

    private static string Hub(string body) =>
        "sha256="
        + Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.ASCII.GetBytes(AppSecret), Encoding.UTF8.GetBytes(body))
        );
}
