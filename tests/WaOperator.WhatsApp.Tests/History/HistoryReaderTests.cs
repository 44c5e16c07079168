using System.IO.Compression;
using Google.Protobuf;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.History;

public sealed class HistoryReaderTests
{
    private static readonly Jid Me = new("491511111111", Jid.PhoneServer);
    private static readonly Jid Lid = new("123", Jid.LidServer);
    private static readonly Jid Bert = new("491522222222", Jid.PhoneServer);

    [Fact]
    public void A_part_that_is_cut_off_or_not_compressed_is_refused()
    {
        var deflated = Deflate(Part(Chat(Message("1"), Message("2"))).ToByteArray());
        Read(deflated).OfType<HistoryItem.Message>().Count().ShouldBe(2);
        for (var length = 1; length < deflated.Length; length++)
            Should.Throw<HistoryException>(
                () => Read(deflated[..length]),
                $"{length} of {deflated.Length} bytes"
            );
        Should.Throw<HistoryException>(() => Read([1, 2, 3, 4]));
        Should.Throw<HistoryException>(() => Read([]));
        Should.Throw<HistoryException>(
            () => Read([0x78, 0xF9, 0, 0, 0, 0, 1, 2, 3]),
            "a dictionary"
        );
        deflated[^1] ^= 1;
        Should.Throw<HistoryException>(() => Read(deflated), "another checksum");
    }

    [Fact]
    public void A_bomb_is_refused_before_it_has_been_inflated()
    {
        using var bomb = new MemoryStream();
        using (var zlib = new ZLibStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            // A field that is passed over, 600 MB of zeros.
            const int length = 600_000_000;
            var head = new MemoryStream();
            var output = new CodedOutputStream(head);
            output.WriteTag(9, WireFormat.WireType.LengthDelimited);
            output.WriteLength(length);
            output.Flush();
            zlib.Write(head.ToArray());
            var zeros = new byte[1_000_000];
            for (var i = 0; i < length / zeros.Length; i++)
                zlib.Write(zeros);
        }
        bomb.Length.ShouldBeLessThan(1_000_000);
        Should
            .Throw<HistoryException>(() => Read(bomb.ToArray()))
            .Message.ShouldContain("more than 536870912 bytes");
    }

    /// <summary>Half a megabyte is half a gigabyte of these.</summary>
    [Theory]
    [InlineData(WireReader.Varint, 20)]
    [InlineData(WireReader.Delimited, 20)]
    [InlineData(WireReader.Varint, 6)]
    [InlineData(WireReader.Delimited, 13)]
    public void A_chat_of_tiny_fields_is_refused_before_it_costs_memory(int type, int field)
    {
        var bomb = Deflate(Tiny(5_000_000, type, field));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should
            .Throw<HistoryException>(() => Read(bomb))
            .Message.ShouldContain($"more than {HistoryReader.MaxFields} things");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(8_000_000);
    }

    [Fact]
    public void Empty_messages_are_counted_although_nothing_comes_of_them() =>
        Should
            .Throw<HistoryException>(() =>
                Read(Deflate(Tiny(5_000_000, WireReader.Delimited, field: 2)))
            )
            .Message.ShouldContain($"more than {HistoryReader.MaxItems} entries");

    [Fact]
    public void A_group_of_many_members_is_read()
    {
        using var part = new MemoryStream();
        part.Write(Tiny(HistoryReader.MaxFields, WireReader.Delimited, field: 20));
        part.Write(Part(Chat(Message("1"))).ToByteArray());
        Read(Deflate(part.ToArray())).OfType<HistoryItem.Message>().Count().ShouldBe(1);
    }

    [Fact]
    public void Reading_ends_with_the_connection_also_where_nothing_is_yielded()
    {
        using var ending = new CancellationTokenSource();
        using var stream = new MemoryStream(
            Deflate([
                .. Part(Chat(Message("1"))).ToByteArray(),
                .. Tiny(HistoryReader.MaxFields, WireReader.Varint, field: 20),
            ])
        );
        var read = new List<HistoryItem>();
        Should.Throw<OperationCanceledException>(() =>
        {
            foreach (var item in HistoryReader.Read(stream, Me, ending.Token))
            {
                read.Add(item);
                if (item is HistoryItem.Chat)
                    ending.Cancel();
            }
        });
        read.Count.ShouldBe(2);
    }

    [Fact]
    public void What_is_too_large_or_damaged_by_itself_is_passed_over()
    {
        var large = Message("large");
        large.Message.Message = ByteString.CopyFrom(new byte[HistoryReader.MaxMessage]);
        var nameless = Message("");
        var empty = Message("empty");
        empty.Message.ClearMessage();
        var items = Read(
            Deflate(Part(Chat(large, nameless, empty, Message("good"))).ToByteArray())
        );
        items.OfType<HistoryItem.Message>().Single().Value.Id.ShouldBe("good");
        items.OfType<HistoryItem.Chat>().Single().Value.Name.ShouldBe("Bert");
    }

    [Fact]
    public void A_field_that_is_longer_than_its_chat_is_refused()
    {
        var chat = Chat(Message("1")).ToByteArray();
        using var part = new MemoryStream();
        var output = new CodedOutputStream(part);
        output.WriteTag(2, WireFormat.WireType.LengthDelimited);
        output.WriteLength(chat.Length - 3);
        output.Flush();
        part.Write(chat);
        Should.Throw<HistoryException>(() => Read(Deflate(part.ToArray())));
    }

