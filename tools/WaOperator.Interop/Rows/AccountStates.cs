using System.Globalization;
using System.Text.Json.Nodes;
using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Rows;

/// <summary>
/// The account's state (app state) between its phone and two devices of different clients. The phone verifies each patch, all five MACs
/// and the hash, before it takes it.
/// </summary>
internal static class AccountStates
{
    /// <summary>The row in which both devices write.</summary>
    public const string AtOnceName = "account's state, writes at once";

    /// <summary>The rows.</summary>
    public static IReadOnlyList<Row> Rows { get; } =
    [
        new("account's state, first sync", FirstSync),
        new("account's state, changes", Changes),
        new("account's state, labels", Labels),
        new("account's state, pages", Pages),
        new(AtOnceName, AtOnce),
    ];

    /// <summary>When a chat is muted until, in Unix milliseconds.</summary>
    private const long Until = 1_900_000_000_000;

    private const long SentAt = 1_764_000_000;

    /// <summary>More than the server gives in one answer.</summary>
    private const int MoreThanAPage = 14;

    /// <summary>More than go into a patch itself: they are in a file.</summary>
    private const int MoreThanAPatch = 40;

    private const int WritesAtOnce = 10;

    /// <summary>What the phone, the other device and a key of before have left is what a device reads that is linked then.</summary>
    public static async Task FirstSync(Direction direction)
    {
        var (server, shared) = (direction.Server, direction.From.SharedWith(direction.To));
        var writer = await shared.WriterAsync();
        // Keys come when they come.
        await Expect.EventuallyAsync(
            "the phone has shared a key with the writer",
            async () =>
            {
                await writer.RunAsync("mute", new { chat = Chat(1), until = Until });
                return true;
            }
        );
        await ChangeAsync(direction, [new { kind = "pin", chat = Chat(2) }]);
        await writer.RunAsync("save-contact", new { jid = Chat(3), name = "Clara Schumann" });
        await server.PostAsync($"/phones/{shared.Number}/state/rotate-key", new { });
        await Expect.EventuallyAsync(
            "the writer writes with the phone's new key",
            async () =>
            {
                var before = (await server.EventsAsync("stateOldKey", shared.Number)).Count;
                await writer.RunAsync(
                    "unread",
                    new
                    {
                        chat = Chat(4),
                        on = true,
                        last = new { id = "3EB0AA", at = SentAt },
                    }
                );
                return (await server.EventsAsync("stateOldKey", shared.Number)).Count == before;
            }
        );

        var reader = await shared.ReaderAsync();
        if (reader.Release == Release.Ours)
        {
            // It counts what a first sync has, and does not tell of each.
            foreach (
                var (collection, chats, contacts) in new[]
                {
                    ("regular_high", 1, 0),
                    ("regular_low", 2, 0),
                    ("critical_unblock_low", 0, 1),
                }
            )
            {
                var synced = await reader.WaitAsync(
                    $"the first sync of {collection}",
                    e => (string?)e["collection"] == collection
                );
                Expect.True(synced["error"] is null, "a collection that can be read", synced);
                // What was written once with each of two keys stands there twice.
                Expect.True((int)synced["chats"]! >= chats, $"{chats} chats", synced);
                Expect.Equal(contacts, (int)synced["contacts"]!, $"contacts of {collection}");
            }
            return;
        }
        await Expect.EventuallyAsync(
            "the phone has shared its keys with the reader",
            async () =>
            {
                await reader.RunAsync("resync");
                return reader.Seen(e => Tells(e, Chat(1), "muted", true)).Count > 0;
            }
        );
        await HearsAsync(reader, Chat(1), "muted", true);
        await HearsAsync(reader, Chat(2), "pinned", true);
        await HearsAsync(reader, Chat(4), "unread", true);
        await SavedAsync(reader, Chat(3), "Clara Schumann");
    }

