using Google.Protobuf;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.History;

/// <summary>Something that a part of the history holds.</summary>
internal abstract record HistoryItem
{
    /// <summary>A message.</summary>
    public sealed record Message(HistoryMessage Value) : HistoryItem;

    /// <summary>A chat, behind its messages.</summary>
    public sealed record Chat(HistoryChat Value) : HistoryItem;

    /// <summary>A name that an account has chosen.</summary>
    public sealed record Name(HistoryName Value) : HistoryItem;

    /// <summary>Two addresses of one account.</summary>
    public sealed record Address(Jid Phone, Jid Lid) : HistoryItem;
}

/// <summary>
/// Reads a part of the history out of its compressed stream, one item after the other: the largest thing in memory is a message. What
/// is too large or damaged by itself is passed over; what is damaged as a whole ends the reading. Notes of the system, which hold no
/// message, and what is not known here are passed over, too.
/// </summary>
internal static class HistoryReader
{
    /// <summary>Bytes of a compressed part that are taken.</summary>
    public const long MaxFile = 64L * 1024 * 1024;

    /// <summary>Bytes that it may inflate to.</summary>
    public const long MaxInflated = 512L * 1024 * 1024;

    /// <summary>Bytes of a message, with previews, that is kept.</summary>
    public const int MaxMessage = 1024 * 1024;

    /// <summary>Bytes of what is said of a chat beside its messages and members.</summary>
    public const int MaxChat = 64 * 1024;

    /// <summary>Items of a part that are read.</summary>
    public const int MaxItems = 2_000_000;

    private const int MaxId = 128;
    private const int MaxUnread = 100_000;
    private const int MaxName = 1024;
    private const int SecretSize = 32;

    /// <summary>Reads a part.</summary>
    /// <param name="compressed">The part, in zlib's format; stays the caller's.</param>
    /// <param name="me">The account's own address.</param>
    /// <exception cref="HistoryException">Damaged, or larger than anything that a phone gives; while it is enumerated.</exception>
    public static IEnumerable<HistoryItem> Read(Stream compressed, Jid me)
    {
        using var inflated = new Inflated(compressed);
        var wire = new WireReader(inflated, MaxInflated);
        var items = 0;
        while (wire.TryTag(out var tag))
        {
            foreach (var item in Field(wire, tag, me))
            {
                if (++items > MaxItems)
                    throw new HistoryException($"The history has more than {MaxItems} entries.");
                yield return item;
            }
        }
    }

    private static IEnumerable<HistoryItem> Field(
        WireReader wire,
        (int Field, int Type) tag,
        Jid me
    )
    {
        const long unbounded = long.MaxValue;
        switch (tag)
        {
            case (HistorySync.ConversationsFieldNumber, WireReader.Delimited):
                return Conversation(wire, wire.Length(unbounded), me);
            case (HistorySync.PushnamesFieldNumber, WireReader.Delimited):
                return One(
                    Parse(Pushname.Parser, wire.Bytes(unbounded, MaxChat))
                        is { Pushname_.Length: > 0 and <= MaxName } name
                    && name.Pushname_ != "-"
                    && Account(name.Id) is { } account
                        ? new HistoryItem.Name(new(account, name.Pushname_))
                        : null
                );
            case (HistorySync.PhoneNumberToLidMappingsFieldNumber, WireReader.Delimited):
                return One(
                    Parse(PhoneNumberToLidMapping.Parser, wire.Bytes(unbounded, MaxChat))
                        is { } mapping
                        ? Address(mapping.PnJid, mapping.LidJid)
                        : null
                );
            default:
                wire.Skip(tag.Type, unbounded);
                return [];
        }
    }

    private static IEnumerable<HistoryItem> Conversation(WireReader wire, long length, Jid me)
    {
        var end = wire.Position + length;
        // What is said of the chat stands before and behind its messages, and is gathered.
        using var rest = new MemoryStream();
        Jid? chat = null;
        while (wire.Position < end)
        {
            var tag = wire.Tag();
            switch (tag)
            {
                case (Proto.Conversation.IdFieldNumber, WireReader.Delimited):
                    chat = wire.Bytes(end, MaxName) is { } id
                        ? Account(System.Text.Encoding.UTF8.GetString(id))
                        : null;
                    break;
                case (Proto.Conversation.MessagesFieldNumber, WireReader.Delimited):
                    var bytes = wire.Bytes(end, MaxMessage);
                    if (
                        chat is { } of
                        && Parse(HistorySyncMsg.Parser, bytes) is { Message: { } info }
                        && Message(info, of, me) is { } message
                    )
                        yield return new HistoryItem.Message(message);
                    break;
                default:
                    Gather(wire, tag, end, rest);
                    break;
            }
        }
        if (wire.Position > end)
            throw new HistoryException("The history has a chat that is longer than it says.");
        if (
            chat is not { } known
            || Parse(Proto.Conversation.Parser, rest.ToArray()) is not { } about
        )
            yield break;
        if (Address(about.PnJid, about.LidJid) is { } address)
            yield return address;
        yield return new HistoryItem.Chat(Chat(known, about));
    }

