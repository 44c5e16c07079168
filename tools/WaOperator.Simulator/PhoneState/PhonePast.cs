using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.PhoneState;

/// <summary>What a phone announced to a companion.</summary>
internal sealed class Announced
{
    /// <summary>The companion, by its number.</summary>
    public required ushort Device { get; init; }

    /// <summary>The message's id.</summary>
    public required string Id { get; init; }

    /// <summary>The protocol's name of the part.</summary>
    public required HistorySyncNotification.Types.SyncType Part { get; init; }

    /// <summary>Its place among such parts.</summary>
    public required uint Chunk { get; init; }

    /// <summary>Percent.</summary>
    public required uint Progress { get; init; }

    /// <summary>Whether the announcement holds the part itself.</summary>
    public required bool Inline { get; init; }

    /// <summary>The request that it answers; empty: none.</summary>
    public required string Request { get; init; }

    /// <summary>How many chats it has.</summary>
    public required int Chats { get; init; }

    /// <summary>How many messages it has.</summary>
    public required int Messages { get; init; }

    /// <summary>How many chosen names it has.</summary>
    public required int Names { get; init; }

    /// <summary>The types of the receipts that came for it.</summary>
    public List<string> Receipts { get; } = [];
}

/// <summary>
/// The chats that a phone had before its companions were linked: made by a seed, the same each time. Each chat has its messages newest
/// first. Guard of what changes: the gate of the account's state.
/// </summary>
internal sealed class PhonePast
{
    private const int GroupEvery = 4;
    private const int FileEvery = 10;
    private const int Minute = 60;

    /// <summary>When the newest message was sent unless something else is said, in Unix seconds.</summary>
    public const long Newest = 1_760_000_000;

    private const uint Read = 4;

    /// <summary>Messages of each chat that come first.</summary>
    public const int MostInBootstrap = 5;

    private PhonePast(
        IReadOnlyList<Conversation> chats,
        IReadOnlyList<Pushname> names,
        IReadOnlyList<PhoneNumberToLidMapping> addresses
    ) => (Chats, Names, Addresses) = (chats, names, addresses);

    /// <summary>The chats with all their messages.</summary>
    public IReadOnlyList<Conversation> Chats { get; }

    /// <summary>The names that accounts have chosen.</summary>
    public IReadOnlyList<Pushname> Names { get; }

    /// <summary>Which addresses are one account: of each chat with a person.</summary>
    public IReadOnlyList<PhoneNumberToLidMapping> Addresses { get; }

    /// <summary>Whether the first part stands in its announcement.</summary>
    public bool Inline { get; init; }

    /// <summary>Whether the recent messages are given with those that came first already.</summary>
    public bool Overlaps { get; init; }

    /// <summary>The companions, by key, that get none any more.</summary>
    public HashSet<string> Given { get; } = new(StringComparer.Ordinal);

    /// <summary>What was announced.</summary>
    public List<Announced> Announcements { get; } = [];

    /// <summary>How many requests for more came.</summary>
    public int Requests { get; set; }

    /// <summary>Receipts of the history for what was no announcement.</summary>
    public int StrayReceipts { get; set; }

    /// <summary>Makes a past.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="chats">How many chats.</param>
    /// <param name="messages">How many messages each has.</param>
    /// <param name="inline">Whether the first part stands in its announcement.</param>
    /// <param name="byLid">
    /// Whether chats with persons go by the LID. Every other one says its phone number itself; of the rest only the list behind the
    /// chats of the first part does.
    /// </param>
    /// <param name="overlaps">Whether the recent messages are given with those that came first already.</param>
    /// <param name="newest">When the newest message was sent, in Unix seconds.</param>
    public static PhonePast Make(
        int seed,
        int chats,
        int messages,
        bool inline = false,
        bool byLid = false,
        bool overlaps = false,
        long newest = Newest
    )
    {
        var made = new List<Conversation>();
        var names = new List<Pushname>();
        var addresses = new List<PhoneNumberToLidMapping>();
        for (var i = 0; i < chats; i++)
        {
            var isGroup = i % GroupEvery == GroupEvery - 1;
            var other = Peer(seed, i);
            var (phone, lid) = ($"{other}@s.whatsapp.net", $"{Phone.LidOf(other)}@lid");
            var id =
                isGroup ? $"1203630{seed:000000}{i:00000}@g.us"
                : byLid ? lid
                : phone;
            var chat = new Conversation
            {
                Id = id,
                UnreadCount = (uint)(i % 3),
                ConversationTimestamp = (ulong)(newest - i),
                Archived = i % 5 == 4,
                Pinned = i == 0 ? (uint)newest : 0,
                Name = isGroup ? $"Group {i}" : $"Contact {i}",
            };
            if (!isGroup && byLid && i % 2 == 0)
                chat.PnJid = phone;
            else if (!isGroup && !byLid)
                (chat.PnJid, chat.LidJid) = (phone, lid);
            for (var n = 0; n < messages; n++)
                chat.Messages.Add(Message(seed, i, n, id, isGroup ? other : null, newest));
            made.Add(chat);
            if (isGroup)
                continue;
            names.Add(new Pushname { Id = id, Pushname_ = $"Name {i}" });
            addresses.Add(new PhoneNumberToLidMapping { PnJid = phone, LidJid = lid });
        }
        return new(made, names, addresses) { Inline = inline, Overlaps = overlaps };
    }

    private static string Peer(int seed, int chat) =>
        string.Create(CultureInfo.InvariantCulture, $"4977{seed % 1000:000}{chat:00000}");

    private static HistorySyncMsg Message(
        int seed,
        int chat,
        int n,
        string id,
        string? author,
        long newest
    )
    {
        var fromMe = n % 3 == 1;
        var text = $"message {n} of chat {chat}";
        var message =
            n % FileEvery == FileEvery - 1
                ? new Message
                {
                    ImageMessage = new()
                    {
                        Mimetype = "image/jpeg",
                        Caption = text,
                        Url = "https://mmg.whatsapp.net/v/none",
                        DirectPath = "/v/none",
                        MediaKey = Bytes(seed, chat, n),
                        FileSha256 = Bytes(seed, chat, n),
                        FileEncSha256 = Bytes(seed, chat, n),
                        FileLength = 10,
                    },
                }
                : new Message { Conversation = text };
        var info = new WebMessageInfo
        {
            Key = new()
            {
                RemoteJid = id,
                FromMe = fromMe,
                Id = IdOf(seed, chat, n),
            },
            Message = message.ToByteString(),
            MessageTimestamp = (ulong)(newest - (chat + Minute * n)),
            Status = Read,
            MessageSecret = Bytes(seed, chat, n),
        };
        if (author is not null && !fromMe)
            info.Key.Participant = info.Participant = $"{author}@s.whatsapp.net";
        if (!fromMe)
            info.PushName = $"Name {chat}";
        return new() { Message = info, MsgOrderId = (ulong)n };
    }

    /// <summary>A message's id, from which no other is made.</summary>
    public static string IdOf(int seed, int chat, int n) =>
        "3A" + Convert.ToHexString(Bytes(seed, chat, n).Span[..9]);

    private static ByteString Bytes(int seed, int chat, int n) =>
        ByteString.CopyFrom(
            SHA256.HashData(
                System.Text.Encoding.ASCII.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"{seed}/{chat}/{n}")
                )
            )
        );
}