    /// <summary>Each thing that one device does, the other one is told, and the phone has.</summary>
    public static async Task Changes(Direction direction)
    {
        var shared = direction.From.SharedWith(direction.To);
        var (writer, reader) = (await shared.WriterAsync(), await shared.ReaderAsync());
        var (one, group) = (Chat(11), "120363000000000011@g.us");
        var last = new { id = "3EB0AB", at = SentAt };

        await FollowsAsync(writer, reader);
        await writer.RunAsync("mute", new { chat = one, until = Until });
        await HearsAsync(reader, one, "muted", true);
        await HearsAsync(reader, one, "mutedUntil", Until);
        await writer.RunAsync("mute", new { chat = one });
        await HearsAsync(reader, one, "muted", false);
        await writer.RunAsync("pin", new { chat = group, on = true });
        await HearsAsync(reader, group, "pinned", true);
        await writer.RunAsync(
            "archive",
            new
            {
                chat = group,
                on = true,
                last,
            }
        );
        await HearsAsync(reader, group, "archived", true);
        // Baileys archives alone; official clients and ours unpin, too.
        if (!writer.Release.IsTheirs())
            await HearsAsync(reader, group, "pinned", false);
        await writer.RunAsync(
            "unread",
            new
            {
                chat = one,
                on = true,
                last,
            }
        );
        await HearsAsync(reader, one, "unread", true);
        await writer.RunAsync(
            "unread",
            new
            {
                chat = one,
                on = false,
                last,
            }
        );
        await HearsAsync(reader, one, "unread", false);
        foreach (var on in new[] { true, false })
        {
            await writer.RunAsync(
                "star",
                new
                {
                    chat = one,
                    id = "3EB0AC",
                    fromMe = true,
                    on,
                }
            );
            await reader.WaitAsync(
                $"the star: {on}",
                e =>
                    (string?)e["event"] == "marked"
                    && (string?)e["id"] == "3EB0AC"
                    && (bool?)e["starred"] == on
            );
        }
        await writer.RunAsync(
            "delete-for-me",
            new
            {
                chat = one,
                id = "3EB0AD",
                fromMe = true,
                at = SentAt,
            }
        );
        await reader.WaitAsync(
            "the message that was deleted for the account",
            e =>
                (string?)e["event"] == "marked"
                && (string?)e["id"] == "3EB0AD"
                && (bool?)e["deleted"] == true
        );
        await writer.RunAsync("clear", new { chat = one, last });
        // Baileys does not tell of it.
        if (!reader.Release.IsTheirs())
            await HearsAsync(reader, one, "cleared", true);
        await writer.RunAsync("delete-chat", new { chat = one, last });
        await HearsAsync(reader, one, "deleted", true);
        await writer.RunAsync("own-name", new { name = "Anna B" });
        await writer.RunAsync(
            "save-contact",
            new
            {
                jid = one,
                name = "Bert Brecht",
                firstName = "Bert",
            }
        );
        await SavedAsync(reader, one, "Bert Brecht");

        var phone = await PhoneAsync(direction);
        Expect.True(
            (bool)phone["chats"]![group]!["archived"]!,
            "an archived group at the phone",
            phone["chats"]
        );
        Expect.Equal("Bert Brecht", (string?)phone["contacts"]![one], "the contact at the phone");
        Expect.Equal("3EB0AD", (string?)phone["deletedForMe"]![0], "the deleted message");
        Expect.Equal(one, (string?)phone["cleared"]![0], "the cleared chat at the phone");
        Expect.Equal(one, (string?)phone["deleted"]![0], "the deleted chat at the phone");
        Expect.Equal("Anna B", (string?)phone["pushName"], "the account's name at the phone");
        await writer.RunAsync("remove-contact", new { jid = one });
        phone = await PhoneAsync(direction);
        Expect.True(phone["contacts"]![one] is null, "no such contact", phone["contacts"]);
        await ObjectsNotAsync(direction);
    }

