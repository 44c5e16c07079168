using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.SessionPod.Tests.Api;

/// <summary>What tenants see of events: as the schema in OpenAPI says, and without keys.</summary>
public sealed class TenantEventsTests
{
    private const long Seq = 7;

    private static readonly byte[] Key = Encoding.UTF8.GetBytes("0123456789-secret-key-9876543210");

    private static readonly Jid Anna = new("491511111111", Jid.PhoneServer);
    private static readonly Jid Group = new("120363000000000001", Jid.GroupServer);

    [Fact]
    public async Task Each_event_is_as_its_schema_says()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        using var api = new ApiClient(pod.Api);
        var (_, document, _) = await api.GetAsync("/openapi/v1.json");
        var schema = new JsonSchema(document!);
        var streamed = document!["paths"]!["/v1/sessions/{namespace}/{name}/events"]!["get"]![
            "responses"
        ]!["200"]!["content"]!["text/event-stream"]!["schema"]!;
        var kinds = schema.Resolve(streamed)["properties"]!.AsObject();
        var described = new HashSet<string>(StringComparer.Ordinal);
        ShownEvent[] shown =
        [
            .. Events().Select(e => TenantEvents.Convert(e, Seq)),
            TenantEvents.Gap(1, 2),
            TenantEvents.Moved(),
            TenantEvents.Closed("x"),
        ];
        foreach (var (name, json) in shown)
        {
            described.Add(name);
            schema.Check(kinds[name].ShouldNotBeNull(name), JsonNode.Parse(json)!, name);
        }
        described.ShouldBe(kinds.Select(kind => kind.Key), ignoreOrder: true);
    }

    [Fact]
    public void No_kind_of_message_shows_a_key_or_its_bytes()
    {
        var shown = 0;
        foreach (var kind in Message.Descriptor.Fields.InDeclarationOrder())
        foreach (var message in Kinds(kind))
        {
            var e = new MessageReceived(Head(fromMe: true), message.ToByteArray());
            var json = Encoding.UTF8.GetString(TenantEvents.Convert(e, Seq).Json);
            ShouldHoldNoSecret(json, kind.Name);
            shown += message.ToByteArray().AsSpan().IndexOf(Key) >= 0 ? 1 : 0;
        }
        // The keys were there.
        shown.ShouldBeGreaterThan(100);

        var damaged = new UnreadableEvent("message", "damaged", Key);
        ShouldHoldNoSecret(Encoding.UTF8.GetString(TenantEvents.Convert(damaged, Seq).Json), "raw");
        byte[] none = [0x0A, 0x7F, .. Key];
        var unknown = TenantEvents.Convert(new MessageReceived(Head(), none), Seq);
        JsonNode.Parse(unknown.Json)!["content"]!["reason"].ShouldNotBeNull();
        ShouldHoldNoSecret(Encoding.UTF8.GetString(unknown.Json), "no message");
    }

    [Fact]
    public void Of_a_file_there_is_what_is_said_about_it()
    {
        var content = JsonNode.Parse(
            TenantEvents.Convert(new MessageReceived(Head(), Image().ToBytes()), Seq).Json
        )!["content"]!;

        ((string?)content["kind"]).ShouldBe("image");
        ((string?)content["caption"]).ShouldBe("Look");
        ((string?)content["mediaInfo"]!["mimeType"]).ShouldBe("image/jpeg");
        ((int)content["mediaInfo"]!["width"]!).ShouldBe(640);
        content["media"]!
            .AsObject()
            .Select(field => field.Key)
            .ShouldBe(["kind", "id", "mimeType", "bytes", "fileSha256", "fileLength"]);
        ((string?)content["media"]!["id"])!.ShouldStartWith("med_");
        ((string?)content["media"]!["mimeType"]).ShouldBe("image/jpeg");
        ((long)content["media"]!["bytes"]!).ShouldBe(4711);
        ((long)content["media"]!["fileLength"]!).ShouldBe(4711);
    }

    /// <summary>Events of every kind, with all that they may hold.</summary>
    internal static IEnumerable<SessionEvent> Events()
    {
        foreach (var kind in Message.Descriptor.Fields.InDeclarationOrder())
        foreach (var message in Kinds(kind))
            yield return new MessageReceived(Head(fromMe: true), message.ToByteArray());
        MessageContent[] contents =
        [
            MessageContent.Text("hi").Reply(new(Anna, "3EB0", FromMe: false), Image().ToBytes()),
            Image().Mention(Anna).Forwarded().ViewOnce(),
            MessageContent.Location(new(1, 2)),
            MessageContent.Poll("When?", ["now", "later"]),
        ];
        foreach (var content in contents)
            yield return new MessageReceived(Head(), content.ToBytes());
        yield return new PeerMessageReceived(Head(), MessageContent.Text("x").ToBytes());
        yield return new KeysReceived(Head());
        yield return new MessageUndecryptable(Head(), "NoSession", "There is none.");
        yield return new MessageSent("3EB0", Anna.ToString(), 1800000001);
        yield return new MessageSent("3EB0", Anna.ToString(), null);
        yield return new MessageFailed("3EB0", Anna.ToString(), 463, "Locked.");
        yield return new MessageFailed("3EB0", Anna.ToString(), null, null);
        yield return new ReceiptReceived("read", Anna, Anna, FromMe: false, 5, ["3EB0"]);
        yield return new IdentityChanged(Anna, 5);
        yield return new IdentityChanged(Anna, 5)
        {
            Other = Anna,
            OldFingerprint = new string('0', 64),
            NewFingerprint = new string('f', 64),
        };
        yield return new GroupChanged
        {
            Group = Group,
            Id = "n1",
            Actor = Anna,
            ActorPn = Anna,
            Timestamp = 5,
            Changes =
            [
                new()
                {
                    Action = "add",
                    Members = [Anna],
                    Subject = "Trip",
                    Description = "All of it",
                    Attributes = new Dictionary<string, string> { ["reason"] = "invite" },
                },
                new() { Action = "link", Linked = [Group] },
                new() { Action = "delete" },
            ],
        };
        yield return new CallOffered
        {
            Id = "C1",
            From = Anna,
            FromOther = new("100000000000001", Jid.LidServer),
            Group = Group,
            Video = true,
            Timestamp = 5,
            Offline = true,
        };
        yield return new CallOffered { Id = "C2", From = Anna };
        yield return new CallEnded
        {
            Id = "C1",
            From = Anna,
            FromOther = new("100000000000001", Jid.LidServer),
            Group = Group,
            Reason = "timeout",
            Timestamp = 5,
            Offline = true,
        };
        yield return new CallEnded { Id = "C2", From = Anna };
        yield return new PictureChanged
        {
            Of = Group,
            PictureId = "7",
            By = Anna,
            Timestamp = 5,
        };
        yield return new PictureChanged { Of = Anna, Removed = true };
        yield return new BlocklistChanged
        {
            Changes =
            [
                new(Anna, new("100000000000001", Jid.LidServer), true),
                new(new("100000000000002", Jid.LidServer), null, false),
            ],
            Timestamp = 5,
        };
        yield return new ChatChanged
        {
            Chat = Anna,
            Muted = true,
            MutedUntil = 1800000000000,
            Archived = true,
            Pinned = false,
            Unread = true,
            Cleared = true,
            Deleted = true,
            Timestamp = 1,
        };
        yield return new ChatChanged { Chat = Group };
        yield return new MessageMarked
        {
            Chat = Group,
            Id = "3EB0",
            Sender = Anna,
            Starred = true,
            Deleted = true,
        };
        yield return new MessageMarked { Chat = Anna, Id = "3EB0" };
        yield return new ContactChanged
        {
            Contact = Anna,
            Lid = Anna,
            FullName = "Anna A.",
            FirstName = "Anna",
            Removed = true,
        };
        yield return new ContactChanged { Contact = Anna };
        yield return new LabelChanged
        {
            Id = "1",
            Name = "New",
            Color = 2,
            Chat = Anna,
            MessageId = "3EB0",
            On = true,
        };
        yield return new LabelChanged { Id = "1", Deleted = true };
        yield return new QuickReplyChanged
        {
            Id = "1",
            Shortcut = "hi",
            Text = "Hi, what can we do for you?",
        };
        yield return new QuickReplyChanged { Id = "1", Deleted = true };
        yield return new AppStateSynced
        {
            Collection = "regular",
            Version = 1,
            Records = 1,
            Error = "It is damaged.",
        };
        yield return new AppStateSynced { Collection = "regular", Version = 1 };
        yield return new HistorySynced
        {
            Part = "onDemand",
            Progress = 1,
            Chunk = 1,
            Chats = 1,
            Messages = 1,
            Names = 1,
            Request = "3EB0",
            Error = "It is damaged.",
        };
        yield return new HistorySynced { Part = "recent" };
        yield return new PresenceHeard
        {
            Account = Anna,
            Available = false,
            LastSeen = DateTimeOffset.UnixEpoch,
            At = DateTimeOffset.UnixEpoch,
        };
        foreach (var state in Enum.GetValues<ChatState>())
            yield return new TypingHeard
            {
                Chat = Group,
                Sender = Anna,
                State = state,
                At = DateTimeOffset.UnixEpoch,
            };
        yield return new StatusChanged
        {
            Phase = SessionPhase.Connected,
            Reason = "ReachOutTimelock",
            Message = "x",
            Paired = true,
            At = DateTimeOffset.UnixEpoch,
        };
        yield return new StatusChanged
        {
            Phase = SessionPhase.Reconnecting,
            Reason = "of a later version",
            Paired = true,
            At = DateTimeOffset.UnixEpoch,
        };
        yield return new PairingStepped
        {
            Step = PairingStep.Code,
            Method = "QR",
            Number = 1,
            Of = 6,
            Expires = DateTimeOffset.UnixEpoch,
            At = DateTimeOffset.UnixEpoch,
        };
        foreach (var step in (PairingStep[])[PairingStep.Passkey, PairingStep.Compare])
            yield return new PairingStepped
            {
                Step = step,
                Expires = DateTimeOffset.UnixEpoch,
                At = DateTimeOffset.UnixEpoch,
            };
        yield return new PairingStepped
        {
            Step = PairingStep.Error,
            Reason = "PairingExpired",
            Message = "x",
            At = DateTimeOffset.UnixEpoch,
        };
        yield return new LimitReached
        {
            Limit = ReachedLimit.Recipient,
            Allowed = 2,
            RetryAt = DateTimeOffset.UnixEpoch,
            Message = "x",
            At = DateTimeOffset.UnixEpoch,
        };
        yield return new LimitReached { Limit = ReachedLimit.Queue, At = DateTimeOffset.UnixEpoch };
        yield return new BroadcastProgress(
            "3EB0",
            "November",
            "Stopped",
            "Timelocked",
            7,
            new(1, 1, 1, 1, 1, 1, 1)
        );
        yield return new UnreadableEvent("message", "damaged");
    }

    private static MessageHead Head(bool fromMe = false) =>
        new()
        {
            Id = "3EB0",
            Chat = Group,
            ChatOther = Anna,
            Sender = Anna with { Device = 3 },
            SenderOther = new("100000000000001", Jid.LidServer),
            InGroup = true,
            FromMe = fromMe,
            Timestamp = 5,
            PushName = "Anna",
            StanzaType = "text",
            Category = "x",
            Edit = "1",
            Offline = true,
        };

    private static MessageContent Image() =>
        MessageContent.Image(
            new MediaReference
            {
                Kind = MediaKind.Image,
                DirectPath = "/v/secret-path",
                MediaKey = Key,
                FileSha256 = new byte[32],
                FileEncSha256 = new byte[32],
                FileLength = 4711,
            },
            new()
            {
                MimeType = "image/jpeg",
                Caption = "Look",
                Width = 640,
                Height = 480,
            }
        );

    /// <summary>A message of a kind with all its fields set: alone, quoted, and as an edit.</summary>
    private static IEnumerable<Message> Kinds(FieldDescriptor kind)
    {
        foreach (var depth in (int[])[2, 5])
        {
            var message = new Message();
            Fill(message, kind, depth);
            yield return message;
            yield return new()
            {
                ExtendedTextMessage = new()
                {
                    Text = "x",
                    ContextInfo = new()
                    {
                        StanzaId = "3EB0",
                        QuotedMessage = message.ToByteString(),
                    },
                },
            };
            yield return new()
            {
                ProtocolMessage = new()
                {
                    Type = ProtocolMessage.Types.Type.MessageEdit,
                    EditedMessage = message,
                },
            };
        }
    }

    private static void Fill(IMessage message, FieldDescriptor field, int depth)
    {
        if (field.FieldType == FieldType.Message && depth == 0)
            return;
        var value = Value(field, depth);
        if (field.IsMap)
            return;
        if (field.IsRepeated)
            ((System.Collections.IList)field.Accessor.GetValue(message)).Add(value);
        else
            field.Accessor.SetValue(message, value);
    }

    private static object Value(FieldDescriptor field, int depth)
    {
        switch (field.FieldType)
        {
            case FieldType.Message:
                var part = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                foreach (var inner in field.MessageType.Fields.InDeclarationOrder())
                    Fill(part, inner, depth - 1);
                return part;
            case FieldType.Bytes:
                return IsPublic(field.Name)
                    ? ByteString.CopyFrom(new byte[32])
                    : ByteString.CopyFrom(Key);
            case FieldType.String:
                return field.Name.EndsWith("irectPath", StringComparison.Ordinal)
                    ? "/v/secret-path"
                    : "said";
            case FieldType.Enum:
                return field.EnumType.Values[0].Number;
            case FieldType.Bool:
                return true;
            case FieldType.Double:
                return 1.0;
            case FieldType.Float:
                return 1.0f;
            case FieldType.UInt32 or FieldType.Fixed32:
                return 1u;
            case FieldType.UInt64 or FieldType.Fixed64:
                return 1ul;
            case FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64:
                return 1L;
            default:
                return 1;
        }
    }

    /// <summary>Pictures, sounds and hashes, what an advertisement carries, and votes, which are encrypted.</summary>
    private static bool IsPublic(string bytes) =>
        bytes.Contains("humbnail", StringComparison.Ordinal)
        || bytes.Contains("Sha256", StringComparison.Ordinal)
        || bytes is "waveform" or "conversionData" or "ctwaPayload" or "encPayload" or "encIv";

    private static void ShouldHoldNoSecret(string json, string kind)
    {
        json.ShouldNotContain("secret-path", customMessage: kind);
        json.ShouldNotContain("mediaKey", customMessage: kind);
        json.ShouldNotContain("secret-key", customMessage: kind);
        json.ShouldNotContain(Convert.ToHexString(Key), Case.Insensitive, kind);
        // However the key stands within longer bytes.
        for (var offset = 0; offset < 3; offset++)
        {
            var whole = Convert.ToBase64String([.. new byte[offset], .. Key]);
            json.ShouldNotContain(whole[4..^4], customMessage: kind);
        }
    }
}
