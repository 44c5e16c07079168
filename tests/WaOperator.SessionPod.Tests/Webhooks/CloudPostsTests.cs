using System.Text.Json.Nodes;
using Google.Protobuf;
using WaOperator.Domain;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.Api;
using WaOperator.SessionPod.Webhooks;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Events as the Cloud API's webhooks tell them: a table of what comes in and what is posted.</summary>
public sealed class CloudPostsTests
{
    private const string Own = "4930123456";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_796_000_009);
    private static readonly Jid Ana = new("4915112345678", Jid.PhoneServer);
    private static readonly Jid AnaLid = new("100000000000001", Jid.LidServer);
    private static readonly Jid Group = new("120363000000000001", Jid.GroupServer);

    private static readonly Assignment Session = new()
    {
        Id = 0xAB,
        TenantId = 1001,
        Namespace = "ns",
        Name = "s-1",
        Tenant = "acme",
        Phone = Own,
        Desired = DesiredState.Active,
        PairingMethod = "QR",
        DeviceName = "x",
    };

    [Fact]
    public void A_post_has_one_entry_with_one_change()
    {
        var posts = CloudPosts.Of(Session, 7, At, Received(MessageContent.Text("Hi <b> ä")));

        var post = posts.Single();
        post.Id.ShouldBe("evt_ab_7");
        ShouldBe(
            JsonNode.Parse(post.Body)!,
            $$$"""
            {"object":"whatsapp_business_account","entry":[{"id":"1001","changes":[{"field":"messages","value":{
              "messaging_product":"whatsapp","metadata":{"display_phone_number":"{{{Own}}}","phone_number_id":"{{{Own}}}"},
              "contacts":[{"profile":{"name":"Ana"},"wa_id":"4915112345678","user_id":"100000000000001@lid"}],
              "messages":[{"from":"4915112345678","from_user_id":"100000000000001@lid","id":"{{{Wamid(
                "3A1"
            )}}}",
                "timestamp":"1796000000","type":"text","text":{"body":"Hi <b> ä"}}]}}]}]}
            """
        );
    }

    public static TheoryData<string, string> Contents { get; } =
        new()
        {
            { "text", """{"type":"text","text":{"body":"Hi"}}""" },
            {
                "image",
                """{"type":"image","image":{"id":"MEDIA","mime_type":"image/jpeg","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","caption":"Look"}}"""
            },
            {
                "video",
                """{"type":"video","video":{"id":"MEDIA","mime_type":"video/mp4","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"""
            },
            {
                "voice",
                """{"type":"audio","audio":{"id":"MEDIA","mime_type":"audio/ogg","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","voice":true}}"""
            },
            {
                "document",
                """{"type":"document","document":{"id":"MEDIA","mime_type":"application/pdf","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","filename":"bill.pdf"}}"""
            },
            {
                "sticker",
                """{"type":"sticker","sticker":{"id":"MEDIA","mime_type":"image/webp","sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","animated":false}}"""
            },
            {
                "location",
                """{"type":"location","location":{"latitude":52.5,"longitude":13.4,"name":"Gate","address":"Berlin"}}"""
            },
            {
                "contact",
                """{"type":"contacts","contacts":[{"name":{"formatted_name":"Bo","first_name":"Bo"},"phones":[{"phone":"+4917","wa_id":"4917"}]}]}"""
            },
            {
                "reaction",
                $$$"""{"type":"reaction","reaction":{"message_id":"{{{Wamid("M0")}}}","emoji":"👍"}}"""
            },
            {
                "reaction withdrawn",
                $$$"""{"type":"reaction","reaction":{"message_id":"{{{Wamid("M0")}}}"}}"""
            },
            {
                "edit",
                $$$$"""{"type":"edit","edit":{"original_message_id":"{{{{Wamid("M0")}}}}","message":{"type":"text","text":{"body":"new"} } } }"""
            },
            {
                "delete",
                $$$"""{"type":"revoke","revoke":{"original_message_id":"{{{Wamid("M0")}}}"}}"""
            },
            {
                "reply",
                $$$"""{"type":"text","text":{"body":"Yes"},"context":{"from":"{{{Own}}}","id":"{{{Wamid("M0")}}}"}}"""
            },
            {
                "button",
                """{"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"Mon"}}}"""
            },
            {
                "row",
                """{"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Mon","description":"early"}}}"""
            },
            {
                "poll",
                """{"type":"unsupported","errors":[{"code":131051,"title":"Unsupported message","message":"Unsupported message","error_data":{"details":"Messages of the kind Poll are not supported."}}]}"""
            },
        };

    [Theory]
    [MemberData(nameof(Contents))]
    public void What_a_message_says_is_told(string kind, string told)
    {
        var e = new MessageReceived(Head(), Of(kind).ToByteArray());
        var media = e.Content.Media is { } file
            ? $"{Own}.{SessionPod.Media.MediaId.Of(7, file)}"
            : "";

        var message = Value(e)["messages"]![0]!.AsObject();

        foreach (var field in (string[])["from", "from_user_id", "id", "timestamp"])
            message.Remove(field).ShouldBeTrue(field);
        ShouldBe(message, told.Replace("MEDIA", media, StringComparison.Ordinal));
    }

    [Fact]
    public void A_group_and_a_sender_without_a_phone_number_are_named_as_the_api_takes_them()
    {
        var e = new MessageReceived(
            Head() with
            {
                Chat = Group,
                Sender = AnaLid with { Device = 4 },
                SenderOther = null,
                InGroup = true,
                PushName = null,
                Timestamp = 0,
            },
            MessageContent.Text("Hi").ToBytes()
        );

        var value = Value(e);

        ShouldBe(
            value["contacts"]![0]!,
            """{"profile":{"name":"100000000000001@lid"},"wa_id":"100000000000001@lid","user_id":"100000000000001@lid"}"""
        );
        var message = value["messages"]![0]!;
        ((string)message["group_id"]!).ShouldBe("120363000000000001@g.us");
        ((string)message["from"]!).ShouldBe("100000000000001@lid");
        ((string)message["timestamp"]!).ShouldBe("1796000009");
    }

    [Fact]
    public void What_another_device_of_the_account_sent_is_an_echo()
    {
        var e = new MessageReceived(
            Head() with
            {
                Sender = new(Own, Jid.PhoneServer, 2),
                SenderOther = null,
                FromMe = true,
            },
            MessageContent.Text("Hi").ToBytes()
        );

        var change = Change(CloudPosts.Of(Session, 7, At, e).Single());

        ((string)change["field"]!).ShouldBe("smb_message_echoes");
        ShouldBe(
            change["value"]!["message_echoes"]![0]!,
            $$$"""
            {"from":"{{{Own}}}","to":"4915112345678","to_user_id":"100000000000001@lid","id":"{{{Wamid(
                "3A1"
            )}}}",
             "timestamp":"1796000000","type":"text","text":{"body":"Hi"}}
            """
        );
        change["value"]!["messages"].ShouldBeNull();
    }

    [Fact]
    public void What_became_of_a_message_is_a_status()
    {
        var note = new Particulars(
            new byte[Particulars.FingerprintSize],
            null,
            new Dictionary<string, string> { [CloudPosts.CallbackKey] = "order 7", ["x"] = "y" }
        ).ToBytes();
        (SessionEvent Event, string Told)[] table =
        [
            (
                new MessageSent("M1", Ana.ToString(), 1_796_000_001) { Note = note },
                $$$"""{"id":"{{{Wamid("M1")}}}","status":"sent","timestamp":"1796000001","recipient_id":"4915112345678","biz_opaque_callback_data":"order 7"}"""
            ),
            (
                new MessageSent("M1", Group.ToString(), null),
                $$$"""{"id":"{{{Wamid("M1")}}}","status":"sent","timestamp":"1796000009","recipient_id":"120363000000000001@g.us","recipient_type":"group"}"""
            ),
            (
                new MessageFailed("M1", Ana.ToString(), 463, "Locked.") { Note = note },
                $$$"""{"id":"{{{Wamid("M1")}}}","status":"failed","timestamp":"1796000009","recipient_id":"4915112345678","biz_opaque_callback_data":"order 7","errors":[{"code":131048,"title":"Spam rate limit hit","message":"Spam rate limit hit","error_data":{"details":"Locked."}}]}"""
            ),
            (
                new ReceiptReceived("played", AnaLid, AnaLid, false, 1_796_000_003, ["M1"]),
                $$$"""{"id":"{{{Wamid("M1")}}}","status":"played","timestamp":"1796000003","recipient_id":"100000000000001@lid","recipient_user_id":"100000000000001@lid"}"""
            ),
            (
                new ReceiptReceived("read", Group, Ana with { Device = 3 }, false, 1, ["M1"]),
                $$$"""{"id":"{{{Wamid("M1")}}}","status":"read","timestamp":"1","recipient_id":"120363000000000001@g.us","recipient_type":"group","recipient_participant_id":"4915112345678"}"""
            ),
        ];
        foreach (var (e, told) in table)
            ShouldBe(Value(e)["statuses"]![0]!, told);
    }

    [Theory]
    [InlineData(404, 131026)]
    [InlineData(429, 130429)]
    [InlineData(463, 131048)]
    [InlineData(403, 131005)]
    [InlineData(500, 131000)]
    [InlineData(null, 131000)]
    public void A_refusal_has_a_code_of_the_cloud_api(int? code, int told) =>
        CloudErrors.OfSend(code, "x").Code.ShouldBe(told);

    [Fact]
    public void A_receipt_of_several_messages_is_several_posts_with_ids_of_their_own()
    {
        var posts = CloudPosts.Of(
            Session,
            7,
            At,
            new ReceiptReceived("read", Ana, Ana, false, 5, ["M1", "M2", "M3"])
        );

        posts.Select(p => p.Id).ShouldBe(["evt_ab_7", "evt_ab_7_2", "evt_ab_7_3"]);
        posts
            .Select(p => (string)Change(p)["value"]!["statuses"]!.AsArray().Single()!["id"]!)
            .ShouldBe([Wamid("M1"), Wamid("M2"), Wamid("M3")]);
    }

    [Theory]
    [InlineData("button", null, "button_reply", "mo")]
    [InlineData("list", null, "list_reply", "mo")]
    [InlineData(null, null, "button_reply", "mo")]
    [InlineData(null, "{\"Tue\":\"tu\"}", "button_reply", "Mon")]
    [InlineData(null, "no json", "button_reply", "Mon")]
    [InlineData("list", "", "list_reply", "Mon")]
    public void A_vote_is_the_answer_with_the_callers_id(
        string? kind,
        string? options,
        string type,
        string id
    )
    {
        var metadata = new Dictionary<string, string>
        {
            [CloudVotes.OptionsKey] = options ?? """{"Mon":"mo","Tue":"tu"}""",
        };
        if (kind is not null)
            metadata[CloudVotes.KindKey] = kind;
        var secret = new byte[MessageContent.SecretSize];
        (Jid Author, Jid Voter)[] pairs =
        [
            (new(Own, Jid.PhoneServer), Ana),
            (new("200000000000002", Jid.LidServer), AnaLid),
        ];
        foreach (var (author, voter) in pairs)
        {
            var e = Vote(["Mon"], secret, author, voter);
            var message = Value(e, new(secret, ["Mon", "Tue"], metadata))["messages"]![0]!;
            ((string)message["type"]!).ShouldBe("interactive");
            ((string)message["context"]!["id"]!).ShouldBe(Wamid("P1"));
            ShouldBe(
                message["interactive"]!,
                $$$"""{"type":"{{{type}}}","{{{type}}}":{"id":"{{{id}}}","title":"Mon"}}"""
            );
        }
    }

    [Fact]
    public void A_vote_that_says_no_one_thing_is_not_posted()
    {
        var secret = new byte[MessageContent.SecretSize];
        var (own, poll) = (
            new Jid(Own, Jid.PhoneServer),
            new CloudPoll(secret, ["Mon", "Tue"], null)
        );
        CloudPosts.Of(Session, 7, At, Vote([], secret, own, Ana), poll).ShouldBeEmpty();
        CloudPosts.Of(Session, 7, At, Vote(["Mon", "Tue"], secret, own, Ana), poll).ShouldBeEmpty();
        CloudPosts.Of(Session, 7, At, Vote(["Mon"], secret, own, Ana)).ShouldBeEmpty();
        var other = poll with { Secret = [.. Enumerable.Repeat((byte)1, secret.Length)] };
        CloudPosts.Of(Session, 7, At, Vote(["Mon"], secret, own, Ana), other).ShouldBeEmpty();
        CloudPosts
            .Of(Session, 7, At, Vote(["Mon"], secret, own, Ana), poll)
            .Count.ShouldBe(1, "the others are refused for what they say");
    }

    [Fact]
    public void What_has_no_counterpart_is_not_posted()
    {
        var status = new Jid("status", Jid.BroadcastServer);
        SessionEvent[] events =
        [
            new MessageReceived(
                Head() with
                {
                    Chat = status,
                    InGroup = true,
                },
                MessageContent.Text("Hi").ToBytes()
            ),
            new MessageReceived(
                Head() with
                {
                    Chat = new("1", Jid.NewsletterServer),
                },
                MessageContent.Text("Hi").ToBytes()
            ),
            new MessageReceived(Head(), new Message { ProtocolMessage = new() }.ToByteArray()),
            new ReceiptReceived("delivered", Ana, new(Own, Jid.PhoneServer, 3), true, 5, ["M1"]),
            new ReceiptReceived("inactive", Ana, Ana, false, 5, ["M1"]),
            new MessageUndecryptable(Head(), "x", "x"),
            new IdentityChanged(Ana, 1),
            new UnreadableEvent("message", "x"),
        ];
        foreach (var e in events)
            CloudPosts.Of(Session, 7, At, e).ShouldBeEmpty(e.ToString());
    }

    [Fact]
    public void Each_event_is_told_as_what_it_may_be_or_passed_over()
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        foreach (var e in TenantEventsTests.Events())
        {
            var posts = CloudPosts.Of(Session, 7, At, e);
            if (EventNames.Of(e) is { } type && WebhookEvents.OfCloudApi.Contains(type))
                (posts.Count > 0).ShouldBe(CloudPosts.Tells(e), type);
            else
                posts.ShouldBeEmpty(e.Type);
            foreach (var post in posts)
                types.Add(
                    (string)(Echo(post) ?? Change(post)["value"]!["statuses"]![0]!["status"])!
                );
        }
        types.ShouldBeSubsetOf([
            "text",
            "image",
            "video",
            "audio",
            "document",
            "sticker",
            "location",
            "contacts",
            "reaction",
            "interactive",
            "edit",
            "unsupported",
            "sent",
            "failed",
            "read",
        ]);
        types.Count.ShouldBeGreaterThan(12);

        JsonNode? Echo(WebhookPost post)
        {
            var value = Change(post)["value"]!;
            return (value["message_echoes"] ?? value["messages"])?[0]!["type"];
        }
    }

    [Fact]
    public void Only_types_that_the_format_has_are_asked_for()
    {
        CloudPosts.Types(null).ShouldBe(WebhookEvents.OfCloudApi);
        CloudPosts.Types(["group.*"]).ShouldBeEmpty();
        CloudPosts.Types(["message.sent", "group.*"]).ShouldBe(["message.sent"]);
        WebhookEvents.OfCloudApi.ShouldBeSubsetOf(WebhookEvents.All);
        EventNames.MayBe(EventTypes.Group, CloudPosts.Types(null)).ShouldBeFalse();
    }

    private static MessageReceived Vote(string[] chosen, byte[] secret, Jid author, Jid voter)
    {
        var message = new Message
        {
            PollUpdateMessage = new()
            {
                PollCreationMessageKey = new() { RemoteJid = author.ToString(), Id = "P1" },
                Vote = PollVotes.Encrypt(chosen, secret, "P1", author, voter),
            },
        };
        return new(Head(), message.ToByteArray());
    }

    private static MessageReceived Received(MessageContent content) =>
        new(Head(), content.ToBytes());

    private static MessageHead Head() =>
        new()
        {
            Id = "3A1",
            Chat = Ana,
            ChatOther = AnaLid,
            Sender = Ana with { Device = 4 },
            SenderOther = AnaLid,
            Timestamp = 1_796_000_000,
            PushName = "Ana",
        };

    private static Message Of(string kind)
    {
        var key = new MessageKey { RemoteJid = Ana.ToString(), Id = "M0" };
        return kind switch
        {
            "text" => new() { Conversation = "Hi" },
            "image" => Parsed(
                MessageContent.Image(
                    File(MediaKind.Image),
                    new() { MimeType = "image/jpeg", Caption = "Look" }
                )
            ),
            "video" => Parsed(
                MessageContent.Video(File(MediaKind.Video), new() { MimeType = "video/mp4" })
            ),
            "voice" => Parsed(
                MessageContent.VoiceNote(File(MediaKind.Audio), new() { MimeType = "audio/ogg" })
            ),
            "document" => Parsed(
                MessageContent.Document(
                    File(MediaKind.Document),
                    new() { MimeType = "application/pdf", FileName = "bill.pdf" }
                )
            ),
            "sticker" => Parsed(
                MessageContent.Sticker(File(MediaKind.Sticker), new() { MimeType = "image/webp" })
            ),
            "location" => Parsed(MessageContent.Location(new(52.5, 13.4, "Gate", "Berlin"))),
            "contact" => Parsed(MessageContent.Contacts(ContactCard.OfPhone("Bo", "4917"))),
            "reaction" => new()
            {
                ReactionMessage = new() { Key = key, Text = "👍" },
            },
            "reaction withdrawn" => new()
            {
                ReactionMessage = new() { Key = key, Text = "" },
            },
            "edit" => new()
            {
                ProtocolMessage = new()
                {
                    Key = key,
                    Type = ProtocolMessage.Types.Type.MessageEdit,
                    EditedMessage = new() { Conversation = "new" },
                },
            },
            "delete" => new()
            {
                ProtocolMessage = new() { Key = key, Type = ProtocolMessage.Types.Type.Revoke },
            },
            "reply" => Parsed(
                MessageContent
                    .Text("Yes")
                    .Reply(
                        new(Ana, "M0", FromMe: false, new Jid(Own, Jid.PhoneServer)),
                        MessageContent.Text("Coming?").ToBytes()
                    )
            ),
            "button" => new()
            {
                ButtonsResponseMessage = new()
                {
                    SelectedButtonId = "b1",
                    SelectedDisplayText = "Mon",
                },
            },
            "row" => new()
            {
                ListResponseMessage = new()
                {
                    Title = "Mon",
                    Description = "early",
                    SingleSelectReply = new() { SelectedRowId = "r1" },
                },
            },
            "poll" => Parsed(MessageContent.Poll("When?", ["Mon", "Tue"])),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    private static Message Parsed(MessageContent content) =>
        Message.Parser.ParseFrom(content.ToBytes());

    private static MediaReference File(MediaKind kind) =>
        new()
        {
            Kind = kind,
            DirectPath = "/v/x",
            MediaKey = new byte[32],
            FileSha256 = new byte[32],
            FileEncSha256 = new byte[32],
            FileLength = 4711,
        };

    private static JsonNode Value(SessionEvent e, CloudPoll? poll = null) =>
        Change(CloudPosts.Of(Session, 7, At, e, poll).Single())["value"]!;

    private static JsonNode Change(WebhookPost post)
    {
        var entry = JsonNode.Parse(post.Body)!["entry"]!.AsArray().Single()!;
        return entry["changes"]!.AsArray().Single()!;
    }

    private static string Wamid(string id) => CloudIds.ToCloud(id);

    private static void ShouldBe(JsonNode node, string told) =>
        JsonNode
            .DeepEquals(node, JsonNode.Parse(told))
            .ShouldBeTrue($"{node.ToJsonString()} is not {told}");
}