    /// <summary>Labels that one device makes, puts on a chat and a message and takes off, the other one is told, and the phone has.</summary>
    public static async Task Labels(Direction direction)
    {
        var shared = direction.From.SharedWith(direction.To);
        var (writer, reader) = (await shared.WriterAsync(), await shared.ReaderAsync());
        var chat = Chat(31);
        await FollowsAsync(writer, reader);
        // Labels are in another part of the account's state than what was followed: of its first sync nothing is told one by one.
        await Expect.EventuallyAsync(
            "the reader hears of labels",
            async () =>
            {
                await writer.RunAsync("label", new { label = 6, name = "Paid" });
                await writer.RunAsync(
                    "label-chat",
                    new
                    {
                        label = 6,
                        chat,
                        on = true,
                    }
                );
                return reader.Seen(e => IsOf(e, "6") && (bool?)e["on"] == true).Count > 0;
            }
        );
        await writer.RunAsync(
            "label",
            new
            {
                label = 7,
                name = "New order",
                color = 5,
            }
        );
        await reader.WaitAsync(
            "the new label",
            e =>
                IsOf(e, "7")
                && (string?)e["name"] == "New order"
                && (int?)e["color"] == 5
                && (bool?)e["deleted"] == false
        );
        foreach (var on in new[] { true, false })
        {
            await writer.RunAsync(
                "label-chat",
                new
                {
                    label = 7,
                    chat,
                    on,
                }
            );
            await writer.RunAsync(
                "label-message",
                new
                {
                    label = 7,
                    chat,
                    id = "3EB0AE",
                    on,
                }
            );
            foreach (var message in new[] { null, "3EB0AE" })
                await reader.WaitAsync(
                    $"the label on {message ?? "the chat"}: {on}",
                    e =>
                        IsOf(e, "7")
                        && (string?)e["chat"] == chat
                        && (string?)e["messageId"] == message
                        && (bool?)e["on"] == on
                );
        }
        await writer.RunAsync("remove-label", new { label = 7 });
        await reader.WaitAsync(
            "the label that is gone",
            e => IsOf(e, "7") && (bool?)e["deleted"] == true
        );

        var phone = await PhoneAsync(direction);
        Expect.Equal("""{"6":"Paid"}""", phone["labels"]!.ToJsonString(), "labels at the phone");
        Expect.Equal(
            $"6 {chat}",
            (string?)phone["labeled"]!.AsArray().Single(),
            "what is labelled"
        );
        await ObjectsNotAsync(direction);

        static bool IsOf(JsonNode e, string label) =>
            (string?)e["event"] == "label" && (string?)e["id"] == label;
    }

    /// <summary>A device that was away takes more patches than one answer has, and one that has its mutations in a file.</summary>
    public static async Task Pages(Direction direction)
    {
        var (server, shared) = (direction.Server, direction.From.SharedWith(direction.To));
        var (writer, reader) = (await shared.WriterAsync(), await shared.ReaderAsync());
        await writer.RunAsync("pin", new { chat = Chat(20), on = true });
        await HearsAsync(reader, Chat(20), "pinned", true);
        await reader.GoAwayAsync();
        await Expect.EventuallyAsync(
            "the reader is away",
            async () => !(bool)(await server.SessionAsync(shared.Number, 2))["connected"]!
        );
        for (var i = 0; i < MoreThanAPage; i++)
            await writer.RunAsync("pin", new { chat = Chat(100 + i), on = true });
        await ChangeAsync(
            direction,
            [
                .. Enumerable
                    .Range(200, MoreThanAPatch)
                    .Select(i => (object)new { kind = "unread", chat = Chat(i) }),
            ]
        );
        await reader.ConnectAsync();
        for (var i = 0; i < MoreThanAPage; i++)
            await HearsAsync(reader, Chat(100 + i), "pinned", true);
        for (var i = 0; i < MoreThanAPatch; i++)
            await HearsAsync(reader, Chat(200 + i), "unread", true);
        // What was read is a state that can be written upon.
        await reader.RunAsync("pin", new { chat = Chat(20), on = false });
        await HearsAsync(writer, Chat(20), "pinned", false);
        await ObjectsNotAsync(direction);
    }

