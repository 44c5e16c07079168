using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Chats;

/// <summary>What a phone gives of the time before a session was linked, as PostgreSQL has it afterwards, beside what comes live.</summary>
public sealed class PastTests
{
    private static readonly Jid Ana = Jid.Parse("491701234567@s.whatsapp.net");
    private static readonly Jid AnasLid = Jid.Parse("77777777@lid");
    private static readonly Jid Me = Jid.Parse("491700000001@s.whatsapp.net");
    private static readonly Jid Team = Jid.Parse("120363000000000001@g.us");

    [Fact]
    public async Task A_message_that_came_live_too_is_shown_once_whichever_came_first()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await TellAsync(store, Got("LIVE1", Ana, 200, "live"));
        await GiveAsync(
            store,
            Old("OLD2", Ana, 101),
            Old("OLD1", Ana, 100),
            Old("LIVE1", Ana, 200)
        );
        await TellAsync(store, Got("OLD2", Ana, 101, "live"));
        // Given again in a later part, and by another owner who was told the same.
        await GiveAsync(rig.Store(), Old("OLD1", Ana, 100), Old("OLD2", Ana, 101));

        (await ReadAsync(rig, Ana))
            .Select(m => (m.Head.Id, m.Content.Text))
            .ShouldBe([("OLD2", "live"), ("LIVE1", "live"), ("OLD1", "old")]);
    }

    [Fact]
    public async Task What_was_sent_through_the_session_is_no_past_and_other_messages_of_the_account_are()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await store.CommitAsync(
            new DeviceChange
            {
                Outbound = [new("SENT", Ana.ToString(), OutboundState.Acked, [1], null, null)],
                Events = [new MessageSent("SENT", Ana.ToString(), 100)],
            },
            default
        );
        await GiveAsync(
            store,
            Old("SENT", Ana, 100, fromMe: true),
            Old("PHONE", Ana, 99, fromMe: true)
        );
        (await PastAsync(rig, Ana)).Select(m => m.Head.Id).ShouldBe(["PHONE"]);
    }

    [Fact]
    public async Task Pages_follow_each_other_also_within_one_second()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        string[] ids = [.. Enumerable.Range(0, 25).Select(i => $"M{i:00}")];
        await GiveAsync(store, [.. ids.Select((id, i) => Old(id, Ana, 1000 - i / 10))]);
        await GiveAsync(store, Old("OTHER", Team, 1000));

        var read = new List<string>();
        HistoryCursor? from = HistoryCursor.Start;
        var pages = 0;
        while (from is { } at)
        {
            var (page, next) = await Reader(rig)
                .ReadAsync(StoreRig.Tenant, rig.Session.SessionId, Ana, at, 3, default);
            read.AddRange(page.Cast<PastItem>().Select(p => p.Message.Head.Id));
            (from, pages) = (next, pages + 1);
        }
        read.Order(StringComparer.Ordinal).ShouldBe(ids);
        read.Take(10).Order(StringComparer.Ordinal).ShouldBe(ids.Take(10), "the newest first");
        pages.ShouldBe(9);
    }

    [Fact]
    public async Task Chats_and_contacts_are_known_by_it_and_what_is_known_better_stays()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await TellAsync(
            store,
            Got("LIVE", Ana, 300, "live", name: "Ana"),
            new ChatChanged { Chat = Ana, Archived = true }
        );
        await store.CommitAsync(
            new DeviceChange
            {
                History =
                [
                    new()
                    {
                        Part = HistoryPart.Bootstrap,
                        Messages =
                        [
                            Old("A", Ana, 100),
                            Old("T2", Team, 400, sender: AnasLid),
                            Old("T1", Team, 399, sender: Ana),
                        ],
                        Chats =
                        [
                            new()
                            {
                                Chat = Ana,
                                Name = "Address book",
                                Unread = 3,
                                Pinned = true,
                            },
                            new()
                            {
                                Chat = Team,
                                Name = "The team",
                                Unread = 2,
                                MutedUntil = -1,
                                Timestamp = 400,
                            },
                            new() { Chat = Jid.Parse("1@newsletter"), Unread = 1 },
                        ],
                        Names = [new(Ana, "Former name"), new(Me, "Me")],
                    },
                ],
            },
            default
        );
        async Task<ListedChat> ChatAsync(Jid chat) =>
            (await Book(rig).FindAsync(StoreRig.Tenant, rig.Session.SessionId, chat, default))!;

        var ana = await ChatAsync(Ana);
        (ana.Box.LastId, ana.Unread, ana.Contact?.Name).ShouldBe(("LIVE", 3, "Ana"));
        ana.Flags.ShouldBe(new() { Archived = true });
        var team = await ChatAsync(Team);
        (team.Box.LastId, team.Unread, team.Contact?.Name).ShouldBe(("T2", 2, "The team"));
        (team.Flags.Muted, team.Flags.MutedUntil, team.Flags.Archived).ShouldBe(
            (true, null, false)
        );
        (await ContactsAsync(rig)).ShouldBe(["Ana", "Me"], ignoreOrder: true);
        (await CountAsync(rig, "session_chat")).ShouldBe(2);

        // A part that comes late says nothing of what was read since.
        await Book(rig).MarkReadAsync(StoreRig.Tenant, rig.Session, Team);
        await GiveAsync(store, HistoryPart.Recent, chats: [new() { Chat = Team, Unread = 2 }]);
        (await ChatAsync(Team)).Unread.ShouldBe(0);
    }

    [Fact]
    public async Task A_lid_finds_the_past_of_the_phone_number_that_the_same_commit_taught()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.Store()
            .CommitAsync(
                new DeviceChange
                {
                    Records =
                    [
                        new(RecordNames.Lid(AnasLid), Bytes(Ana)),
                        new(RecordNames.Lid(Ana), Bytes(AnasLid)),
                    ],
                    History =
                    [
                        new()
                        {
                            Part = HistoryPart.Recent,
                            Messages = [Old("A1", AnasLid, 100), Old("A2", Ana, 101)],
                        },
                    ],
                },
                default
            );
        foreach (var address in (Jid[])[Ana, AnasLid])
            (await PastAsync(rig, address)).Select(m => m.Head.Id).ShouldBe(["A2", "A1"]);
    }

    [Fact]
    public async Task What_is_older_than_messages_are_kept_is_left_out_and_the_rest_goes_in_its_time()
    {
        await using var rig = await StoreRig.StartAsync();
        var now = rig.Context.Time.GetUtcNow();
        var counted = (Stored: 0, LeftOut: 0);
        var store = rig.Store(
            rig.Context with
            {
                Kept = TimeSpan.FromDays(7),
                PastTaken = (stored, leftOut) =>
                    counted = (counted.Stored + stored, counted.LeftOut + leftOut),
            }
        );
        long Days(double ago) => now.AddDays(-ago).ToUnixTimeSeconds();
        await GiveAsync(
            store,
            Old("NEW", Ana, Days(1)),
            Old("AGING", Ana, Days(6.9)),
            Old("OLD", Ana, Days(7.1)),
            Old("NEVER", Ana, 0),
            Old("STATUS", Jid.Parse("status@broadcast"), Days(1)),
            Old("AHEAD", Ana, now.AddDays(400).ToUnixTimeSeconds())
        );
        counted.ShouldBe((3, 3));
        (await PastAsync(rig, Ana)).Select(m => m.Head.Id).ShouldBe(["AHEAD", "NEW", "AGING"]);
        // Its chat is known all the same.
        await GiveAsync(store, Old("OLD", Team, Days(30)));
        (
            await Book(rig).FindAsync(StoreRig.Tenant, rig.Session.SessionId, Team, default)
        )!.Box.LastId.ShouldBe("OLD");

        await rig.World.SqlAsync("update wa.session_past set at = at - interval '1 day'");
        var more = await new MessageRetention(rig.Commits.Database).PruneAsync(
            [rig.Session],
            new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(14), 4)
        );
        more.ShouldBeEmpty();
        (await PastAsync(rig, Ana)).Select(m => m.Head.Id).ShouldBe(["AHEAD", "NEW"]);
    }

    [Fact]
    public async Task Its_progress_is_told_by_part_and_ends_when_another_device_is_linked()
    {
        await using var rig = await StoreRig.StartAsync();
        await StateAsync(rig);
        var store = rig.Store(rig.Context);
        (await ProgressAsync()).ShouldBe("null null 0");
        await TellAsync(store, new HistorySynced { Part = "bootstrap", Progress = 100 });
        (await ProgressAsync()).ShouldBe("0 null 0");
        await TellAsync(store, new HistorySynced { Part = "recent", Progress = 60 });
        await TellAsync(store, new HistorySynced { Part = "recent", Progress = 40 });
        (await ProgressAsync()).ShouldBe("60 null 0");
        await TellAsync(store, new HistorySynced { Part = "full", Progress = 30 });
        (await ProgressAsync()).ShouldBe("60 30 0");
        // Of one that cannot be read the phone's word does not count.
        await TellAsync(
            store,
            new HistorySynced
            {
                Part = "full",
                Progress = 100,
                Error = "It is damaged.",
            }
        );
        (await ProgressAsync()).ShouldBe("60 30 1");
        // No report of the state takes it back, and a wipe that archives the keys leaves it with them.
        await rig.Context.Commits.CommitAsync(
            StoreRig.Tenant,
            new SessionWrite(rig.Session.SessionId, rig.Session.Epoch)
            {
                WipeKeys = true,
                ArchiveKeys = true,
                State = new()
                {
                    SessionId = rig.Session.SessionId,
                    Epoch = rig.Session.Epoch,
                    Phase = Store.SessionPhase.LoggedOut,
                },
            }
        );
        (await ProgressAsync()).ShouldBe("60 30 1");
        await rig.Context.Commits.CommitAsync(
            StoreRig.Tenant,
            new SessionWrite(rig.Session.SessionId, rig.Session.Epoch) { ClearFlags = true }
        );
        (await ProgressAsync()).ShouldBe("null null 0");

        async Task<string> ProgressAsync() =>
            (string)
                (
                    await rig.World.SqlAsync(
                        $"select format('%s %s %s', coalesce(history::text, 'null'), coalesce(history_full::text, 'null'), history_lost) from wa.session_state where session_id = {rig.Session.SessionId}"
                    )
                )!;
    }

    [Fact]
    public async Task A_linked_device_brings_so_many_messages_and_no_more()
    {
        await using var rig = await StoreRig.StartAsync();
        await StateAsync(rig);
        await GiveAsync(rig.Store(), Old("ONE", Ana, 100));
        await rig.World.SqlAsync(
            $"update wa.session_state set history_kept = {PastRows.MostMessages - 1}"
        );
        await GiveAsync(rig.Store(), Old("ONE", Ana, 100));
        await GiveAsync(rig.Store(), Old("TWO", Ana, 101));
        await GiveAsync(rig.Store(), Old("THREE", Ana, 102));
        (await PastAsync(rig, Ana)).Select(m => m.Head.Id).ShouldBe(["TWO", "ONE"]);
        (await rig.World.SqlAsync("select history_kept from wa.session_state")).ShouldBe(
            PastRows.MostMessages
        );
    }

    [Fact]
    public async Task The_secret_that_stood_beside_a_poll_stays_with_it()
    {
        await using var rig = await StoreRig.StartAsync();
        var secret = Enumerable.Range(1, MessageContent.SecretSize).Select(i => (byte)i).ToArray();
        await GiveAsync(rig.Store(), Old("POLL", Ana, 100) with { Secret = secret });
        var poll = (await PastAsync(rig, Ana)).Single();
        poll.Content.Secret.ShouldBe(secret);
        poll.Content.Text.ShouldBe("old");
    }

    [Fact]
    public async Task A_message_that_is_stored_under_two_names_of_its_chat_is_read_once()
    {
        await using var rig = await StoreRig.StartAsync();
        await GiveAsync(rig.Store(), Old("TWO", Ana, 101), Old("ONE", Ana, 100));
        await rig.World.SqlAsync(
            "insert into wa.session_past (session_id, ref, chat, at, key_version, ciphertext) select session_id, ref, chat + 1, at, key_version, ciphertext from wa.session_past"
        );
        var chats = (long[])
            (await rig.World.SqlAsync("select array_agg(distinct chat) from wa.session_past"))!;
        var history = new ChatHistory(rig.Commits.Database);
        (
            await history.ReadPastAsync(rig.Session.SessionId, chats, PastCursor.Newest, 10)
        ).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Messages_of_one_second_stay_in_the_order_in_which_the_phone_gives_them()
    {
        await using var rig = await StoreRig.StartAsync();
        await StateAsync(rig);
        await GiveAsync(
            rig.Store(),
            Old("SIX", Ana, 101),
            Old("FIVE", Ana, 100),
            Old("FOUR", Ana, 100),
            Old("THREE", Ana, 100)
        );
        await GiveAsync(rig.Store(), Old("TWO", Ana, 100), Old("ONE", Ana, 99));
        (await PastAsync(rig, Ana))
            .Select(m => m.Head.Id)
            .ShouldBe(["SIX", "FIVE", "FOUR", "THREE", "TWO", "ONE"]);
    }

    private static Task<object?> StateAsync(StoreRig rig) =>
        rig.World.SqlAsync(
            $"insert into wa.session_state (session_id, epoch, pool_uid, ordinal, pod_name, phase, reason, message, paired) values ({rig.Session.SessionId}, {rig.Session.Epoch}, 'pool-1', 0, '', 'Connected', '', '', true) on conflict do nothing"
        );

    [Fact]
    public async Task Nothing_of_it_can_be_read_in_the_database_and_a_damaged_message_costs_itself_alone()
    {
        await using var rig = await StoreRig.StartAsync();
        await GiveAsync(rig.Store(), Old("ONE", Ana, 100), Old("TWO", Ana, 101));
        (
            (string)
                (
                    await rig.World.SqlAsync(
                        "select string_agg(p::text, ' ') from wa.session_past p"
                    )
                )!
        ).ShouldNotContain(Convert.ToHexStringLower("old"u8));
        await rig.World.SqlAsync(
            "update wa.session_past set ciphertext = set_byte(ciphertext, 20, get_byte(ciphertext, 20) # 1) where at = to_timestamp(100)"
        );
        (await PastAsync(rig, Ana)).Select(m => m.Head.Id).ShouldBe(["TWO"]);
        var finder = new MessageFinder(rig.Context, new ChatHistory(rig.Commits.Database));
        (await finder.FindAsync(StoreRig.Tenant, rig.Session.SessionId, "TWO", default))
            .Single()
            .Head.Chat.ShouldBe(Ana);
        (
            await finder.FindAsync(StoreRig.Tenant, rig.Session.SessionId, "ONE", default)
        ).ShouldBeEmpty();
    }

    private static Task GiveAsync(PodMessageStore store, params HistoryMessage[] messages) =>
        GiveAsync(store, HistoryPart.Recent, messages);

    private static Task GiveAsync(
        PodMessageStore store,
        HistoryPart part,
        HistoryMessage[]? messages = null,
        HistoryChat[]? chats = null
    ) =>
        store.CommitAsync(
            new DeviceChange
            {
                History =
                [
                    new()
                    {
                        Part = part,
                        Messages = messages ?? [],
                        Chats = chats ?? [],
                    },
                ],
            },
            default
        );

    private static Task TellAsync(PodMessageStore store, params SessionEvent[] events) =>
        store.CommitAsync(new DeviceChange { Events = events }, default);

    private static HistoryMessage Old(
        string id,
        Jid chat,
        long at,
        bool fromMe = false,
        Jid? sender = null
    ) =>
        new(MessageContent.Text("old").ToBytes(), fromMe)
        {
            Chat = chat,
            Id = id,
            Sender = fromMe ? Me : sender ?? chat,
            Timestamp = at,
        };

    private static MessageReceived Got(
        string id,
        Jid chat,
        long at,
        string text,
        string? name = null
    ) =>
        new(
            new()
            {
                Id = id,
                Chat = chat,
                Sender = chat,
                Timestamp = at,
                PushName = name,
            },
            MessageContent.Text(text).ToBytes()
        );

    private static byte[] Bytes(Jid jid) => System.Text.Encoding.UTF8.GetBytes(jid.ToString());

    private static ChatBook Book(StoreRig rig) =>
        new(rig.Context, new SessionChats(rig.Commits.Database), new AddressBook(rig.Context));

    private static HistoryReader Reader(StoreRig rig) =>
        new(rig.Context, new ChatHistory(rig.Commits.Database), Book(rig));

    private static async Task<List<MessageReceived>> ReadAsync(StoreRig rig, Jid chat)
    {
        var (page, next) = await Reader(rig)
            .ReadAsync(
                StoreRig.Tenant,
                rig.Session.SessionId,
                chat,
                HistoryCursor.Start,
                100,
                default
            );
        next.ShouldBeNull();
        return
        [
            .. page.Select(item =>
                    item switch
                    {
                        ReceivedItem received => received.Message,
                        PastItem past => past.Message,
                        _ => null,
                    }
                )
                .OfType<MessageReceived>(),
        ];
    }

    private static async Task<List<MessageReceived>> PastAsync(StoreRig rig, Jid chat)
    {
        var (page, _) = await Reader(rig)
            .ReadAsync(
                StoreRig.Tenant,
                rig.Session.SessionId,
                chat,
                HistoryCursor.OfPast,
                100,
                default
            );
        return [.. page.Cast<PastItem>().Select(p => p.Message)];
    }

    private static async Task<IEnumerable<string?>> ContactsAsync(StoreRig rig) =>
        (
            await Book(rig)
                .ListContactsAsync(StoreRig.Tenant, rig.Session.SessionId, null, 10, default)
        ).Page.Select(c => c.Name);

    private static async Task<long> CountAsync(StoreRig rig, string table) =>
        (long)
            (
                await rig.World.SqlAsync(
                    $"select count(*) from wa.{table} where session_id = {rig.Session.SessionId}"
                )
            )!;
}
