using System.Text;
using System.Text.Json.Nodes;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Events;

/// <summary>The stored form of events: what is written is read, what earlier versions wrote, too, and nothing throws.</summary>
public sealed class EventCodecTests
{
    private static readonly Jid Lid = new("100000000000001", Jid.LidServer);
    private static readonly Jid Phone = new("491511111111", Jid.PhoneServer);
    private static readonly Jid Trip = new("120363000000000001", Jid.GroupServer);

    private static readonly MessageHead Head = new()
    {
        Id = "3EB0AA",
        Chat = Lid,
        ChatOther = Phone,
        Sender = Lid with { Device = 3 },
        SenderOther = Phone,
        Timestamp = 1800000001,
        PushName = "Böb",
        StanzaType = "text",
        Edit = "1",
        Offline = true,
    };

    private static readonly MessageHead InGroup = new()
    {
        Id = "3EB0AB",
        Chat = Trip,
        Sender = Phone with { Device = 3 },
        SenderOther = Lid,
        InGroup = true,
        FromMe = true,
    };

    private static readonly MessageHead ToItself = new()
    {
        Id = "3EB0AC",
        Chat = Phone,
        Sender = Phone,
        FromMe = true,
        Timestamp = 1800000001,
        StanzaType = "text",
        Category = "peer",
    };

    private static readonly byte[] Hi = MessageContent.Text("hi").ToBytes();

