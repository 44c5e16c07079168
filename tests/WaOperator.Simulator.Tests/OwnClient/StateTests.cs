using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>The account's state between a phone and its companions: keys, first sync, changes both ways, conflicts, another key.</summary>
public sealed class StateTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private static readonly Jid Bert = new("491522222222", Jid.PhoneServer);

    private Simulation _simulation = null!;

    public async Task InitializeAsync() =>
        _simulation = await Simulation.StartAsync(Simulation.Options with { AppState = true });

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task What_the_phone_had_before_is_told_as_one_and_what_it_does_then_one_by_one()
    {
        await _simulation.PutAsync($"/phones/{Anna}", new { });
        await ChangeAsync(
            new { kind = "mute", chat = $"{Bert}" },
            new
            {
                kind = "contact",
                chat = $"{Bert}",
                name = "Bert Brecht",
            }
        );
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        var contacts = await SyncedAsync(anna, Collections.CriticalUnblockLow);
        (contacts.Version, contacts.Records, contacts.Contacts).ShouldBe((1, 1, 1));
        (await SyncedAsync(anna, Collections.RegularHigh)).Chats.ShouldBe(1);
        anna.Store.Events.OfType<ChatChanged>().ShouldBeEmpty("the first sync is silent");

        var until = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);
        await ChangeAsync(
            new
            {
                kind = "mute",
                chat = $"{Bert}",
                until,
            }
        );
        var muted = await ToldAsync<ChatChanged>(anna, c => c.Muted == true);
        (muted.Chat, muted.MutedUntil, muted.Archived).ShouldBe(
            (Bert, until.ToUnixTimeMilliseconds(), null)
        );
        await ChangeAsync(
            new
            {
                kind = "star",
                chat = $"{Bert}",
                id = "3EB0AA",
            }
        );
        (await ToldAsync<MessageMarked>(anna, m => m.Starred == true)).Id.ShouldBe("3EB0AA");
        await ChangeAsync(
            new
            {
                kind = "contact",
                chat = $"{Bert}",
                name = "B. B.",
            }
        );
        (await ToldAsync<ContactChanged>(anna, _ => true)).FullName.ShouldBe("B. B.");
        await ChangeAsync(new { kind = "archive", chat = $"{Bert}" });
        var archived = await ToldAsync<ChatChanged>(anna, c => c.Archived == true);
        archived.Pinned.ShouldBe(false, "an archived chat is unpinned by the same patch");
        await AcknowledgedAsync();
        anna.Store.Events.OfType<ChatChanged>().Count().ShouldBe(2);
        anna.Store.Events.OfType<AppStateSynced>().Count(s => s.Error is not null).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_companion_does_the_phone_and_the_other_companion_have()
    {
        await using var one = await ReadyAsync();
        await using var other = await ReadyAsync();
        var last = (
            new MessageReference(Bert, "3EB0AB", false),
            DateTimeOffset.UnixEpoch.AddDays(20_000)
        );
        await one.Client.Chats.MuteAsync(Bert, DateTimeOffset.MaxValue, default);
        await one.Client.Chats.PinAsync(Bert, true, default);
        await one.Client.Chats.ArchiveAsync(Bert, true, last, default);
        await one.Client.Chats.MarkUnreadAsync(Bert, true, last, default);
        await one.Client.Chats.StarAsync(last.Item1, true, default);
        await one.Client.Chats.SetContactAsync(Bert, "Bert Brecht", "Bert", default);

        var phone = await PhoneAsync();
        var chat = phone["chats"]![$"{Bert}"]!;
        (
            (bool)chat["archived"]!,
            (bool)chat["pinned"]!,
            (bool)chat["unread"]!,
            (DateTimeOffset?)chat["mutedUntil"]
        ).ShouldBe((true, false, true, DateTimeOffset.MaxValue));
        ((string?)phone["starred"]![0]).ShouldBe("3EB0AB");
        ((string?)phone["contacts"]![$"{Bert}"]).ShouldBe("Bert Brecht");
        ((int)phone["refused"]!).ShouldBe(0);
        await ToldAsync<ChatChanged>(other, c => c.Unread == true);
        await ToldAsync<MessageMarked>(other, c => c.Starred == true);
        await ToldAsync<ContactChanged>(other, c => c.FullName == "Bert Brecht");
        one.Store.Events.OfType<ChatChanged>().ShouldBeEmpty("its own changes are not told to it");

        await one.Client.Chats.ClearAsync(Bert, last, default);
        await one.Client.Chats.DeleteForMeAsync(last.Item1, last.Item2, default);
        await one.Client.Chats.DeleteAsync(Bert, last, default);
        await one.Client.Chats.SetOwnNameAsync("Anna B", default);
        phone = await PhoneAsync();
        ((string?)phone["cleared"]![0]).ShouldBe($"{Bert}");
        ((string?)phone["deleted"]![0]).ShouldBe($"{Bert}");
        ((string?)phone["deletedForMe"]![0]).ShouldBe("3EB0AB");
        ((string?)phone["pushName"]).ShouldBe("Anna B");
        ((int)phone["refused"]!).ShouldBe(0);
        await ToldAsync<ChatChanged>(other, c => c.Cleared);
        await ToldAsync<ChatChanged>(other, c => c.Deleted);
        await ToldAsync<MessageMarked>(other, c => c.Deleted);

        await one.Client.Chats.RemoveContactAsync(Bert, default);
        (await PhoneAsync())["contacts"]!.AsObject().ShouldBeEmpty();
        await ToldAsync<ContactChanged>(other, c => c.Removed);
    }

    [Fact]
    public async Task A_companion_that_was_away_catches_up_and_its_write_survives_a_conflict()
    {
        await using var anna = await ReadyAsync();
        await anna.Client.Chats.PinAsync(Bert, true, default);
        await anna.CutAsync();
        // More than a page, and one patch in a file.
        for (var i = 0; i < 25; i++)
            await ChangeAsync(new { kind = "unread", chat = Chat(i) });
        await ChangeAsync([
            .. Enumerable.Range(30, 40).Select(i => (object)new { kind = "pin", chat = Chat(i) }),
        ]);
        await anna.ConnectAsync();
        await anna.Client.Chats.PinAsync(Bert, false, default);
        ((bool)(await PhoneAsync())["chats"]![$"{Bert}"]!["pinned"]!).ShouldBeFalse();
        await Eventually.True(
            "each change to be told",
            () => Task.FromResult(anna.Store.Events.OfType<ChatChanged>().Count() == 65)
        );
        await AcknowledgedAsync();
        anna.Store.Events.OfType<ChatChanged>().Count().ShouldBe(65, "each once");
    }

    [Fact]
    public async Task Another_key_of_the_phone_is_taken_and_used()
    {
        await using var anna = await ReadyAsync();
        await ChangeAsync(new { kind = "pin", chat = $"{Bert}" });
        await _simulation.PostedAsync($"/phones/{Anna}/state/rotate-key", new { });
        await ChangeAsync(new { kind = "unread", chat = $"{Bert}" });
        await ToldAsync<ChatChanged>(anna, c => c.Unread == true);
        await AcknowledgedAsync();
        await anna.Client.Chats.PinAsync(Bert, false, default);
        (await _simulation.EventsAsync("stateOldKey")).ShouldBeEmpty();
        // A newcomer reads records under both keys.
        await using var other = await Correspondent.ConnectedAsync(_simulation, Anna);
        (await SyncedAsync(other, Collections.RegularLow)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task Companions_and_phone_end_with_the_same_state()
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        var random = new Random(seed);
        await using var one = await ReadyAsync();
        await using var other = await ReadyAsync();
        Correspondent[] companions = [one, other];
        for (var round = 0; round < 25; round++)
        {
            var writes = new List<Task>();
            foreach (var companion in companions)
                if (random.Next(2) == 0)
                    writes.Add(WriteAsync(companion, random));
            if (random.Next(2) == 0)
                writes.Add(ChangeAsync(Random(random)));
            if (random.Next(8) == 0)
                writes.Add(_simulation.PostedAsync($"/phones/{Anna}/state/rotate-key", new { }));
            await Task.WhenAll(writes);
        }
        var phone = await PhoneAsync();
        ((int)phone["refused"]!).ShouldBe(0, $"seed {seed}");
        foreach (var companion in companions)
        foreach (var (name, collection) in phone["collections"]!.AsObject())
        {
            var version = (ulong)collection!["version"]!;
            await Eventually.True(
                $"{name} to be at {version} (seed {seed})",
                async () => (await StoredAsync(companion, name)).Version == version
            );
            Convert
                .ToHexStringLower((await StoredAsync(companion, name)).Hash.AsSpan())
                .ShouldBe((string?)collection["hash"], $"{name}, seed {seed}");
        }
        (await _simulation.EventsAsync("stateRefused")).ShouldBeEmpty($"seed {seed}");
    }

    private static string Chat(int number) =>
        $"4915333{number.ToString("00000", CultureInfo.InvariantCulture)}@s.whatsapp.net";

    private static object Random(Random random) =>
        new
        {
            kind = new[] { "pin", "unread", "mute", "archive" }[random.Next(4)],
            chat = Chat(random.Next(5)),
            on = random.Next(2) == 0,
        };

    private static Task WriteAsync(Correspondent companion, Random random)
    {
        var (chat, on) = (Jid.Parse(Chat(random.Next(5))), random.Next(2) == 0);
        return random.Next(4) switch
        {
            0 => companion.Client.Chats.PinAsync(chat, on, default),
            1 => companion.Client.Chats.MarkUnreadAsync(chat, on, null, default),
            2 => companion.Client.Chats.MuteAsync(
                chat,
                on ? DateTimeOffset.MaxValue : null,
                default
            ),
            _ => companion.Client.Chats.ArchiveAsync(chat, on, null, default),
        };
    }

    private static async Task<CollectionState> StoredAsync(Correspondent of, string collection) =>
        (await of.Store.LoadAsync([AppStateRecords.Collection(collection)], default))[0]
            is { } bytes
            ? CollectionRecord.Deserialize(bytes).State
            : CollectionState.Empty;

    private Task<JsonNode> PhoneAsync() => _simulation.GetAsync($"/phones/{Anna}/state");

    private Task ChangeAsync(params object[] changes) =>
        _simulation.PostedAsync($"/phones/{Anna}/state/changes", new { changes });

    private static Task<AppStateSynced> SyncedAsync(Correspondent one, string collection) =>
        ToldAsync<AppStateSynced>(one, s => s.Collection == collection);

    private static Task<T> ToldAsync<T>(Correspondent one, Func<T, bool> match)
        where T : SessionEvent =>
        Eventually.Get(
            $"a {typeof(T).Name}",
            () => Task.FromResult(one.Store.Events.OfType<T>().LastOrDefault(match))
        );

    /// <summary>A companion that has the keys, and has asked for every collection.</summary>
    private async Task<Correspondent> ReadyAsync()
    {
        var one = await Correspondent.ConnectedAsync(_simulation, Anna);
        await Eventually.True(
            "the first sync",
            async () =>
                (
                    await one.Store.LoadAsync(
                        [.. Collections.All.Select(AppStateRecords.Collection)],
                        default
                    )
                ).All(record => record is not null)
        );
        return one;
    }

    private Task AcknowledgedAsync() =>
        Eventually.True(
            "all stanzas to be acknowledged",
            async () =>
                (await _simulation.GetAsync($"/sessions?number={Anna}"))
                    .AsArray()
                    .All(session => (int)session!["waiting"]! == 0)
        );
}
