using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>The past that a phone gives to a device of ours: at linking, in parts, after a failure, and when it is asked.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const int Chats = 25;
    private const int Messages = 40;

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_that_the_phone_has_is_given_to_who_asks_for_all(bool inline)
    {
        await GivePastAsync(inline);
        await using var anna = await LinkedAsync(HistoryDepth.Full);
        await SyncedAsync(anna, "full", 100);

        var given = anna.Store.History;
        given.ShouldAllBe(batch => batch.Messages.Count + batch.Chats.Count <= 100);
        var messages = given.SelectMany(batch => batch.Messages).ToList();
        messages.Count.ShouldBe(Chats * Messages, "each once");
        messages.Select(m => (m.Chat, m.Id)).Distinct().Count().ShouldBe(Chats * Messages);
        var newest = messages.First(m => m.Content.Text == "message 0 of chat 0");
        newest.FromMe.ShouldBeFalse();
        newest.Sender.ShouldBe(newest.Chat);
        (newest.PushName, newest.Status, newest.Secret!.Length).ShouldBe(("Name 0", 4, 32));
        newest.Timestamp.ShouldBe(1_760_000_000);
        var own = messages.First(m => m.Content.Text == "message 1 of chat 3");
        own.FromMe.ShouldBeTrue();
        (own.Chat.IsGroup, own.Sender).ShouldBe((true, anna.Jid));
        messages.Count(m => m.Content.Kind == ContentKind.Image).ShouldBe(Chats * Messages / 10);

        var chats = given.SelectMany(batch => batch.Chats).ToList();
        chats.Select(c => c.Chat).Distinct().Count().ShouldBe(Chats);
        chats.First().ShouldBe(chats.First() with { Name = "Contact 0", Pinned = true });
        given.SelectMany(batch => batch.Names).Count().ShouldBe(Chats - Chats / 4);
        Records(anna, "lid").ShouldBeGreaterThan(Chats);

        var told = anna.Store.Events.OfType<HistorySynced>().ToList();
        told.ShouldAllBe(e => e.Error == null);
        told.Sum(e => e.Messages).ShouldBe(Chats * Messages);
        told.Where(e => e.Part == "recent").Select(e => e.Progress).ShouldBe([33, 66, 100]);
        Records(anna, "history").ShouldBe(0, "nothing is due");
        anna.Store.Events.OfType<PeerMessageReceived>()
            .ShouldAllBe(e => e.Content.Kind != ContentKind.HistorySync);
        await ReceiptsAsync();
    }

    [Fact]
    public async Task Chats_by_lid_have_one_name_from_their_first_batch_on_also_where_their_number_is_told_behind_all()
    {
        // The first part alone has more than one batch.
        const int chats = 24;
        const int groups = chats / 4;
        const int messages = 250;
        await GivePastAsync(
            new
            {
                seed = 9,
                chats,
                messages,
                byLid = true,
                overlaps = true,
            }
        );
        await using var anna = new Correspondent(_simulation, Anna)
        {
            Options = new() { FirstPreKeys = 40, History = HistoryDepth.Full },
        };
        await anna.PairAsync();
        var named = new List<(string Chat, string Id)>();
        anna.Store.BeforeCommit = async change =>
        {
            foreach (var message in change.History.SelectMany(batch => batch.Messages))
                named.Add((await NameAsync(anna, message.Chat), message.Id));
        };
        await anna.ConnectAsync();
        await SyncedAsync(anna, "full", 100);

        named.Count.ShouldBe(chats * (messages + 5), "five of each chat come twice");
        named.Distinct().Count().ShouldBe(chats * messages, "each under one chat");
        var names = named.Select(m => m.Chat).Distinct().Order(StringComparer.Ordinal).ToList();
        names.Count.ShouldBe(chats);
        names
            .Count(chat => chat.EndsWith("@s.whatsapp.net", StringComparison.Ordinal))
            .ShouldBe(chats - groups);
        anna.Store.History.SelectMany(batch => batch.Messages)
            .Count(m => m.Chat.IsLid)
            .ShouldBe((chats - groups) * (messages + 5), "the phone names them by LID");
    }

    /// <summary>The name that a store would give a chat: by what is durable before the commit that brings its messages.</summary>
    private static async Task<string> NameAsync(Correspondent one, Jid chat)
    {
        if (!chat.IsLid)
            return chat.ToString();
        var known = await ((IMessageStore)one.Store).LoadAsync([RecordNames.Lid(chat)], default);
        return known[0] is { } number ? Encoding.UTF8.GetString(number) : chat.ToString();
    }

    [Fact]
    public async Task Only_the_recent_is_given_to_who_asks_for_that_and_nothing_is_read_by_who_does_not()
    {
        await GivePastAsync(inline: true);
        await using var anna = await LinkedAsync(HistoryDepth.Recent);
        await SyncedAsync(anna, "recent", 100);
        anna.Store.History.Sum(b => b.Messages.Count).ShouldBe(Chats * Messages / 2);

        await using var other = await LinkedAsync(HistoryDepth.None);
        await Eventually.True(
            "the phone's announcements to come",
            () => Task.FromResult(other.Store.Events.OfType<PeerMessageReceived>().Count() >= 5)
        );
        other.Store.History.ShouldBeEmpty();
        Records(other, "history").ShouldBe(0);
        await Should.ThrowAsync<NotSupportedException>(() =>
            other.Client.RequestHistoryAsync(new(anna.Jid, "3A", false, 1), 50, default)
        );
    }

    [Fact]
    public async Task A_device_that_is_cut_off_in_the_middle_continues_and_stores_each_message_once()
    {
        await GivePastAsync(inline: false);
        await using var anna = new Correspondent(_simulation, Anna)
        {
            Options = new() { FirstPreKeys = 40, History = HistoryDepth.Full },
        };
        await anna.PairAsync();
        var commits = 0;
        anna.Store.BeforeCommit = change =>
            change.History.Count > 0 && Interlocked.Increment(ref commits) is 3 or 7
                ? throw new IOException("The test's disk is full.")
                : Task.CompletedTask;
        for (var i = 0; i < 2; i++)
        {
            await anna.StartAsync();
            (await anna.EndedAsync()).Kind.ShouldBe(DisconnectKind.StoreFailed);
        }
        await anna.ConnectAsync();
        await SyncedAsync(anna, "full", 100);
        var messages = anna.Store.History.SelectMany(b => b.Messages).ToList();
        messages.Count.ShouldBe(Chats * Messages, "each once");
        messages.Select(m => m.Id).Distinct().Count().ShouldBe(Chats * Messages);
        Records(anna, "history").ShouldBe(0);
    }

    [Fact]
    public async Task The_phone_gives_older_messages_when_it_is_asked()
    {
        await GivePastAsync(inline: true);
        await using var anna = await LinkedAsync(HistoryDepth.Recent);
        await SyncedAsync(anna, "recent", 100);
        var oldest = anna
            .Store.History.SelectMany(b => b.Messages)
            .Where(m => m.Chat == anna.Store.History[0].Messages[0].Chat)
            .MinBy(m => m.Timestamp)!;
        var id = await anna.Client.RequestHistoryAsync(
            new(oldest.Chat, oldest.Id, oldest.FromMe, oldest.Timestamp),
            7,
            default
        );
        await SyncedAsync(anna, "onDemand", 100);
        anna.Store.Events.OfType<HistorySynced>().Last().Request.ShouldBe(id);
        var more = anna.Store.History.Where(b => b.Request == id).SelectMany(b => b.Messages);
        more.Select(m => m.Content.Text)
            .ShouldBe(Enumerable.Range(20, 7).Select(i => $"message {i} of chat 0"));
        ((int)(await PastAsync())["requests"]!).ShouldBe(1);
    }

    [Fact]
    public async Task A_part_whose_file_is_gone_is_told_and_the_others_are_taken()
    {
        await GivePastAsync(inline: true);
        await using var anna = new Correspondent(_simulation, Anna)
        {
            Options = new() { FirstPreKeys = 40, History = HistoryDepth.Recent },
        };
        await anna.PairAsync();
        anna.Store.BeforeCommit = change =>
        {
            if (change.Records.Any(r => r.Key.Id.StartsWith("note/", StringComparison.Ordinal)))
                _simulation.Host.Server.Media.Store.Clear();
            return Task.CompletedTask;
        };
        await anna.ConnectAsync();
        await SyncedAsync(anna, "recent", 100);
        var told = anna.Store.Events.OfType<HistorySynced>().ToList();
        told.Where(e => e.Error is null).Select(e => e.Part).ShouldBe(["bootstrap"]);
        told.Count(e => e.Error is not null && e.Messages == 0).ShouldBe(4);
        Records(anna, "history").ShouldBe(0, "what cannot be had is not due");
    }

    [Fact]
    public async Task A_device_whose_store_keeps_no_history_does_not_start_with_it()
    {
        await using var anna = new Correspondent(_simulation, Anna)
        {
            Options = new() { History = HistoryDepth.Recent },
            KeepsMessages = false,
        };
        (await Should.ThrowAsync<ArgumentException>(anna.StartAsync)).Message.ShouldContain(
            "the store keeps no history"
        );
    }

    private Task GivePastAsync(bool inline) =>
        GivePastAsync(
            new
            {
                seed = 7,
                chats = Chats,
                messages = Messages,
                inline,
            }
        );

    private async Task GivePastAsync(object past)
    {
        (await _simulation.PutAsync($"/phones/{Anna}", new { })).EnsureSuccessStatusCode();
        (await _simulation.PutAsync($"/phones/{Anna}/history", past)).EnsureSuccessStatusCode();
    }

    private async Task<Correspondent> LinkedAsync(HistoryDepth depth)
    {
        var one = new Correspondent(_simulation, Anna)
        {
            Options = new() { FirstPreKeys = 40, History = depth },
        };
        await one.PairAsync();
        await one.ConnectAsync();
        return one;
    }

    private static Task SyncedAsync(Correspondent one, string part, int progress) =>
        Eventually.True(
            $"the history's part {part} to come to {progress} %",
            () =>
                Task.FromResult(
                    one.Store.Events.OfType<HistorySynced>()
                        .Any(e => e.Part == part && e.Progress == progress)
                )
        );

    private static int Records(Correspondent one, string kind) =>
        one.Store.RecordKeys.Count(key => key.Kind == kind);

    private Task<JsonNode> PastAsync() => _simulation.GetAsync($"/phones/{Anna}/history");

    private async Task ReceiptsAsync()
    {
        await Eventually.True(
            "both receipts of each announcement",
            async () =>
                (await PastAsync())["announced"]!
                    .AsArray()
                    .All(a =>
                        a!["receipts"]!
                            .AsArray()
                            .Select(r => (string)r!)
                            .Order(StringComparer.Ordinal)
                            .SequenceEqual(["hist_sync", "peer_msg"])
                    )
        );
        ((int)(await PastAsync())["strayReceipts"]!).ShouldBe(0);
    }
}