    /// <summary>With the row of earlier versions; null: those had no such event.</summary>
    private static readonly (string? Row, SessionEvent Event)[] All =
    [
        (OldRows.Message, new MessageReceived(Head, Hi)),
        (OldRows.MessageInGroup, new MessageReceived(InGroup, Hi)),
        (OldRows.Peer, new PeerMessageReceived(ToItself, new byte[] { 0x62, 0 })),
        (
            OldRows.Keys,
            new KeysReceived(
                new()
                {
                    Id = "3EB0AD",
                    Chat = Trip,
                    Sender = Lid with { Device = 3 },
                    InGroup = true,
                    Timestamp = 1800000001,
                }
            )
        ),
        (
            OldRows.Undecryptable,
            new MessageUndecryptable(
                new()
                {
                    Id = "3EB0AE",
                    Chat = Phone,
                    Sender = Phone,
                    Timestamp = 1800000001,
                },
                "NoSession",
                "There is no session with the sender's device."
            )
        ),
        (OldRows.Sent, new MessageSent("3EB0AF", Phone.ToString(), 1800000002)),
        (OldRows.Failed, new MessageFailed("3EB0B0", Phone.ToString(), 463, "Locked.")),
        (OldRows.FailedHere, new MessageFailed("3EB0B1", Phone.ToString(), null, null)),
        (
            OldRows.Receipt,
            new ReceiptReceived(
                "read",
                Phone,
                Phone with
                {
                    Device = 3,
                },
                FromMe: false,
                1800000003,
                ["M1", "M2"]
            )
        ),
        (OldRows.Identity, new IdentityChanged(Lid with { Device = 3 }, 1800000004)),
        (
            null,
            new IdentityChanged(Lid, 1800000004)
            {
                Other = Phone,
                OldFingerprint = new string('a', 64),
                NewFingerprint = "0123456789abcdef".PadLeft(64, '7'),
            }
        ),
        (
            OldRows.Group,
            new GroupChanged
            {
                Group = Trip,
                Id = "n1",
                Actor = Lid,
                ActorPn = Phone,
                Timestamp = 1800000005,
                Changes =
                [
                    new()
                    {
                        Action = "add",
                        Members = [Lid with { User = "100000000000002" }],
                        Attributes = new Dictionary<string, string> { ["reason"] = "invite" },
                    },
                    new()
                    {
                        Action = "subject",
                        Subject = "Trip",
                        Attributes = new Dictionary<string, string> { ["s_t"] = "1800000005" },
                    },
                    new()
                    {
                        Action = "description",
                        Description = "All of it",
                        Attributes = new Dictionary<string, string> { ["id"] = "d1" },
                    },
                ],
            }
        ),
        (
            null,
            new GroupChanged
            {
                Group = Trip,
                Changes =
                [
                    new()
                    {
                        Action = "unlink",
                        Linked = [Trip with { User = "120363000000000002" }],
                        Attributes = new Dictionary<string, string>
                        {
                            ["unlink_type"] = "sub_group",
                        },
                    },
                ],
            }
        ),
        (
            null,
            new CallOffered
            {
                Id = "C1",
                From = Lid,
                FromOther = Phone,
                Group = Trip,
                Video = true,
                Timestamp = 1800000006,
                Offline = true,
            }
        ),
        (null, new CallOffered { Id = "C2", From = Phone }),
        (
            null,
            new CallEnded
            {
                Id = "C1",
                From = Lid,
                FromOther = Phone,
                Group = Trip,
                Reason = "timeout",
                Timestamp = 1800000007,
                Offline = true,
            }
        ),
        (null, new CallEnded { Id = "C2", From = Phone }),
        (
            null,
            new PictureChanged
            {
                Of = Trip,
                PictureId = "7",
                By = Lid,
                Timestamp = 1800000008,
            }
        ),
        (null, new PictureChanged { Of = Phone, Removed = true }),
        (
            null,
            new BlocklistChanged
            {
                Changes = [new(Lid, Phone, true), new(Phone, null, false)],
                Timestamp = 1800000009,
            }
        ),
        (
            null,
            new ChatChanged
            {
                Chat = Phone,
                Muted = true,
                MutedUntil = 1800000008000,
                Archived = false,
                Pinned = true,
                Unread = true,
                Cleared = true,
                Deleted = true,
                Timestamp = 1800000008,
            }
        ),
        (null, new ChatChanged { Chat = Trip }),
        (
            null,
            new MessageMarked
            {
                Chat = Trip,
                Id = "3EB0AA",
                FromMe = true,
                Sender = Lid,
                Starred = false,
                Deleted = true,
                Timestamp = 1800000009,
            }
        ),
        (
            null,
            new ContactChanged
            {
                Contact = Phone,
                Lid = Lid,
                FullName = "Böb B.",
                FirstName = "Böb",
                Removed = true,
                Timestamp = 1800000010,
            }
        ),
        (
            null,
            new LabelChanged
            {
                Id = "3",
                Name = "New",
                Color = 0,
                Deleted = true,
                Chat = Trip,
                MessageId = "3EB0AA",
                On = false,
                Timestamp = 1800000011,
            }
        ),
        (
            null,
            new QuickReplyChanged
            {
                Id = "1800000012",
                Shortcut = "hi",
                Text = "Hi, what can we do for you?",
                Deleted = true,
                Timestamp = 1800000012,
            }
        ),
        (
            null,
            new AppStateSynced
            {
                Collection = "regular",
                Version = 7,
                Records = 6,
                Chats = 1,
                Contacts = 2,
                Labels = 3,
                Error = "It is damaged.",
            }
        ),
        (
            null,
            new HistorySynced
            {
                Part = "recent",
                Progress = 50,
                Chunk = 2,
                Chats = 3,
                Messages = 4,
                Names = 5,
                Request = "3EB0",
                Error = "It is damaged.",
            }
        ),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, All.Length)];

    public static TheoryData<int> EachOld =>
        [.. Enumerable.Range(0, All.Length).Where(i => All[i].Row is not null)];

    [Fact]
    public void Each_type_of_event_is_among_them() =>
        All.Select(e => e.Event.GetType())
            .Append(typeof(UnreadableEvent))
            .Distinct()
            .ShouldBe(
                typeof(SessionEvent)
                    .Assembly.GetTypes()
                    // Of a host's own events its host keeps the form.
                    .Where(type => type.IsSubclassOf(typeof(SessionEvent)) && !type.IsAbstract),
                ignoreOrder: true
            );

    [Theory]
    [MemberData(nameof(Each))]
    public void What_is_written_is_read(int number)
    {
        var e = All[number].Event;
        var (type, bytes) = EventCodec.Encode(e);

        type.ShouldBe(e.Type);
        bytes[0].ShouldNotBe((byte)'{');
        Same(EventCodec.Decode(type, bytes), e);
    }

    [Theory]
    [MemberData(nameof(EachOld))]
    public void What_earlier_versions_wrote_is_read(int number)
    {
        var (row, e) = All[number];
        Same(EventCodec.Decode(e.Type, Encoding.UTF8.GetBytes(row!)), e);
    }

    [Fact]
    public void The_form_of_a_message_stays()
    {
        var (_, bytes) = EventCodec.Encode(new MessageReceived(InGroup, Hi));
        Convert
            .ToHexString(bytes)
            .ShouldBe(
                "010A610A590A06334542304142"
                    + "121731323033363330303030303030303030303140672E7573"
                    + "221D3439313531313131313131313A3340732E77686174736170702E6E6574"
                    + "2A13313030303030303030303030303031406C6964"
                    + "30013801"
                    + "12040A026869"
            );
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Damaged_bytes_become_an_unreadable_event_or_another_and_nothing_throws(int number)
    {
        var (row, e) = All[number];
        var random = new Random(number);
        foreach (
            var whole in (byte[][])
                [EventCodec.Encode(e).Bytes, Encoding.UTF8.GetBytes(row ?? OldRows.Identity)]
        )
        {
            for (var length = 0; length < whole.Length; length++)
                Take(e.Type, whole[..length]);
            for (var i = 0; i < 2_000; i++)
            {
                var damaged = whole.ToArray();
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                Take(e.Type, damaged);
            }
        }
    }

    [Theory]
    [InlineData("message", "")]
    [InlineData("message", "123")]
    [InlineData("message", "[]")]
    [InlineData("message", "{}")]
    [InlineData("message", "{\"message\":")]
    [InlineData("message", "\u0001")]
    [InlineData("message", "\u0002\u000a")]
    [InlineData("receipt", """{"receipt":"\ud800"}""")]
    [InlineData("receipt", "{} {}")]
    [InlineData("of a later version", "\u0001\u0002")]
    [InlineData("of a later version", OldRows.Sent)]
    [InlineData("sent", OldRows.Receipt)]
    public void What_cannot_be_read_keeps_its_type_and_its_bytes(string type, string stored)
    {
        var bytes = Encoding.UTF8.GetBytes(stored);
        var unreadable = EventCodec.Decode(type, bytes).ShouldBeOfType<UnreadableEvent>();

        unreadable.Of.ShouldBe(type);
        unreadable.Reason.ShouldNotBeNullOrEmpty();
        var (again, raw) = EventCodec.Encode(unreadable);
        again.ShouldBe(type);
        raw.ShouldBe(bytes);
    }

    [Fact]
    public void Bytes_of_another_type_are_unreadable() =>
        EventCodec
            .Decode("receipt", EventCodec.Encode(All[0].Event).Bytes)
            .ShouldBeOfType<UnreadableEvent>();

    [Fact]
    public void Only_what_is_done_with_completes_a_message()
    {
        foreach (var (_, e) in All)
            (e.Completes is not null).ShouldBe(
                e
                    is MessageReceived
                        or PeerMessageReceived
                        or KeysReceived
                        or CallOffered
                        or CallEnded,
                e.Type
            );
        // An offer and its end are told once each.
        All.Select(e => e.Event.Completes).OfType<MessageKey>().ShouldBeUnique();
        All[0].Event.Completes.ShouldBe(new(Lid.ToString(), Head.Sender.ToString(), "3EB0AA"));
    }

    [Fact]
    public void A_message_is_parsed_once_and_when_it_is_asked_for()
    {
        var message = new MessageReceived(Head, Hi);
        message.Content.Text.ShouldBe("hi");
        message.Content.ShouldBeSameAs(message.Content);
        message.ToString().ShouldBe("message");
    }

    private static void Take(string type, byte[] bytes)
    {
        var e = EventCodec.DecodeKnown(type, bytes);
        e.Type.ShouldBeOneOf(type, EventTypes.Unreadable);
        JsonNode.Parse(EventJson.Write(e)).ShouldNotBeNull();
        EventCodec.Encode(e).Type.ShouldBe(type);
    }

    private static void Same(SessionEvent one, SessionEvent other)
    {
        one.GetType().ShouldBe(other.GetType());
        Encoding
            .UTF8.GetString(EventJson.Write(one))
            .ShouldBe(Encoding.UTF8.GetString(EventJson.Write(other)));
        one.Completes.ShouldBe(other.Completes);
    }
}
