using System.IO.Compression;
using Google.Protobuf;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// Parts of the history: changed after they were compressed, and before, which a phone's owner can do. What is read keeps the bounds,
/// what its messages say is read, too, and so are the addresses by themselves.
/// </summary>
internal sealed class HistoryTarget : Target
{
    private static readonly Jid Me = new("491511111111", Jid.PhoneServer);

    private enum Entrance
    {
        Compressed,
        Plain,
        Announcement,
    }

    public override string Name => "history";

    public override Input Make(Random random)
    {
        var entrance = (Entrance)random.Next(3);
        if (entrance == Entrance.Plain && random.Next(16) == 0)
            return new(Many(random), (int)entrance);
        var original = entrance switch
        {
            Entrance.Compressed => Deflate(Part(random).ToByteArray()),
            Entrance.Plain => Part(random).ToByteArray(),
            _ => Announcement(random).ToByteArray(),
        };
        return new(
            random.Next(4) switch
            {
                0 => original,
                1 when entrance != Entrance.Compressed => ProtoMutation.Change(random, original),
                _ => ByteMutation.Change(random, original, original),
            },
            (int)entrance
        );
    }

    public override void Parse(Input input)
    {
        switch ((Entrance)input.Kind)
        {
            case Entrance.Compressed:
                Read(input.Bytes);
                break;
            case Entrance.Plain:
                Read(Deflate(input.Bytes));
                break;
            default:
                _ = HistoryRecords.Read(input.Bytes);
                break;
        }
    }

    public override bool IsRefusal(Exception exception) => exception is HistoryException;

    /// <summary>Zlib makes of a byte a thousand at most, and each is copied a few times.</summary>
    public override long MaxAllocated(Input input) => 1024 * 1024 + 8192L * input.Bytes.Length;

    private static void Read(byte[] compressed)
    {
        using var stream = new MemoryStream(compressed);
        foreach (var (phone, lid) in HistoryReader.Addresses(stream, CancellationToken.None))
        {
            if (!phone.IsPhone || !lid.IsLid)
                throw new InvalidOperationException("an address is of the other kind");
        }
        stream.Position = 0;
        foreach (var item in HistoryReader.Read(stream, Me, CancellationToken.None))
        {
            if (item is not HistoryItem.Message { Value: var message })
                continue;
            if (message.Message.Length > HistoryReader.MaxMessage || message.Id.Length == 0)
                throw new InvalidOperationException("a message is out of its bounds");
            _ = message.Content;
        }
    }

    private static HistorySync Part(Random random)
    {
        var part = new HistorySync { SyncType = 3, Progress = 50 };
        for (var i = random.Next(4); i >= 0; i--)
        {
            var chat = new Conversation
            {
                Id = random.Next(2) == 0 ? "491522222222@s.whatsapp.net" : "120363000@g.us",
                Name = "Bert",
                PnJid = "491522222222@s.whatsapp.net",
                LidJid = "123456@lid",
                UnreadCount = (uint)random.Next(),
            };
            for (var n = random.Next(5); n >= 0; n--)
                chat.Messages.Add(
                    new HistorySyncMsg
                    {
                        Message = new()
                        {
                            Key = new()
                            {
                                Id = "3A00",
                                FromMe = random.Next(2) == 0,
                                Participant = "491522222222@s.whatsapp.net",
                            },
                            Message = new Message { Conversation = "Hello" }.ToByteString(),
                            MessageTimestamp = (ulong)random.NextInt64(),
                            Status = (uint)random.Next(8),
                            MessageSecret = ByteString.CopyFrom(new byte[random.Next(40)]),
                        },
                    }
                );
            part.Conversations.Add(chat);
        }
        part.Pushnames.Add(new Pushname { Id = "491522222222@s.whatsapp.net", Pushname_ = "B." });
        part.PhoneNumberToLidMappings.Add(
            new PhoneNumberToLidMapping
            {
                PnJid = "491522222222@s.whatsapp.net",
                LidJid = "123456@lid",
            }
        );
        return part;
    }

    /// <summary>One tiny field over and over, in a chat or by itself: nothing comes of most, so nothing may be kept for them.</summary>
    private static byte[] Many(Random random)
    {
        var field = new byte[2];
        field[0] = (byte)(random.Next(1, 16) << 3 | (random.Next(2) == 0 ? 0 : 2));
        var fields = Enumerable.Repeat(field, random.Next(1, 60_000)).SelectMany(f => f).ToArray();
        if (random.Next(4) == 0)
            return fields;
        using var part = new MemoryStream();
        var output = new CodedOutputStream(part, leaveOpen: true);
        output.WriteTag(HistorySync.ConversationsFieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(fields));
        output.Flush();
        return part.ToArray();
    }

    private static Message Announcement(Random random) =>
        new()
        {
            ProtocolMessage = new()
            {
                Type = ProtocolMessage.Types.Type.HistorySyncNotification,
                HistorySyncNotification = new()
                {
                    SyncType = (HistorySyncNotification.Types.SyncType)random.Next(7),
                    ChunkOrder = (uint)random.Next(),
                    DirectPath = "/v/none",
                    MediaKey = ByteString.CopyFrom(new byte[32]),
                    PeerDataRequestSessionId = "3EB0",
                },
            },
        };

    private static byte[] Deflate(byte[] bytes)
    {
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return deflated.ToArray();
    }
}
