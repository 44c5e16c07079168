using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using WaOperator.Domain;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.SessionPod.Tests.Webhooks;

public sealed class EnvelopeTests
{
    private static readonly DateTimeOffset At = new(
        2030,
        1,
        2,
        3,
        4,
        5,
        678,
        TimeSpan.FromHours(2)
    );

    private static readonly Assignment Session = new()
    {
        Id = 0xAB,
        TenantId = 1,
        Namespace = "ns",
        Name = "s-1",
        Tenant = "acme",
        Phone = "491700000000",
        Desired = DesiredState.Active,
        PairingMethod = "QR",
        DeviceName = "x",
    };

    [Fact]
    public void An_event_is_a_cloud_event_with_the_data_of_the_stream()
    {
        var e = WebhookWorld.Text("M1 \u00e4 <&>");
        var post = WebhookEnvelope.Of(Session, 7, At, "message.received", e, WebhookFormat.Native);

        post.Id.ShouldBe("evt_ab_7");
        var data = Encoding.UTF8.GetString(TenantEvents.Show(e, 7).Json);
        Encoding
            .UTF8.GetString(post.Body)
            .ShouldBe(
                $$"""
                {"specversion":"1.0","id":"evt_ab_7","source":"urn:wa:ns/s-1","type":"message.received","subject":"{{WebhookWorld.Chat(
                    1
                )}}","time":"2030-01-02T01:04:05.678Z","timestamp":"2030-01-02T01:04:05.678Z","datacontenttype":"application/json","tenant":"acme","session":"ns/s-1","sequence":"7","data":{{data}}}
                """
            );
    }

    [Fact]
    public void A_thin_one_has_all_but_the_data_and_one_of_no_chat_no_subject()
    {
        var e = new IdentityChanged(WebhookWorld.Chat(1), 1);
        var json = JsonNode
            .Parse(
                WebhookEnvelope.Of(Session, 7, At, "identity.changed", e, WebhookFormat.Thin).Body
            )!
            .AsObject();
        json.ContainsKey("data").ShouldBeFalse();
        json.ContainsKey("subject").ShouldBeFalse();
        ((string)json["type"]!).ShouldBe("identity.changed");
    }

    [Fact]
    public void A_gap_says_what_is_missing()
    {
        var post = WebhookEnvelope.OfGap(Session, 3, 9, At, WebhookFormat.Native);
        post.Id.ShouldBe("evt_ab_gap_9");
        var json = JsonNode.Parse(post.Body)!;
        ((string)json["type"]!).ShouldBe("gap");
        ((long)json["data"]!["from"]!).ShouldBe(3);
        ((long)json["data"]!["to"]!).ShouldBe(9);
    }

    [Fact]
    public void Each_event_has_a_type_of_the_list_or_is_internal()
    {
        var table = Table();
        foreach (var (e, type) in table)
        {
            EventNames.Of(e).ShouldBe(type, e.Type);
            if (type is null)
                continue;
            WebhookEvents.All.ShouldContain(type);
            // What a filter would let through is not passed over before it is decrypted.
            foreach (
                var pattern in (string[])
                    [type, type[..(type.IndexOf('.', StringComparison.Ordinal) + 1)] + "*"]
            )
                if (e is not UnreadableEvent)
                    EventNames.MayBe(e.Type, [pattern]).ShouldBeTrue(pattern);
        }
        table
            .Select(t => t.Type)
            .OfType<string>()
            .Append(EventNames.Gap)
            .ShouldBe(WebhookEvents.All, ignoreOrder: true);
    }

