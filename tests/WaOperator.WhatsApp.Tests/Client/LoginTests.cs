using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Client;

public sealed class LoginTests
{
    [Fact]
    public async Task A_login_stores_prekeys_uploads_them_becomes_active_and_is_connected()
    {
        await using var rig = new Rig();
        IReadOnlyCollection<uint> storedAtUpload = [];
        rig.Server.Answer = query =>
        {
            if (query.Child("list") is not null)
                storedAtUpload = rig.Store.PreKeyIds;
            return Greetings.Answer(query);
        };
        await rig.StartConnectedAsync();

        rig.Events.Select(raised => raised.GetType())
            .ShouldBe([typeof(LoggedIn), typeof(Connected)]);
        rig.Events.OfType<Connected>().Single().Waiting.ShouldBe(4);
        rig.Events.OfType<LoggedIn>()
            .Single()
            .Lid.ShouldNotBeNull()
            .ToString()
            .ShouldBe("99999:3@lid");
        storedAtUpload.Count.ShouldBe(30);
        var upload = rig.Link.Received.Single(node => node.Child("list") is not null);
        upload.Child("list")!.Children.Count.ShouldBe(30);
        upload.Child("registration")!.Bytes.Length.ShouldBe(4);
        upload.Child("identity")!.Bytes.ShouldBe(rig.Store.Credentials!.IdentityKey.Public);
        upload
            .Child("skey")!
            .Child("signature")!
            .Bytes.ShouldBe(rig.Store.Credentials!.SignedPreKey.Signature);
        upload.Child("list")!.Children[0].Child("id")!.Bytes.ShouldBe([0, 0, 1]);
        rig.Store.Credentials!.NextPreKeyId.ShouldBe(31U);
        await Eventually.True(
            "the upload to be counted",
            () => rig.Store.Credentials!.FirstUnuploadedPreKeyId == 31
        );
        await Eventually.True(
            "the properties' hash to be kept",
            () => rig.Store.Credentials!.LastPropHash == "abc"
        );
        await rig.SettledAsync();
        rig.Link.Acts.Take(4)
            .Select(node => node.FirstChild?.Tag)
            .ShouldBe(["count", "registration", "active", "digest"]);
        rig.Link.Acts.ShouldNotContain(node => node.Tag == "presence");
    }

    [Fact]
    public async Task Prekeys_whose_upload_is_unconfirmed_go_with_the_next_one()
    {
        await using var rig = new Rig();
        rig.Server.Answer = query =>
            query.Child("list") is null ? Greetings.Answer(query) : Greetings.Refusal(query, 503);
        await rig.StartConnectedAsync();
        rig.Store.Credentials!.FirstUnuploadedPreKeyId.ShouldBe(1U);
        await rig.Link.CloseAsync();
        (await rig.EndAsync()).Kind.ShouldBe(DisconnectKind.StreamEnd);

        rig.Server.Answer = Greetings.Answer;
        rig.Events.Clear();
        await rig.StartConnectedAsync();
        var upload = rig.Link.Received.Single(node => node.Child("list") is not null);
        upload
            .Child("list")!
            .Children.Select(key => (int)key.Child("id")!.Bytes[2])
            .ShouldBe(Enumerable.Range(1, 30));
        rig.Store.PreKeyIds.Count.ShouldBe(30);
        rig.Store.Credentials!.FirstUnuploadedPreKeyId.ShouldBe(31U);
    }