    /// <summary>Keeps a field that is small; others, such as a group's members, are passed over.</summary>
    private static void Gather(
        WireReader wire,
        (int Field, int Type) tag,
        long end,
        MemoryStream rest
    )
    {
        var room = MaxChat - (int)rest.Length;
        var output = new CodedOutputStream(rest, leaveOpen: true);
        switch (tag.Type)
        {
            case WireReader.Varint:
                var value = wire.ReadVarint();
                if (room < 32)
                    return;
                output.WriteTag(tag.Field, WireFormat.WireType.Varint);
                output.WriteUInt64(value);
                break;
            case WireReader.Delimited when IsText(tag.Field):
                if (wire.Bytes(end, Math.Min(MaxName, Math.Max(0, room - 32))) is not { } bytes)
                    return;
                output.WriteTag(tag.Field, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(bytes));
                break;
            default:
                wire.Skip(tag.Type, end);
                return;
        }
        output.Flush();
    }

    private static bool IsText(int field) =>
        field
            is Proto.Conversation.NameFieldNumber
                or Proto.Conversation.DisplayNameFieldNumber
                or Proto.Conversation.PnJidFieldNumber
                or Proto.Conversation.LidJidFieldNumber;

    private static HistoryMessage? Message(WebMessageInfo info, Jid chat, Jid me)
    {
        var key = info.Key;
        if (key?.Id is not { Length: > 0 and <= MaxId } id || !IsId(id) || info.Message.IsEmpty)
            return null;
        var author = info.HasParticipant ? info.Participant : key.Participant;
        Jid? sender =
            key.FromMe ? me
            : author.Length > 0 ? Account(author)
            : chat.IsGroup ? null
            : chat;
        return sender is { } by
            ? new(info.Message.Memory, key.FromMe)
            {
                Chat = chat,
                Id = key.Id,
                Sender = by,
                Timestamp = Seconds(info.MessageTimestamp),
                PushName = info.PushName.Length is > 0 and <= MaxName ? info.PushName : null,
                Status = info is { HasStatus: true, Status: <= 5 } ? (int)info.Status : null,
                Secret =
                    info.MessageSecret.Length == SecretSize
                        ? info.MessageSecret.ToByteArray()
                        : null,
            }
            : null;
    }

    /// <summary>As clients make them: nothing that a store or a log could not hold.</summary>
    private static bool IsId(string id) => id.All(c => c is > ' ' and <= '~');

    private static HistoryChat Chat(Jid chat, Conversation about) =>
        new()
        {
            Chat = chat,
            Name =
                about.Name.Length > 0 ? about.Name
                : about.DisplayName.Length > 0 ? about.DisplayName
                : null,
            Timestamp = Seconds(
                about.HasConversationTimestamp
                    ? about.ConversationTimestamp
                    : about.LastMsgTimestamp
            ),
            // A person's mark is told as -1, too.
            Unread = about.UnreadCount <= MaxUnread ? (int)about.UnreadCount : 0,
            Archived = about.Archived,
            Pinned = about.Pinned > 0,
            MarkedUnread = about.MarkedAsUnread || about.UnreadCount > MaxUnread,
            MutedUntil = (long)Math.Min(about.MuteEndTime, long.MaxValue),
        };

    private static HistoryItem.Address? Address(string phone, string lid) =>
        Account(phone) is { IsPhone: true } one && Account(lid) is { IsLid: true } other
            ? new(one, other)
            : null;

    private static Jid? Account(string text) =>
        Jid.TryParse(text, out var jid) && jid.User.Length > 0 ? jid.Account : null;

    private static long Seconds(ulong value) =>
        (long)Math.Min(value, (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds());

    private static HistoryItem[] One(HistoryItem? item) => item is null ? [] : [item];

    private static T? Parse<T>(MessageParser<T> parser, byte[]? bytes)
        where T : class, IMessage<T>
    {
        try
        {
            return bytes is null ? null : parser.ParseFrom(bytes);
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            return null;
        }
    }
}
