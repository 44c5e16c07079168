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
using WaOperator.WhatsApp.Proto;
using static WaOperator.SessionPod.Tests.Webhooks.CloudScene;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Events as the Cloud API's webhooks tell them.</summary>
public sealed class CloudPostsTests
{
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

    private static MessageReceived Received(MessageContent content) =>
        new(Head(), content.ToBytes());
}