    /// <summary>An event of each kind, and its type; null for those that are internal.</summary>
    internal static (SessionEvent Event, string? Type)[] Table()
    {
        var head = ((MessageReceived)WebhookWorld.Text("M1")).Head;
        var (chat, key) = (
            WebhookWorld.Chat(1),
            new MessageKey { RemoteJid = "491511@s.whatsapp.net", Id = "M0" }
        );
        return
        [
            (WebhookWorld.Text("M1"), "message.received"),
            (WebhookWorld.Text("M1", fromMe: true), "message.echo"),
            (
                Of(
                    new Message
                    {
                        ProtocolMessage = new()
                        {
                            Key = key,
                            Type = ProtocolMessage.Types.Type.Revoke,
                        },
                    }
                ),
                "message.deleted"
            ),
            (
                Of(
                    new Message
                    {
                        ProtocolMessage = new()
                        {
                            Key = key,
                            Type = ProtocolMessage.Types.Type.MessageEdit,
                            EditedMessage = new() { Conversation = "x" },
                        },
                    }
                ),
                "message.edited"
            ),
            (
                Of(
                    new Message
                    {
                        ReactionMessage = new() { Key = key, Text = "x" },
                    }
                ),
                "message.reaction"
            ),
            (
                Of(new Message { PollUpdateMessage = new() { PollCreationMessageKey = key } }),
                "message.vote"
            ),
            (new MessageSent("M1", "x", 1), "message.sent"),
            (new MessageFailed("M1", "x", 1, null), "message.failed"),
            (new ReceiptReceived("delivered", chat, chat, false, 1, ["M1"]), "message.delivered"),
            (new ReceiptReceived("read", chat, chat, false, 1, ["M1"]), "message.read"),
            (new ReceiptReceived("played", chat, chat, false, 1, ["M1"]), "message.played"),
            (new ReceiptReceived("read-self", chat, chat, true, 1, ["M1"]), null),
            (new MessageUndecryptable(head, "x", "x"), "message.undecryptable"),
            (new IdentityChanged(chat, 1), "identity.changed"),
            (
                new GroupChanged
                {
                    Group = chat,
                    Id = "x",
                    Timestamp = 1,
                    Changes = [],
                },
                "group.changed"
            ),
            (new CallOffered { Id = "C1", From = chat }, "call.offered"),
            (new CallEnded { Id = "C1", From = chat }, "call.ended"),
            (new PictureChanged { Of = chat }, "picture.changed"),
            (new BlocklistChanged { Changes = [] }, "blocklist.changed"),
            (new ChatChanged { Chat = chat, Pinned = true }, "chat.changed"),
            (new MessageMarked { Chat = chat, Id = "M1" }, "message.marked"),
            (new ContactChanged { Contact = chat }, "contact.changed"),
            (new LabelChanged { Id = "1" }, "label.changed"),
            (new QuickReplyChanged { Id = "1" }, "quickreply.changed"),
            (new AppStateSynced { Collection = "regular", Version = 1 }, "appstate.synced"),
            (new HistorySynced { Part = "recent" }, "history.synced"),
            (
                new StatusChanged
                {
                    Phase = SessionPhase.Connected,
                    Reason = "Connected",
                    Paired = true,
                    At = DateTimeOffset.UnixEpoch,
                },
                "session.status"
            ),
            (
                new PairingStepped { Step = PairingStep.Complete, At = DateTimeOffset.UnixEpoch },
                "session.pairing"
            ),
            (
                new LimitReached { Limit = ReachedLimit.Day, At = DateTimeOffset.UnixEpoch },
                "limit.reached"
            ),
            (
                new BroadcastProgress("x", "x", "Running", null, 0, new(0, 0, 0, 0, 0, 0, 0)),
                "broadcast.progress"
            ),
            (new UnreadableEvent("message", "x"), "event.unreadable"),
            (new PeerMessageReceived(head, new byte[1]), null),
            (new KeysReceived(head), null),
        ];

        MessageReceived Of(Message message) => new(head, message.ToByteArray());
    }

    [Theory]
    [InlineData(EventTypes.Peer, null, false)]
    [InlineData(EventTypes.Keys, null, false)]
    [InlineData(EventTypes.Receipt, null, true)]
    [InlineData(EventTypes.Receipt, "message.received", false)]
    [InlineData(EventTypes.Message, "message.vote", true)]
    [InlineData(EventTypes.Receipt, "event.unreadable", true)]
    [InlineData("of a later version", "message.received", true)]
    public void What_is_not_asked_for_is_not_decrypted(string stored, string? pattern, bool read) =>
        EventNames.MayBe(stored, pattern is null ? null : [pattern]).ShouldBe(read);

    [Theory]
    [InlineData("message.*", "message.sent", true)]
    [InlineData("message.*", "messages.sent", false)]
    [InlineData("message.sent", "message.sent", true)]
    [InlineData("message.sent", "message.sent2", false)]
    [InlineData("message", "message.sent", false)]
    public void A_pattern_chooses(string pattern, string type, bool chosen) =>
        WebhookEvents.Matches(pattern, type).ShouldBe(chosen);

    // The vector of https://github.com/standard-webhooks/standard-webhooks, and of its libraries.
    [Fact]
    public void A_signature_is_that_of_standard_webhooks()
    {
        var secret = Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        var signed = WebhookSignature.Sign(
            WebhookSigning.V1,
            [secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            Encoding.UTF8.GetBytes("""{"test": 2432232314}""")
        );
        signed.ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        WebhookSignature
            .Sign(WebhookSigning.V1, [secret, secret], "x", 1, [])
            .Split(' ')
            .Distinct()
            .Count()
            .ShouldBe(1);
    }
}