    /// <summary>Both devices write to one collection at once: of a writer that reads the conflict, nothing is lost.</summary>
    public static async Task AtOnce(Direction direction)
    {
        var shared = direction.From.SharedWith(direction.To);
        var (writer, reader) = (await shared.WriterAsync(), await shared.ReaderAsync());
        var other = Task.Run(async () =>
        {
            for (var i = 0; i < WritesAtOnce; i++)
                try
                {
                    await reader.RunAsync("pin", new { chat = Chat(400 + i), on = true });
                }
                catch (CellException)
                {
                    // A client that does not read a conflict builds its next patch upon a lost one, which the phone refuses.
                }
        });
        for (var i = 0; i < WritesAtOnce; i++)
            await writer.RunAsync("pin", new { chat = Chat(300 + i), on = true });
        await other;
        var chats = (await PhoneAsync(direction))["chats"]!.AsObject();
        var lost = Enumerable
            .Range(300, WritesAtOnce)
            .Where(i => chats[Chat(i)]?["pinned"]?.GetValue<bool>() != true)
            .ToList();
        Expect.True(
            lost.Count == 0,
            "all that the writer wrote at the phone",
            $"lost: {lost.Count}"
        );
    }

    /// <summary>What a device reads with its first sync is not told one by one; from then on each change is.</summary>
    private static async Task FollowsAsync(Client writer, Client reader)
    {
        var on = false;
        await Expect.EventuallyAsync(
            "the reader hears what the writer changes",
            async () =>
            {
                on = !on;
                await writer.RunAsync(
                    "mute",
                    new { chat = Chat(10), until = on ? Until : (long?)null }
                );
                await writer.RunAsync("pin", new { chat = Chat(10), on });
                return reader.Seen(e => Tells(e, Chat(10), "muted", on)).Count > 0
                    && reader.Seen(e => Tells(e, Chat(10), "pinned", on)).Count > 0;
            }
        );
    }

    private static string Chat(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"4917600{number:00000}@s.whatsapp.net");

    private static Task ChangeAsync(Direction direction, object[] changes) =>
        direction.Server.PostAsync(
            $"/phones/{direction.From.SharedWith(direction.To).Number}/state/changes",
            new { changes }
        );

    private static Task<JsonNode> PhoneAsync(Direction direction) =>
        direction.Server.GetAsync(
            $"/phones/{direction.From.SharedWith(direction.To).Number}/state"
        );

    private static async Task ObjectsNotAsync(Direction direction)
    {
        var shared = direction.From.SharedWith(direction.To);
        foreach (var kind in new[] { "stateRefused", "refusedQuery", "unsupportedQuery" })
        {
            var events = await direction.Server.EventsAsync(kind, shared.Number);
            Expect.True(events.Count == 0, $"no {kind}", string.Join("; ", events));
        }
    }

    private static Task<JsonObject> HearsAsync<T>(
        Client reader,
        string chat,
        string flag,
        T value
    ) => reader.WaitAsync($"{chat}: {flag} {value}", e => Tells(e, chat, flag, value));

    private static bool Tells<T>(JsonObject said, string chat, string flag, T value) =>
        (string?)said["event"] == "chat"
        && (string?)said["chat"] == chat
        && said[flag] is JsonValue told
        && told.TryGetValue(out T? seen)
        && EqualityComparer<T>.Default.Equals(seen, value);

    private static Task<JsonObject> SavedAsync(Client reader, string jid, string name) =>
        reader.WaitAsync(
            $"the contact {name}",
            e =>
                (string?)e["event"] == "saved"
                && (string?)e["contact"] == jid
                && (string?)e["name"] == name
        );
}
