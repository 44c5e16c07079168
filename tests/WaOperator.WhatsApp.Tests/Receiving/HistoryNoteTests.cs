using System.IO.Compression;
using Google.Protobuf;
using WaOperator.Testing;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Syncing;
using WaOperator.WhatsApp.Tests.Fakes;
using Chat = WaOperator.WhatsApp.Tests.Fakes.Chat;

namespace WaOperator.WhatsApp.Tests.Receiving;

/// <summary>The account's past is taken of the phone that linked this device, and of nothing else: a server could make one up.</summary>
public sealed class HistoryNoteTests
{
    private static readonly byte[] Past = PastOf("OLD1", "Hello");

    private static byte[] PastOf(string id, string text) =>
        Deflate(
            new HistorySync
            {
                SyncType = 3,
                Conversations =
                {
                    new Conversation
                    {
                        Id = $"{Chat.Bob}@s.whatsapp.net",
                        Messages =
                        {
                            new HistorySyncMsg
                            {
                                Message = new()
                                {
                                    Key = new() { Id = id, FromMe = false },
                                    Message = new Message { Conversation = text }.ToByteString(),
                                },
                            },
                        },
                    },
                },
            }.ToByteArray()
        );

    [Fact]
    public async Task What_the_phone_announces_is_taken_and_nothing_of_it_stays_due()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        await DeliverAsync(chat, phone, "NOTE1", Announced());
        await Eventually.True("the part to be taken", () => Synced(chat).Count == 1);
        Synced(chat).Single().Messages.ShouldBe(1);
        chat.Store.History.Single().Messages.Single().Id.ShouldBe("OLD1");
        Due(chat).ShouldBeEmpty();
        chat.Store.Events.OfType<PeerMessageReceived>()
            .ShouldBeEmpty("it may hold the part itself, and the key of a file");
    }

    [Fact]
    public async Task A_part_comes_in_the_commit_after_which_it_is_not_due()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        var together = new List<(int Batches, int Told, int Dropped)>();
        chat.Store.BeforeCommit = change =>
        {
            if (change.History.Count > 0)
                lock (together)
                    together.Add(
                        (
                            change.History.Count,
                            change.Events.OfType<HistorySynced>().Count(),
                            change.Records.Count(r =>
                                r.Key.Kind == RecordKinds.History && r.Value is null
                            )
                        )
                    );
            return Task.CompletedTask;
        };
        await DeliverAsync(chat, phone, "NOTE1", Announced());
        await Eventually.True("the part to be taken", () => Synced(chat).Count == 1);
        together.ShouldBe([(1, 1, 2)]);
    }

    [Fact]
    public async Task What_another_device_of_the_account_announces_is_not_taken()
    {
        await using var chat = NewChat();
        var other = await LinkedAsync(chat, device: 4);
        await DeliverAsync(chat, other, "NOTE1", Announced());
        Nothing(chat, "peer");
    }

    [Fact]
    public async Task What_one_announces_that_did_not_link_this_device_is_not_taken()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        phone.Reinstall();
        phone.Begin(chat.Store);
        await DeliverAsync(chat, phone, "NOTE1", Announced());
        Nothing(chat, "peer");
    }

    [Fact]
    public async Task What_a_stranger_announces_is_not_taken()
    {
        await using var chat = NewChat();
        await LinkedAsync(chat, device: 0);
        chat.First.Begin(chat.Store);
        await DeliverAsync(chat, chat.First, "NOTE1", Announced());
        Nothing(chat, "message");
    }

    [Fact]
    public async Task What_is_damaged_or_too_large_is_told_and_ends_nothing()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        var damaged = Announced();
        damaged.InitialHistBootstrapInlinePayload = ByteString.CopyFrom([1, 2, 3]);
        var large = Announced();
        large.ClearInitialHistBootstrapInlinePayload();
        large.DirectPath = "/v/1";
        large.MediaKey = ByteString.CopyFrom(new byte[32]);
        large.FileLength = ulong.MaxValue;
        await DeliverAsync(chat, phone, "NOTE1", damaged);
        await DeliverAsync(chat, phone, "NOTE2", large);
        await DeliverAsync(chat, phone, "NOTE3", Announced());
        await Eventually.True("all parts to be told", () => Synced(chat).Count == 3);
        Synced(chat)
            .Select(e => (e.Error is null, e.Messages))
            .Order()
            .ShouldBe([(false, 0), (false, 0), (true, 1)]);
        Due(chat).ShouldBeEmpty();
        chat.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_that_cannot_be_had_is_tried_again_later_and_harms_nothing_meanwhile()
    {
        await using var chat = NewChat();
        var (asked, answer) = (0, chat.Server.Answer);
        chat.Server.Answer = query =>
            query["xmlns"] == "w:m" && Interlocked.Increment(ref asked) > 0
                ? Greetings.Refusal(query, 503)
                : answer(query);
        var phone = await LinkedAsync(chat, device: 0);
        await DeliverAsync(chat, phone, "NOTE1", InFile());
        await DeliverAsync(chat, phone, "NOTE2", Announced());
        await Eventually.True("the other part to be taken", () => Synced(chat).Count == 1);
        Due(chat).Select(key => key.Id).ShouldBe(["due", "note/NOTE1"], ignoreOrder: true);
        var before = Volatile.Read(ref asked);
        before.ShouldBeGreaterThan(0);
        for (var i = 0; i < 2; i++)
        {
            await Eventually.True(
                "it to be asked for again",
                () =>
                {
                    chat.Time.Advance(TimeSpan.FromSeconds(20));
                    return Volatile.Read(ref asked) > before;
                }
            );
            before = Volatile.Read(ref asked);
        }
        chat.HasEnded.ShouldBeFalse();
        Due(chat).ShouldNotBeEmpty("it is due still");
    }

    [Fact]
    public async Task After_a_file_that_cannot_be_had_no_other_is_tried_until_the_pause_is_over_and_then_the_others_first()
    {
        await using var chat = NewChat();
        var (asked, answer) = (0, chat.Server.Answer);
        chat.Server.Answer = query =>
            query["xmlns"] == "w:m" && Interlocked.Increment(ref asked) > 0
                ? Greetings.Refusal(query, 503)
                : answer(query);
        var phone = await LinkedAsync(chat, device: 0);
        await DeliverAsync(chat, phone, "NOTE1", InFile());
        await Eventually.True("the file to be asked for", () => Volatile.Read(ref asked) > 0);
        // A file, but one that is found wrong before it is loaded.
        var wrong = InFile();
        wrong.ClearDirectPath();
        wrong.SyncType = HistorySyncNotification.Types.SyncType.Full;
        await DeliverAsync(chat, phone, "NOTE2", wrong);
        await DeliverAsync(chat, phone, "NOTE3", Announced());
        await Eventually.True("what needs no file to be taken", () => Synced(chat).Count == 1);
        Synced(chat).Single().Error.ShouldBeNull();
        Places(chat).ShouldBe((HistoryPlaces.MostLoading, HistoryPlaces.MostGiving));
        var before = Volatile.Read(ref asked);

        await Eventually.True(
            "the second file to be tried",
            () =>
            {
                chat.Time.Advance(TimeSpan.FromSeconds(20));
                return Synced(chat).Count == 2;
            }
        );
        Synced(chat)[1].Part.ShouldBe("full");
        await Eventually.True(
            "the first to be tried behind it",
            () =>
            {
                chat.Time.Advance(TimeSpan.FromSeconds(20));
                return Volatile.Read(ref asked) > before;
            }
        );
    }

    [Fact]
    public async Task A_file_that_does_not_come_loses_its_place_and_what_needs_none_is_taken()
    {
        await using var chat = NewChat();
        var (asked, answer) = (0, chat.Server.Answer);
        chat.Server.Answer = query =>
        {
            if (query["xmlns"] != "w:m")
                return answer(query);
            Interlocked.Increment(ref asked);
            return null;
        };
        var phone = await LinkedAsync(chat, device: 0);
        // Those of other accounts, which trickle.
        var loading = chat.Runtime.Histories.Loading;
        for (var i = 0; i < HistoryPlaces.MostLoading; i++)
            await loading.WaitAsync();
        await DeliverAsync(chat, phone, "NOTE1", InFile());
        await DeliverAsync(chat, phone, "NOTE2", Announced());
        loading.Release();
        await Eventually.True("the file to be asked for", () => Volatile.Read(ref asked) > 0);
        loading.CurrentCount.ShouldBe(0);
        for (var i = 1; i < HistoryPlaces.MostLoading; i++)
            loading.Release();
        await Eventually.True(
            "its place to be free",
            () =>
            {
                chat.Time.Advance(TimeSpan.FromSeconds(5));
                return loading.CurrentCount == HistoryPlaces.MostLoading;
            }
        );
        await Eventually.True("what needs no file to be taken", () => Synced(chat).Count == 1);
        Due(chat).Select(key => key.Id).ShouldBe(["due", "note/NOTE1"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_stands_in_an_announcement_waits_for_no_file_of_another_account()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        var places = chat.Runtime.Histories;
        for (var i = 0; i < HistoryPlaces.MostLoading; i++)
            await places.Loading.WaitAsync();
        for (var i = 0; i < HistoryPlaces.MostGiving; i++)
            await places.Giving.WaitAsync();
        await DeliverAsync(chat, phone, "NOTE1", Announced());
        Synced(chat).ShouldBeEmpty("no place to give is free");
        places.Giving.Release();
        await Eventually.True("the part to be taken", () => Synced(chat).Count == 1);
    }

    [Fact]
    public async Task A_part_for_which_there_is_no_room_is_told_and_the_phone_may_announce_it_again()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        for (var i = 0; i < HistoryPlaces.MostGiving; i++)
            await chat.Runtime.Histories.Giving.WaitAsync();
        for (var i = 0; i < HistoryDue.Most; i++)
            await DeliverAsync(chat, phone, $"NOTE{i}", Announced());
        Synced(chat).ShouldBeEmpty();
        var last = Announced();
        last.SyncType = HistorySyncNotification.Types.SyncType.Full;
        await DeliverAsync(chat, phone, "LAST", last);
        var told = Synced(chat).Single();
        (told.Part, told.Progress, told.Error).ShouldBe(("full", 100, HistoryWords.NoRoom));
        Due(chat).Count().ShouldBe(1 + HistoryDue.Most);
        await Eventually.True(
            "the receipts of the others",
            () => chat.Received("receipt").Count(r => r["type"] == "hist_sync") == HistoryDue.Most
        );
        chat.Received("receipt")
            .ShouldNotContain(r => r["type"] == "hist_sync" && r["id"] == "LAST");
        chat.Runtime.Histories.Giving.Release();
        await Eventually.True("all others to be taken", () => !Due(chat).Any());
        Synced(chat).Count.ShouldBe(1 + HistoryDue.Most);
    }

    [Fact]
    public async Task A_part_whose_announcement_is_damaged_where_it_is_stored_is_told()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        for (var i = 0; i < HistoryPlaces.MostGiving; i++)
            await chat.Runtime.Histories.Giving.WaitAsync();
        await DeliverAsync(chat, phone, "NOTE1", Announced());
        await chat.CutAsync();
        await ((IMessageStore)chat.Store).CommitAsync(
            new() { Records = [new(HistoryRecords.Note("NOTE1"), [0xFF])] },
            default
        );
        chat.Runtime.Histories.Giving.Release();
        await chat.ConnectAsync();
        await Eventually.True("the part to be told", () => Synced(chat).Count == 1);
        var told = Synced(chat).Single();
        (told.Part, told.Messages).ShouldBe(("recent", 0));
        told.Error.ShouldNotBeNull().ShouldContain("damaged");
        Due(chat).ShouldBeEmpty();
    }

    [Fact]
    public async Task Parts_in_announcements_wait_in_the_store_and_not_in_memory()
    {
        await using var chat = NewChat();
        var phone = await LinkedAsync(chat, device: 0);
        for (var i = 0; i < HistoryPlaces.MostGiving; i++)
            await chat.Runtime.Histories.Giving.WaitAsync();
        var random = new Random(12);
        const int size = 50_000;
        for (var i = 0; i < 20; i++)
        {
            var text = Convert.ToHexString(RandomBytes(random, size));
            var large = Announced();
            large.InitialHistBootstrapInlinePayload = ByteString.CopyFrom(PastOf($"OLD{i}", text));
            await DeliverAsync(chat, phone, $"NOTE{i}", large);
        }
        Due(chat).Count().ShouldBe(21);
        await Eventually.True("memory without parts", () => chat.Client.HeldBytes < size);
        chat.Runtime.Histories.Giving.Release();
        await Eventually.True("all to be taken", () => !Due(chat).Any());
        chat.Store.History.SelectMany(batch => batch.Messages)
            .Select(m => (m.Id, m.Content.Text!.Length))
            .ShouldBe(Enumerable.Range(0, 20).Select(i => ($"OLD{i}", 2 * size)));
        await Eventually.True("memory without parts", () => chat.Client.HeldBytes < size);
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static (int Loading, int Giving) Places(Chat chat) =>
        (chat.Runtime.Histories.Loading.CurrentCount, chat.Runtime.Histories.Giving.CurrentCount);

    private static HistorySyncNotification InFile()
    {
        var file = Announced();
        file.ClearInitialHistBootstrapInlinePayload();
        file.DirectPath = "/v/1";
        file.MediaKey = ByteString.CopyFrom(new byte[32]);
        file.FileSha256 = file.FileEncSha256 = file.MediaKey;
        file.FileLength = 10;
        return file;
    }

    private static Chat NewChat() =>
        new()
        {
            Device = new() { FirstPreKeys = 30, History = HistoryDepth.Recent },
        };

    private static HistorySyncNotification Announced() =>
        new()
        {
            SyncType = HistorySyncNotification.Types.SyncType.Recent,
            Progress = 100,
            InitialHistBootstrapInlinePayload = ByteString.CopyFrom(Past),
        };

    /// <summary>A device of the account whose key is the one that vouched for this device.</summary>
    private static async Task<FakePeer> LinkedAsync(Chat chat, ushort device)
    {
        var phone = FakePeer.Of(Chat.Me, Chat.MyLid, device);
        chat.Peers.Add(phone);
        chat.Store.Credentials = chat.Store.Credentials! with
        {
            Account = new([1], phone.Identity.Key.Public, new byte[64], new byte[64]),
        };
        await chat.ConnectAsync();
        phone.Begin(chat.Store);
        return phone;
    }

    private static async Task DeliverAsync(
        Chat chat,
        FakePeer from,
        string id,
        HistorySyncNotification announced
    )
    {
        var said = new Message
        {
            ProtocolMessage = new()
            {
                Type = ProtocolMessage.Types.Type.HistorySyncNotification,
                HistorySyncNotification = announced,
            },
        };
        await chat.DeliverAsync(
            from,
            id,
            [from.Write(said.ToByteArray())],
            node => node["category"] = "peer"
        );
        await chat.AckAsync(id);
    }

    private static void Nothing(Chat chat, string readAs)
    {
        chat.Entries(readAs).Count.ShouldBe(1, "it was read");
        Synced(chat).ShouldBeEmpty();
        chat.Store.History.ShouldBeEmpty();
        Due(chat).ShouldBeEmpty();
        chat.Received("receipt").ShouldAllBe(r => r["type"] != "hist_sync");
    }

    private static List<HistorySynced> Synced(Chat chat) =>
        [.. chat.Store.Events.OfType<HistorySynced>()];

    private static IEnumerable<RecordKey> Due(Chat chat) =>
        chat.Store.RecordKeys.Where(key => key.Kind == RecordKinds.History);

    private static byte[] Deflate(byte[] bytes)
    {
        using var deflated = new MemoryStream();
        using (var zlib = new ZLibStream(deflated, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return deflated.ToArray();
    }
}
