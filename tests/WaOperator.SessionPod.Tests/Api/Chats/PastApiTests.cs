using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Api.Chats;

/// <summary>What a phone gives of the time before its session was linked, from the phone to a tenant's program.</summary>
public sealed class PastApiTests
{
    private const int Chats = 8;
    private const int Messages = 24;

    [Fact]
    public async Task A_linked_session_shows_the_chats_that_its_phone_had()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await PastAsync(rooms.World, "Full", TimeProvider.System.GetUtcNow());
        await anna.ScanAsync();
        await SyncedAsync(anna, full: true);

        var chats = await DataAsync(rooms, anna, "/chats");
        chats.Count.ShouldBe(Chats);
        var first = chats[0];
        ((string?)first["name"], (bool)first["pinned"]!, (bool)first["archived"]!).ShouldBe(
            ("Name 0", true, false)
        );
        chats
            .Where(c => (string?)c["kind"] == "group")
            .Select(c => (string?)c["name"])
            .ShouldBe(["Group 3", "Group 7"]);
        (await DataAsync(rooms, anna, "/contacts?limit=100"))
            .Select(c => (string?)c["pushName"])
            .Where(n => n?.StartsWith("Name", StringComparison.Ordinal) == true)
            .Distinct()
            .Count()
            .ShouldBe(Chats, "members of groups told theirs with their messages");

        foreach (var chat in new[] { first, chats.First(c => (string?)c["kind"] == "group") })
        {
            var read = await PagesAsync(rooms, anna, (string)chat["id"]!, 7);
            var number = chat == first ? 0 : 3;
            read.Select(m => (string?)m["content"]!["text"] ?? (string?)m["content"]!["caption"])
                .ShouldBe(
                    Enumerable.Range(0, Messages).Select(i => $"message {i} of chat {number}")
                );
            read.ShouldAllBe(m => (bool)m["past"]!);
            read.Select(m => (bool)m["fromMe"]!)
                .ShouldBe(Enumerable.Range(0, Messages).Select(i => i % 3 == 1));
            string.Join("", read.Select(m => m.ToJsonString()))
                .ShouldNotContain("mediaKey", Case.Insensitive);
            ((string?)chat["lastMessage"]!["id"]).ShouldBe((string?)read[0]["id"]);
        }

        // An event for each part, and none for a message.
        var journal = await rooms.World.JournalAsync(anna);
        journal.Where(e => e.Event is MessageReceived).ShouldBeEmpty();
        journal
            .Select(e => e.Event)
            .OfType<HistorySynced>()
            .Sum(e => e.Messages)
            .ShouldBe(Chats * Messages);
        (await CountAsync(rooms.World)).ShouldBe(Chats * Messages);

        // What is shown can be answered.
        var old = (await PagesAsync(rooms, anna, (string)first["id"]!, 50)).First(m =>
            !(bool)m["fromMe"]!
        );
        var reaction = await rooms.AskedAsync(
            202,
            HttpMethod.Post,
            anna,
            "/messages",
            new
            {
                to = (string)first["id"]!,
                reaction = new { message = (string)old["id"]!, emoji = "x" },
            }
        );
        reaction["id"].ShouldNotBeNull();

