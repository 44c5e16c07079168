using System.Text;
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
}

/// <summary>Two addresses of one account, as the phone says.</summary>
/// <param name="Phone">By its phone number.</param>
/// <param name="Lid">By its LID.</param>
internal readonly record struct HistoryAddress(Jid Phone, Jid Lid);

/// <summary>
/// Reads a part of the history out of its compressed stream, one item after the other: the largest thing in memory is a message. Which
/// addresses are one account stands behind what was said under either, so it is read by itself, first (<see cref="Addresses"/>). What
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

    /// <summary>Bytes of a name or a pair of addresses that is kept.</summary>
    public const int MaxEntry = 64 * 1024;

    /// <summary>Messages, chats, names and pairs of addresses of a part that are looked at, whether anything is read of them or not.</summary>
    public const int MaxItems = 2_000_000;

    /// <summary>Fields of a chat beside its messages. A group has one for each member.</summary>
    public const int MaxFields = 20_000;

    /// <summary>Pairs of addresses of a part that are learnt: no account has written with so many.</summary>
    public const int MaxAddresses = 50_000;

    private const long Unbounded = long.MaxValue;
    private const int MaxId = 128;
    private const int MaxUnread = 100_000;
    private const int MaxName = 1024;
    private const int SecretSize = 32;

    /// <summary>Reads a part.</summary>
    /// <param name="compressed">The part, in zlib's format; stays the caller's.</param>
    /// <param name="me">The account's own address.</param>
    /// <param name="ct">Ends it, also where nothing is yielded for long.</param>
    /// <exception cref="HistoryException">Damaged, or larger than anything that a phone gives; while it is enumerated.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; while it is enumerated.</exception>
    public static IEnumerable<HistoryItem> Read(Stream compressed, Jid me, CancellationToken ct)
    {
        using var inflated = new Inflated(compressed);
        var wire = new WireReader(inflated, MaxInflated, ct);
        var budget = new Budget();
        while (wire.TryTag(out var tag))
        {
            budget.Spend();
            foreach (var item in Field(wire, tag, me, budget))
                yield return item;
        }
    }

    /// <summary>Reads which addresses are one account, out of the whole part.</summary>
    /// <param name="compressed">The part, in zlib's format; stays the caller's.</param>
    /// <param name="ct">Ends it, also where nothing is yielded for long.</param>
    /// <returns>A pair more than once where the part says it more than once.</returns>
    /// <exception cref="HistoryException">As for <see cref="Read"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; while it is enumerated.</exception>
    public static IEnumerable<HistoryAddress> Addresses(Stream compressed, CancellationToken ct)
    {
        using var inflated = new Inflated(compressed);
        var wire = new WireReader(inflated, MaxInflated, ct);
        var budget = new Budget();
        while (wire.TryTag(out var tag))
        {
            budget.Spend();
            var found = tag switch
            {
                (HistorySync.ConversationsFieldNumber, WireReader.Delimited) => Address(wire),
                (HistorySync.PhoneNumberToLidMappingsFieldNumber, WireReader.Delimited)
                    when Parse(PhoneNumberToLidMapping.Parser, wire.Bytes(Unbounded, MaxEntry))
                        is { } mapping => Address(mapping.PnJid, mapping.LidJid),
                (HistorySync.PhoneNumberToLidMappingsFieldNumber, WireReader.Delimited) => null,
                _ => Skip(wire, tag.Type),
            };
            if (found is { } address)
                yield return address;
        }
    }

    private static HistoryAddress? Skip(WireReader wire, int type)
    {
        wire.Skip(type, Unbounded);
        return null;
    }

    /// <summary>What a chat says of its own addresses: the one that it goes by, and its other.</summary>
    private static HistoryAddress? Address(WireReader wire)
    {
        var length = wire.Length(Unbounded);
        var end = wire.Position + length;
        var (id, about) = ("", new Conversation());
        for (var fields = 0; wire.Position < end; )
        {
            switch (wire.Tag())
            {
                case (Proto.Conversation.MessagesFieldNumber, WireReader.Delimited):
                    wire.Skip(WireReader.Delimited, end);
                    break;
                case (Proto.Conversation.IdFieldNumber, WireReader.Delimited):
                    Count(ref fields);
                    id = Text(wire, end);
                    break;
                case var tag:
                    Count(ref fields);
                    Tell(about, wire, tag, end);
                    break;
            }
        }
        End(wire, end);
        return Address(Or(about.PnJid, id), Or(about.LidJid, id));
    }

    private static string Or(string told, string id) => told.Length > 0 ? told : id;

    private static void Count(ref int fields)
    {
        if (++fields > MaxFields)
            throw new HistoryException(
                $"The history has a chat of which more than {MaxFields} things are said."
            );
    }

    private static void End(WireReader wire, long end)
    {
        if (wire.Position > end)
            throw new HistoryException("The history has a chat that is longer than it says.");
    }

    private static IEnumerable<HistoryItem> Field(
        WireReader wire,
        (int Field, int Type) tag,
        Jid me,
        Budget budget
    )
    {
        switch (tag)
        {
            case (HistorySync.ConversationsFieldNumber, WireReader.Delimited):
                return Conversation(wire, wire.Length(Unbounded), me, budget);
            case (HistorySync.PushnamesFieldNumber, WireReader.Delimited):
                return
                    Parse(Pushname.Parser, wire.Bytes(Unbounded, MaxEntry))
                        is { Pushname_.Length: > 0 and <= MaxName } name
                    && name.Pushname_ != "-"
                    && Account(name.Id) is { } account
                    ? [new HistoryItem.Name(new(account, name.Pushname_))]
                    : [];
            default:
                wire.Skip(tag.Type, Unbounded);
                return [];
        }
    }

    private static IEnumerable<HistoryItem> Conversation(
        WireReader wire,
        long length,
        Jid me,
        Budget budget
    )
    {
        var end = wire.Position + length;
        // What is said of the chat stands before and behind its messages.
        var about = new Conversation();
        Jid? chat = null;
        for (var fields = 0; wire.Position < end; )
        {
            var tag = wire.Tag();
            switch (tag)
            {
                case (Proto.Conversation.IdFieldNumber, WireReader.Delimited):
                    budget.Spend();
                    chat = wire.Bytes(end, MaxName) is { } id
                        ? Account(Encoding.UTF8.GetString(id))
                        : null;
                    break;
                case (Proto.Conversation.MessagesFieldNumber, WireReader.Delimited):
                    budget.Spend();
                    var bytes = wire.Bytes(end, MaxMessage);
                    if (
                        chat is { } of
                        && Parse(HistorySyncMsg.Parser, bytes) is { Message: { } info }
                        && Message(info, of, me) is { } message
                    )
                        yield return new HistoryItem.Message(message);
                    break;
                default:
                    Count(ref fields);
                    Tell(about, wire, tag, end);
                    break;
            }
        }
        End(wire, end);
        if (chat is { } known)
            yield return new HistoryItem.Chat(Chat(known, about));
    }

    /// <summary>Keeps what is known here; the rest, such as a group's members, is passed over and takes no memory.</summary>
    private static void Tell(
        Conversation about,
        WireReader wire,
        (int Field, int Type) tag,
        long end
    )
    {
        switch (tag)
        {
            case (Proto.Conversation.LastMsgTimestampFieldNumber, WireReader.Varint):
                about.LastMsgTimestamp = wire.ReadVarint();
                break;
            case (Proto.Conversation.ConversationTimestampFieldNumber, WireReader.Varint):
                about.ConversationTimestamp = wire.ReadVarint();
                break;
            case (Proto.Conversation.UnreadCountFieldNumber, WireReader.Varint):
                about.UnreadCount = (uint)wire.ReadVarint();
                break;
            case (Proto.Conversation.ArchivedFieldNumber, WireReader.Varint):
                about.Archived = wire.ReadVarint() != 0;
                break;
            case (Proto.Conversation.MarkedAsUnreadFieldNumber, WireReader.Varint):
                about.MarkedAsUnread = wire.ReadVarint() != 0;
                break;
            case (Proto.Conversation.PinnedFieldNumber, WireReader.Varint):
                about.Pinned = (uint)wire.ReadVarint();
                break;
            case (Proto.Conversation.MuteEndTimeFieldNumber, WireReader.Varint):
                about.MuteEndTime = wire.ReadVarint();
                break;
            case (Proto.Conversation.NameFieldNumber, WireReader.Delimited):
                about.Name = Text(wire, end);
                break;
            case (Proto.Conversation.DisplayNameFieldNumber, WireReader.Delimited):
                about.DisplayName = Text(wire, end);
                break;
            case (Proto.Conversation.PnJidFieldNumber, WireReader.Delimited):
                about.PnJid = Text(wire, end);
                break;
            case (Proto.Conversation.LidJidFieldNumber, WireReader.Delimited):
                about.LidJid = Text(wire, end);
                break;
            default:
                wire.Skip(tag.Type, end);
                break;
        }
    }

    /// <returns>Empty where it is too long.</returns>
    private static string Text(WireReader wire, long end) =>
        wire.Bytes(end, MaxName) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";

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

    private static HistoryAddress? Address(string phone, string lid) =>
        Account(phone) is { IsPhone: true } one && Account(lid) is { IsLid: true } other
            ? new(one, other)
            : null;

    private static Jid? Account(string text) =>
        Jid.TryParse(text, out var jid) && jid.User.Length > 0 ? jid.Account : null;

    private static long Seconds(ulong value) =>
        (long)Math.Min(value, (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds());

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

    /// <summary>What is looked at costs memory for a moment, also where nothing comes of it: a part of empty entries has hundreds of millions.</summary>
    private sealed class Budget
    {
        private int _spent;

        public void Spend()
        {
            if (++_spent > MaxItems)
                throw new HistoryException($"The history has more than {MaxItems} entries.");
        }
    }
}