    [Fact]
    public async Task A_server_that_runs_low_gets_new_prekeys_and_then_the_acknowledgement()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Link.SendAsync(
            new BinaryNode("notification")
            {
                ["from"] = Greetings.Server,
                ["id"] = "low-1",
                ["type"] = "encrypt",
                Children = [new BinaryNode("count") { ["value"] = "3" }],
            }
        );
        var ack = await rig.ReceivedAsync("the acknowledgement", node => node.Tag == "ack");
        (ack["class"], ack["id"], ack["type"], ack["to"]).ShouldBe(
            ("notification", "low-1", "encrypt", Greetings.Server)
        );
        var uploads = rig.Link.Received.Where(node => node.Child("list") is not null).ToList();
        uploads.Count.ShouldBe(2);
        uploads[1].Child("list")!.Children.Count.ShouldBe(47);
        rig.Store.PreKeyIds.Count.ShouldBe(77);
    }

    [Fact]
    public async Task A_server_that_lost_the_keys_gets_them_again()
    {
        await using var rig = new Rig();
        rig.Server.Answer = query =>
            query.FirstChild?.Tag switch
            {
                "count" => Greetings.Result(query, new BinaryNode("count") { ["value"] = "100" }),
                "digest" => Greetings.Refusal(query, 404),
                _ => Greetings.Answer(query),
            };
        await rig.StartConnectedAsync();
        rig.Link.Received.Single(node => node.Child("list") is not null)
            .Child("list")!
            .Children.Count.ShouldBe(30);
    }

    [Fact]
    public async Task What_the_connection_can_do_without_may_be_refused()
    {
        await using var rig = new Rig();
        rig.Server.Answer = query =>
            query["xmlns"] is "abt" or "blocklist" or "privacy"
                ? Greetings.Refusal(query, 500)
                : Greetings.Answer(query);
        await rig.StartConnectedAsync();
        rig.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task A_refused_activation_ends_the_connection()
    {
        await using var rig = new Rig();
        rig.Server.Answer = query =>
            query["xmlns"] == "passive" ? Greetings.Refusal(query, 500) : Greetings.Answer(query);
        rig.Start();
        var end = await rig.EndAsync();
        (end.Kind, end.Code).ShouldBe((DisconnectKind.ServerError, 500));
        rig.Events.ShouldNotContain(raised => raised is Connected);
    }

    [Fact]
    public async Task Receipts_notifications_and_calls_are_acknowledged_and_messages_are_not()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        foreach (var tag in (string[])["message", "receipt", "notification", "call"])
        {
            await rig.Link.SendAsync(
                new BinaryNode(tag)
                {
                    ["from"] = "4917@s.whatsapp.net",
                    ["id"] = $"id-{tag}",
                    ["participant"] = "1:2@lid",
                    ["type"] = "x",
                }
            );
        }
        await rig.ReceivedAsync("the acknowledgement of the call", node => node["id"] == "id-call");
        var acks = rig.Link.Received.Where(node => node.Tag == "ack").ToList();
        acks.Select(ack => ack["class"]).ShouldBe(["receipt", "notification", "call"]);
        acks.ShouldAllBe(ack =>
            ack["to"] == "4917@s.whatsapp.net"
            && ack["participant"] == "1:2@lid"
            && ack["type"] == "x"
        );
    }

    [Fact]
    public async Task The_server_s_wishes_about_the_connection_are_kept()
    {
        await using var rig = new Rig();
        await rig.StartConnectedAsync();
        await rig.Link.SendAsync(
            new BinaryNode("ib")
            {
                Children =
                [
                    new BinaryNode("edge_routing")
                    {
                        Children = [new BinaryNode("routing_info") { Bytes = [8, 2, 8, 5] }],
                    },
                    new BinaryNode("dirty") { ["type"] = "groups", ["timestamp"] = "17" },
                    new BinaryNode("offline_preview"),
                ],
            }
        );
        var clean = await rig.ReceivedAsync(
            "the cleaning",
            node => node.Child("clean") is not null
        );
        (clean.FirstChild!["type"], clean.FirstChild["timestamp"]).ShouldBe(("groups", "17"));
        await rig.ReceivedAsync(
            "the batch request",
            node => node.Child("offline_batch") is not null
        );
        rig.Store.Credentials!.RoutingInfo.ShouldBe([8, 2, 8, 5]);
        await rig.Link.CloseAsync();
        await rig.EndAsync();

        rig.Events.Clear();
        await rig.StartConnectedAsync();
        rig.Link.RoutingInfo.ShouldBe([8, 2, 8, 5]);
    }

    [Theory]
    [InlineData(PresenceAtLogin.Available, "available")]
    [InlineData(PresenceAtLogin.Unavailable, "unavailable")]
    public async Task Presence_is_told_where_it_is_asked_for(PresenceAtLogin presence, string type)
    {
        await using var rig = new Rig();
        rig.Device = rig.Device with { Presence = presence };
        await rig.StartConnectedAsync();
        (await rig.ReceivedAsync("the presence", node => node.Tag == "presence"))["type"]
            .ShouldBe(type);
    }

    [Fact]
    public async Task A_server_that_never_says_that_the_queue_is_empty_does_not_hold_the_login_up()
    {
        await using var rig = new Rig();
        rig.Server.Greet = link => link.SendAsync(new BinaryNode("success"));
        rig.Start();
        await rig.ReceivedAsync(
            "the last stanza of the login",
            node => node.Child("unified_session") is not null
        );
        await Eventually.True(
            "the login to continue",
            () =>
            {
                rig.Time.Advance(TimeSpan.FromSeconds(1));
                return rig.Events.OfType<Connected>().Any();
            }
        );
        rig.Events.OfType<Connected>().Single().Waiting.ShouldBeNull();
    }

    [Fact]
    public async Task Any_split_of_the_bytes_is_accepted()
    {
        await using var rig = new Rig();
        rig.Server.Chunk = 1;
        await rig.StartConnectedAsync();
    }
}