        await rooms.World.Desired.RemoveSessionsAsync([anna.Id]);
        (await CountAsync(rooms.World)).ShouldBe(0, "with the session all of it goes");
    }

    [Fact]
    public async Task Nothing_is_taken_unless_it_is_asked_for_and_nothing_that_is_too_old()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var none = await PastAsync(rooms.World, "None", TimeProvider.System.GetUtcNow());
        await none.ScanAsync();
        await none.PhaseAsync(SessionPhase.Connected);
        // Messages are a minute apart: of each chat half a dozen are young enough.
        var newest = TimeProvider.System.GetUtcNow().AddDays(-7).AddMinutes(6);
        var some = await PastAsync(rooms.World, "Recent", newest);
        await some.ScanAsync();
        await SyncedAsync(some);
        var stored = await CountAsync(rooms.World);
        stored.ShouldBeInRange(Chats * 3, Chats * 7);
        (await DataAsync(rooms, some, "/chats")).Count.ShouldBe(Chats);
        (await DataAsync(rooms, none, "/chats")).ShouldBeEmpty();
        (await none.StateAsync())!.History.ShouldBeNull();
        (await rooms.Pod.GetAsync("/metrics")).Text.ShouldContain(
            $"wa_history_messages_total{{outcome=\"stored\"}} {stored}"
        );
    }

    [Fact]
    public async Task The_phone_gives_older_messages_when_it_is_asked()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await PastAsync(rooms.World, "Recent", TimeProvider.System.GetUtcNow());
        var none = await PastAsync(rooms.World, "None", TimeProvider.System.GetUtcNow());
        await anna.ScanAsync();
        await none.ScanAsync();
        await SyncedAsync(anna);
        await none.PhaseAsync(SessionPhase.Connected);
        var chats = await DataAsync(rooms, anna, "/chats");
        var chat = (string)chats[0]["id"]!;
        var known = await PagesAsync(rooms, anna, chat, 50);
        known.Count.ShouldBeLessThan(Messages, "a recent history is not all of it");

        var request = await AskAsync(chat, known[^1], 3);
        await GivenAsync(request, 3);
        var more = await PagesAsync(rooms, anna, chat, 50);
        Texts(more).ShouldBe(Numbered(known.Count + 3));
        await GivenAsync(await AskAsync(chat, more[^1], null), Messages - more.Count);
        Texts(await PagesAsync(rooms, anna, chat, 50)).ShouldBe(Numbered(Messages));
        // There is no more.
        await GivenAsync(
            await AskAsync(chat, (await PagesAsync(rooms, anna, chat, 50))[^1], null),
            0
        );

        var history = $"/chats/{chat}/history";
        var before = (string)known[^1]["id"]!;
        foreach (
            var body in new object[]
            {
                new { },
                new { before, count = 0 },
                new { before, count = 51 },
                new { before = "a b" },
            }
        )
            (await rooms.RefusedAsync(400, HttpMethod.Post, anna, history, body)).ShouldBe(
                "invalid-body",
                body.ToString()
            );
        await rooms.RefusedAsync(400, HttpMethod.Post, anna, "/chats/x/history", new { before });
        foreach (
            var (path, id) in new[]
            {
                (history, "3EB0NONE"),
                ($"/chats/{(string)chats[1]["id"]!}/history", before),
            }
        )
            (
                await rooms.RefusedAsync(404, HttpMethod.Post, anna, path, new { before = id })
            ).ShouldBe("unknown-message");
        var sent = await rooms.Api.TextAsync(none.Name, anna.Phone, "one");
        await rooms.Api.StateAsync(none.Name, sent, "Acked");
        (
            await rooms.RefusedAsync(
                409,
                HttpMethod.Post,
                none,
                $"/chats/{anna.Phone}/history",
                new { before = sent }
            )
        ).ShouldBe("history-not-taken");

        async Task<string> AskAsync(string of, JsonNode oldest, int? count) =>
            (string)
                (
                    await rooms.AskedAsync(
                        202,
                        HttpMethod.Post,
                        anna,
                        $"/chats/{of}/history",
                        count is null
                            ? new { before = (string)oldest["id"]! }
                            : new { before = (string)oldest["id"]!, count }
                    )
                )["request"]!;

        async Task GivenAsync(string asked, int messages)
        {
            var told = await Eventually.Get(
                "the phone's answer",
                async () =>
                    (await rooms.World.JournalAsync(anna))
                        .Select(e => e.Event)
                        .OfType<HistorySynced>()
                        .FirstOrDefault(e => e.Request == asked)
            );
            (told.Part, told.Messages, told.Error).ShouldBe(("onDemand", messages, null));
        }

        static IEnumerable<string> Numbered(int count) =>
            Enumerable.Range(0, count).Select(i => $"message {i} of chat 0");

        static IEnumerable<string?> Texts(IEnumerable<JsonNode> messages) =>
            messages.Select(m =>
                (string?)m["content"]!["text"] ?? (string?)m["content"]!["caption"]
            );
    }

    [Fact]
    public async Task A_process_that_is_killed_in_the_middle_is_followed_by_one_that_continues()
    {
        await using var world = await PodWorld.StartAsync();
        await world.SqlAsync(
            """
            create function wa.slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.25); return null; end $$;
            create trigger slowly after insert on wa.session_past for each statement execute function wa.slowly();
            """
        );
        await using var first = ChildPod.Start(world.Options(0, "pod-a"));
        await first.HoldsLeaseAsync();
        var anna = await PastAsync(world, "Full", TimeProvider.System.GetUtcNow(), chats: 40);
        await anna.ScanAsync();
        await Eventually.True(
            "some of it to be stored",
            async () => await CountAsync(world) is > 200 and < 800
        );
        await first.KillAsync();
        await world.SqlAsync("drop trigger slowly on wa.session_past");
        (await CountAsync(world)).ShouldBeLessThan(40 * Messages, "it was killed in the middle");

        await using var second = ChildPod.Start(world.Options(0, "pod-a"));
        await SyncedAsync(anna, full: true);
        (await CountAsync(world)).ShouldBe(40 * Messages);
        (
            (long)(await world.SqlAsync("select count(distinct (chat, ref)) from wa.session_past"))!
        ).ShouldBe(40 * Messages);
        (await world.JournalAsync(anna))
            .Select(e => e.Event)
            .OfType<HistorySynced>()
            .Where(e => e.Part == "full")
            .Select(e => e.Progress)
            .ShouldBe([25, 50, 75, 100], "each part is told once");
    }

    /// <summary>A session that asks for so much, and a phone that has it.</summary>
    private static async Task<TestSession> PastAsync(
        PodWorld world,
        string history,
        DateTimeOffset newest,
        int chats = Chats
    )
    {
        var session = await world.SessionAsync(null);
        await session.WantAsync(s => s with { History = history });
        await session.PlaceAsync(0);
        using var phone = await world.PutAsync($"/phones/{session.Phone}", new { });
        phone.EnsureSuccessStatusCode();
        using var past = await world.PutAsync(
            $"/phones/{session.Phone}/history",
            new
            {
                seed = 5,
                chats,
                messages = Messages,
                newest,
            }
        );
        past.IsSuccessStatusCode.ShouldBeTrue(await past.Content.ReadAsStringAsync());
        return session;
    }

    private static Task SyncedAsync(TestSession session, bool full = false) =>
        session.PhaseAsync(SessionPhase.Connected, s => (full ? s.HistoryFull : s.History) == 100);

    private static async Task<long> CountAsync(PodWorld world) =>
        (long)(await world.SqlAsync("select count(*) from wa.session_past"))!;

    private static async Task<IReadOnlyList<JsonNode>> DataAsync(
        RoomWorld rooms,
        TestSession session,
        string path
    ) =>
        [
            .. (await rooms.AskedAsync(200, HttpMethod.Get, session, path))["data"]!
                .AsArray()
                .Select(n => n!),
        ];

    private static async Task<List<JsonNode>> PagesAsync(
        RoomWorld rooms,
        TestSession session,
        string chat,
        int limit
    )
    {
        var read = new List<JsonNode>();
        for (var after = ""; ; )
        {
            var page = await rooms.AskedAsync(
                200,
                HttpMethod.Get,
                session,
                $"/messages?chat={chat}&limit={limit}{after}"
            );
            read.AddRange(page["data"]!.AsArray().Select(n => n!));
            if ((string?)page["next"] is not { } next)
                return read;
            after = $"&after={next}";
        }
    }
}