    [Fact]
    public void A_message_of_a_group_without_an_author_is_passed_over_and_one_of_the_account_is_its_own()
    {
        var chat = Chat(
            Message("1"),
            Message("2", fromMe: true),
            Message("3", author: "49157@s.whatsapp.net")
        );
        chat.Id = "120363000@g.us";
        var messages = Read(Deflate(Part(chat).ToByteArray()))
            .OfType<HistoryItem.Message>()
            .Select(m => (m.Value.Id, $"{m.Value.Sender}"));
        messages.ShouldBe([("2", $"{Me}"), ("3", "49157@s.whatsapp.net")]);
    }

    [Theory]
    [InlineData(3u, 3, false)]
    [InlineData(uint.MaxValue, 0, true)]
    [InlineData(100_001u, 0, true)]
    public void A_count_that_is_none_is_a_mark(uint told, int unread, bool marked)
    {
        var part = Part(Chat());
        part.Conversations[0].UnreadCount = told;
        var chat = Read(Deflate(part.ToByteArray())).OfType<HistoryItem.Chat>().Single().Value;
        (chat.Unread, chat.MarkedUnread).ShouldBe((unread, marked));
    }

    [Theory]
    [InlineData("A\0B")]
    [InlineData("A B")]
    [InlineData("Ä")]
    public void An_id_that_no_client_makes_is_passed_over(string id) =>
        Read(Deflate(Part(Chat(Message(id), Message("good"))).ToByteArray()))
            .OfType<HistoryItem.Message>()
            .Single()
            .Value.Id.ShouldBe("good");

    [Fact]
    public void Names_are_read_and_an_empty_name_is_none()
    {
        var part = Part(Chat());
        part.Pushnames.Add(new Pushname { Id = $"{Bert}", Pushname_ = "B." });
        part.Pushnames.Add(new Pushname { Id = $"{Bert}", Pushname_ = "-" });
        var items = Read(Deflate(part.ToByteArray()));
        items.OfType<HistoryItem.Name>().Single().Value.PushName.ShouldBe("B.");
    }

    [Theory]
    [InlineData("491522222222@s.whatsapp.net", "491522222222@s.whatsapp.net", "123@lid")]
    [InlineData("491522222222@s.whatsapp.net", "", "123@lid")]
    [InlineData("123@lid", "491522222222@s.whatsapp.net", "")]
    [InlineData("123@lid", "491522222222@s.whatsapp.net", "123@lid")]
    public void A_chat_says_both_of_its_addresses(string id, string phone, string lid)
    {
        var part = Part(Chat(Message("1")));
        (part.Conversations[0].Id, part.Conversations[0].PnJid, part.Conversations[0].LidJid) = (
            id,
            phone,
            lid
        );
        Addresses(Deflate(part.ToByteArray())).ShouldBe([new(Bert, Lid)]);
    }

    [Fact]
    public void Addresses_are_read_by_themselves_also_those_behind_all_chats()
    {
        var part = Part(Chat(Message("1")));
        part.PhoneNumberToLidMappings.Add(
            new PhoneNumberToLidMapping { PnJid = $"{Bert}", LidJid = $"{Lid}" }
        );
        part.PhoneNumberToLidMappings.Add(
            new PhoneNumberToLidMapping { PnJid = $"{Lid}", LidJid = $"{Bert}" }
        );
        var deflated = Deflate(part.ToByteArray());
        Addresses(deflated).ShouldBe([new(Bert, Lid)]);
        Read(deflated).Count.ShouldBe(2, "a message and a chat");
        Should.Throw<HistoryException>(() => Addresses(deflated[..^3]), "cut off");
        Should.Throw<HistoryException>(() => Addresses(Deflate(Tiny(100_000, 2, field: 20))));
    }

    /// <summary>A chat of so many fields of two bytes, each a zero or empty.</summary>
    private static byte[] Tiny(int count, int type, int field)
    {
        using var part = new MemoryStream();
        var output = new CodedOutputStream(part, leaveOpen: true);
        var tag = WireFormat.MakeTag(field, (WireFormat.WireType)type);
        var size = CodedOutputStream.ComputeUInt32Size(tag) + 1;
        output.WriteTag(HistorySync.ConversationsFieldNumber, WireFormat.WireType.LengthDelimited);
        output.WriteLength(count * size);
        for (var i = 0; i < count; i++)
        {
            output.WriteUInt32(tag);
            output.WriteLength(0);
        }
        output.Flush();
        return part.ToArray();
    }

    private static List<HistoryAddress> Addresses(byte[] compressed)
    {
        using var stream = new MemoryStream(compressed);
        return [.. HistoryReader.Addresses(stream, CancellationToken.None)];
    }

    private static List<HistoryItem> Read(byte[] compressed)
    {
        using var stream = new MemoryStream(compressed);
        return [.. HistoryReader.Read(stream, Me, CancellationToken.None)];
    }

    private static HistorySync Part(Conversation chat) =>
        new() { SyncType = 3, Conversations = { chat } };

    private static Conversation Chat(params HistorySyncMsg[] messages)
    {
        var chat = new Conversation { Id = $"{Bert}", Name = "Bert" };
        chat.Messages.AddRange(messages);
        return chat;
    }

    private static HistorySyncMsg Message(string id, bool fromMe = false, string author = "")
    {
        var info = new WebMessageInfo
        {
            Key = new() { Id = id, FromMe = fromMe },
            Message = new Message { Conversation = "Hello" }.ToByteString(),
        };
        if (author.Length > 0)
            info.Key.Participant = author;
        return new() { Message = info };
    }

    private static byte[] Deflate(byte[] bytes)
    {
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return deflated.ToArray();
    }
}
