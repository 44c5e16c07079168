using System.Diagnostics;
using System.Globalization;
using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;
using Xunit.Abstractions;

namespace WaOperator.SessionPod.Tests.Chats;

/// <summary>What the journal's entries mean for chats, contacts and receipts, as PostgreSQL has it afterwards.</summary>
public sealed class ProjectionTests(ITestOutputHelper output)
{
    private static readonly Jid Ana = Jid.Parse("491701234567@s.whatsapp.net");
    private static readonly Jid AnasLid = Jid.Parse("77777777@lid");
    private static readonly Jid Team = Jid.Parse("120363000000000001@g.us");

    [Fact]
    public async Task Unread_counts_what_came_since_the_chat_was_read_or_written_to()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        async Task<ListedChat> ChatAsync(Jid chat) =>
            (await Book(rig).FindAsync(StoreRig.Tenant, rig.Session.SessionId, chat, default))!;

        await TellAsync(store, Got("A1", Ana, 100), Got("A2", Ana, 101, name: "Ana"));
        var chat = await ChatAsync(Ana);
        (chat.Unread, chat.Box.LastId, chat.Contact?.Name).ShouldBe((2, "A2", "Ana"));
        chat.At.ToUnixTimeSeconds().ShouldBe(101);

        // By the LID, and a vote, a reaction, an edit and a late one, which are no last messages.
        await TellAsync(store, new MessageReceived(Head("A3", AnasLid, 102, Ana), Text));
        await TellAsync(
            store,
            new MessageReceived(Head("R1", Ana, 103) with { StanzaType = "reaction" }, Text),
            new MessageReceived(Head("E1", Ana, 103) with { Edit = "1" }, Text),
            new MessageReceived(
                Head("V1", Ana, 103) with
                {
                    StanzaType = "poll",
                },
                new byte[] { 0x92, 0x03, 0x00 }
            ),
            Got("A0", Ana, 90)
        );
        chat = await ChatAsync(Ana);
        (chat.Unread, chat.Box.LastId).ShouldBe((4, "A3"));

        // Read on another device, in the middle of a commit.
        await TellAsync(store, Read(Ana), Got("A4", Ana, 104));
        (await ChatAsync(Ana)).Unread.ShouldBe(1);
        await TellAsync(store, Read(Ana));
        (await ChatAsync(Ana)).Unread.ShouldBe(0);
        await TellAsync(store, Got("A5", Ana, 105));
        // Written on the phone.
        await TellAsync(
            store,
            new MessageReceived(Head("P1", Ana, 106) with { FromMe = true }, Text)
        );
        chat = await ChatAsync(Ana);
        (chat.Unread, chat.Box.LastId).ShouldBe((0, "P1"));
        await TellAsync(store, Got("A6", Ana, 107));
        // Written by the API.
        await TellAsync(store, new MessageSent("S1", Ana.ToString(), 108));
        chat = await ChatAsync(Ana);
        (chat.Unread, chat.Box.LastId).ShouldBe((0, "S1"));
        await TellAsync(store, Got("A7", Ana, 109));
        (await Book(rig).MarkReadAsync(StoreRig.Tenant, rig.Session, Ana)).ShouldBe(
            CommitOutcome.Committed
        );
        (await ChatAsync(Ana)).Unread.ShouldBe(0);

        // What is not known stays unknown when it is read, and the status is no chat.
        await TellAsync(store, Read(Team), Got("X", Jid.Parse("status@broadcast"), 110));
        (await CountAsync(rig, "session_chat")).ShouldBe(1);
    }

    [Fact]
    public async Task A_lid_alone_finds_the_chat_of_the_phone_number_that_was_learnt()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await TellAsync(store, Got("A1", Ana, 100));
        await store.CommitAsync(
            new DeviceChange
            {
                Records =
                [
                    new(
                        RecordNames.Lid(AnasLid),
                        System.Text.Encoding.UTF8.GetBytes(Ana.ToString())
                    ),
                    new(
                        RecordNames.Lid(Ana),
                        System.Text.Encoding.UTF8.GetBytes(AnasLid.ToString())
                    ),
                ],
                Events = [Got("A2", AnasLid, 101)],
            },
            default
        );
        await TellAsync(
            rig.Store(),
            Got("A3", AnasLid, 102),
            new MessageSent("S1", AnasLid.ToString(), 99)
        );

        foreach (var address in (Jid[])[Ana, AnasLid])
        {
            var chat = await Book(rig)
                .FindAsync(StoreRig.Tenant, rig.Session.SessionId, address, default);
            chat!.Box.ShouldBe(new ChatBox(Ana, "A3"));
            chat.Unread.ShouldBe(0);
        }
        (await CountAsync(rig, "session_chat")).ShouldBe(1);
    }

    [Fact]
    public async Task A_commit_changes_a_chat_once_however_many_messages_it_has()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await TellAsync(store, Got("A0", Ana, 100));
        var before = await VersionsAsync(rig);
        await TellAsync(
            store,
            [.. Enumerable.Range(1, 50).Select(i => Got($"B{i}", Ana, 100 + i))]
        );
        var chat = (
            await Book(rig).FindAsync(StoreRig.Tenant, rig.Session.SessionId, Ana, default)
        )!;
        chat.Unread.ShouldBe(51);
        (await VersionsAsync(rig) - before).ShouldBe(1);

        // Of several writes that share a commit, too.
        var sum = SessionWrites.Join([
            .. Enumerable
                .Range(0, 3)
                .Select(i => new SessionWrite(1, 1) { Chats = [Row(i, read: i == 1, unread: 2)] }),
        ]);
        sum.Chats.Single().ShouldBeEquivalentTo(Row(2, read: true, unread: 4));
    }

    [Fact]
    public async Task A_name_is_written_when_it_is_news()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await TellAsync(store, Got("A1", Ana, 100, name: "Ana"));
        var first = await XminAsync(rig);
        await TellAsync(store, Got("A2", Ana, 101, name: "Ana"));
        // Nor by the next owner, who remembers nothing.
        await TellAsync(
            new PodMessageStore(
                rig.Context with
                {
                    Contacts = new RecentTags(),
                },
                StoreRig.Tenant,
                rig.Session.SessionId,
                rig.Session.Epoch,
                rig.Numbers()
            ),
            Got("A3", Ana, 102, name: "Ana")
        );
        store = rig.Store();
        (await XminAsync(rig)).ShouldBe(first);
        await TellAsync(
            store,
            new MessageReceived(
                Head("G1", Team, 103) with
                {
                    Sender = AnasLid with { Device = 3 },
                    SenderOther = Ana,
                    InGroup = true,
                    PushName = "Anna",
                },
                Text
            ),
            new GroupChanged
            {
                Group = Team,
                Changes = [new() { Action = "subject", Subject = "The team" }],
            }
        );

        var (page, next) = await Book(rig)
            .ListContactsAsync(StoreRig.Tenant, rig.Session.SessionId, null, 10, default);
        page.Single().ShouldBe(new ContactBox(Ana, Ana, AnasLid, "Anna"));
        next.ShouldBeNull();
        var (chats, _) = await Book(rig)
            .ListAsync(StoreRig.Tenant, rig.Session.SessionId, null, 10, default);
        chats
            .Select(c => (c.Box.Address, c.Contact?.Name, c.Unread))
            .ShouldBe([(Team, "The team", 1), (Ana, "Anna", 3)]);
        // Nothing readable is in the database.
        (
            await rig.World.SqlAsync(
                "select count(*) from wa.session_contact where position('Anna'::bytea in ciphertext) > 0 or position('491701234567'::bytea in ciphertext) > 0"
            )
        ).ShouldBe(0L);
    }

    [Fact]
    public async Task Receipts_stay_as_they_were_first_told_and_within_their_bound()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await store.CommitAsync(
            new DeviceChange { Outbound = [Out("one", Team), Out("two", Ana)] },
            default
        );
        var bert = Jid.Parse("491700000002@s.whatsapp.net");
        await TellAsync(
            store,
            Receipt("delivered", Team, Ana with { Device = 2 }, 100, "one", "of the phone"),
            Receipt("read", Team, bert, 101, "one"),
            Receipt("delivered", Team, Ana, 102, "one")
        );
        await TellAsync(
            store,
            Receipt("delivered", Team, bert, 103, "one"),
            Receipt("played", Team, Ana, 104, "one")
        );
        await TellAsync(
            store,
            Receipt("retry", Team, bert, 105, "one"),
            Receipt("read", Ana, AnasLid, 106, "two")
        );

        var arrivals = await ReceiptsAsync(rig, "one", 100);
        arrivals.Count.ShouldBe(2);
        var first = arrivals.Single(a => a.Participant == Ana);
        (Seconds(first.Delivered), Seconds(first.Read), Seconds(first.Played)).ShouldBe(
            (100, 104, 104)
        );
        var second = arrivals.Single(a => a.Participant == bert);
        (Seconds(second.Delivered), Seconds(second.Read), Seconds(second.Played)).ShouldBe(
            (101, 101, null)
        );
        var one = (await ReceiptsAsync(rig, "two", 100)).Single();
        (one.Participant, Seconds(one.Read)).ShouldBe((Ana, 106));
        (await CountAsync(rig, "session_receipt")).ShouldBe(3);

        foreach (var part in Enumerable.Range(0, 1100).Chunk(300))
            await TellAsync(
                store,
                [
                    .. part.Select(i =>
                        Receipt("read", Team, new($"4915{i:00000000}", Jid.PhoneServer), 200, "one")
                    ),
                ]
            );
        (await CountAsync(rig, "session_receipt")).ShouldBe(1024 + 1);
        // Those who are in still tell more.
        await TellAsync(store, Receipt("played", Team, bert, 300, "one"));
        (await ReceiptsAsync(rig, "one", 2000))
            .Single(a => a.Participant == bert)
            .Played.ShouldNotBeNull();

        await rig.World.SqlAsync(
            "update wa.session_outbox set settled_at = now() - interval '15 days' where id = 'one'"
        );
        await new MessageRetention(rig.Commits.Database).PruneAsync(
            [rig.Session],
            new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(14), 4)
        );
        (await CountAsync(rig, "session_receipt")).ShouldBe(1);
    }

    [Fact]
    public async Task How_a_chat_is_shown_is_kept_flag_by_flag_also_before_its_first_message()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        async Task<ChatFlags> FlagsAsync()
        {
            var listed = await Book(rig)
                .ListAsync(StoreRig.Tenant, rig.Session.SessionId, null, 10, default);
            var found = await Book(rig)
                .FindAsync(StoreRig.Tenant, rig.Session.SessionId, Ana, default);
            found!.Flags.ShouldBe(listed.Page.Single().Flags);
            return found.Flags;
        }
        static long Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

        await TellAsync(
            store,
            new ChatChanged
            {
                Chat = Ana,
                Archived = true,
                Pinned = false,
            }
        );
        await TellAsync(store, Got("A1", Ana, 100));
        (await FlagsAsync()).ShouldBe(new() { Archived = true, Pinned = false });
        var later = DateTimeOffset.FromUnixTimeMilliseconds(
            Milliseconds(rig.Context.Time.GetUtcNow().AddDays(1))
        );
        // Two changes in one commit, of which the later counts.
        await TellAsync(
            store,
            new ChatChanged
            {
                Chat = Ana,
                Muted = true,
                MutedUntil = Milliseconds(later),
                Unread = true,
            },
            new ChatChanged { Chat = Ana, Unread = false }
        );
        var all = new ChatFlags
        {
            Archived = true,
            Pinned = false,
            Unread = false,
            Muted = true,
            MutedUntil = later,
        };
        (await FlagsAsync()).ShouldBe(all);
        // For ever, and until a time that has come; one that no calendar has is for ever.
        await TellAsync(
            store,
            new ChatChanged
            {
                Chat = Ana,
                Muted = true,
                MutedUntil = long.MaxValue,
            }
        );
        (await FlagsAsync()).ShouldBe(all with { MutedUntil = null });
        await TellAsync(
            store,
            new ChatChanged
            {
                Chat = Ana,
                Muted = true,
                MutedUntil = 1000,
            }
        );
        (await FlagsAsync()).ShouldBe(all with { Muted = false, MutedUntil = null });
        // Through this session.
        (
            await Book(rig).ShowAsync(StoreRig.Tenant, rig.Session, Ana, new() { Archived = false })
        ).ShouldBe(CommitOutcome.Committed);
        (await FlagsAsync()).Archived.ShouldBe(false);
        await TellAsync(store, new ChatChanged { Chat = Ana, Pinned = true });
        // A deleted chat is listed no longer; one with a later message stays.
        await TellAsync(
            store,
            new ChatChanged
            {
                Chat = Ana,
                Deleted = true,
                Timestamp = 99,
            }
        );
        (await FlagsAsync()).Pinned.ShouldBe(false);
        await TellAsync(
            store,
            Got("A2", Ana, 101),
            new ChatChanged
            {
                Chat = Ana,
                Deleted = true,
                Timestamp = 102,
            }
        );
        (
            await Book(rig).ListAsync(StoreRig.Tenant, rig.Session.SessionId, null, 10, default)
        ).Page.ShouldBeEmpty();
        await TellAsync(store, Got("A3", Ana, 103));
        (await FlagsAsync()).Pinned.ShouldBe(false);
        // The status is no chat.
        await TellAsync(
            store,
            new ChatChanged { Chat = Jid.Parse("status@broadcast"), Pinned = true }
        );
        (await CountAsync(rig, "session_chat_flag")).ShouldBe(1);

        // The next phone may be another one.
        await rig.Context.Commits.CommitAsync(
            StoreRig.Tenant,
            new SessionWrite(rig.Session.SessionId, rig.Session.Epoch) { WipeKeys = true }
        );
        (await FlagsAsync()).ShouldBe(ChatFlags.None);
    }

    [Fact]
    public async Task What_a_first_sync_says_of_chats_is_shown_and_told_by_no_event_of_its_own()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await TellAsync(
            store,
            new AppStateSynced
            {
                Collection = "regular_low",
                Version = 1,
                Shown =
                [
                    new ChatChanged { Chat = Ana, Archived = true },
                    new ChatChanged { Chat = Jid.Parse("status@broadcast"), Pinned = true },
                ],
            },
            new ChatChanged { Chat = Ana, Pinned = true }
        );
        await TellAsync(store, Got("A1", Ana, 100));
        (
            await Book(rig).FindAsync(StoreRig.Tenant, rig.Session.SessionId, Ana, default)
        )!.Flags.ShouldBe(new() { Archived = true, Pinned = true });
        (await CountAsync(rig, "session_chat_flag")).ShouldBe(1);
        (await CountAsync(rig, "session_event")).ShouldBe(3);
    }

    [Fact]
    public async Task A_deleted_session_leaves_nothing_and_another_pod_sees_nothing()
    {
        await using var rig = await StoreRig.StartAsync();
        await rig.Store().CommitAsync(new DeviceChange { Outbound = [Out("one", Ana)] }, default);
        await TellAsync(
            rig.Store(),
            Got("A1", Ana, 100, name: "Ana"),
            new ChatChanged { Chat = Ana, Pinned = true },
            Receipt("read", Ana, Ana, 1, "one")
        );
        string[] tables =
        [
            "session_chat",
            "session_chat_flag",
            "session_contact",
            "session_receipt",
        ];
        await using var stranger = Store.Database.ForPod(
            rig.World.Options(1, "pod-b").Database,
            "stranger",
            TimeSpan.FromSeconds(10),
            process: Guid.NewGuid()
        );
        (
            await new SessionChats(stranger).ListAsync(rig.Session.SessionId, null, 10)
        ).ShouldBeEmpty();
        foreach (var table in tables)
        {
            (await CountAsync(rig, table)).ShouldBe(1, table);
            await using var seen = stranger.CreateCommand($"select count(*) from wa.{table}");
            (await seen.ExecuteScalarAsync()).ShouldBe(0L, table);
        }
        (
            await new SessionChats(rig.Commits.Database).ListAsync(rig.Session.SessionId, null, 10)
        ).Count.ShouldBe(1);

        await rig.World.Desired.RemoveSessionsAsync([rig.Session.SessionId]);
        foreach (var table in tables)
            (await CountAsync(rig, table)).ShouldBe(0, table);
    }

    /// <summary>Prints; the aim is 50 ms at the 99th percentile.</summary>
    [Fact]
    public async Task Ten_thousand_chats_are_listed_page_by_page()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        foreach (var part in Enumerable.Range(0, 10_000).Chunk(500))
            await TellAsync(
                store,
                [
                    .. part.Select(i =>
                        Got(
                            $"A{i}",
                            new($"4915{i:00000000}", Jid.PhoneServer),
                            1_000 + i % 7_000,
                            name: $"Name {i}"
                        )
                    ),
                ]
            );
        await rig.World.SqlAsync("analyze wa.session_chat");
        var (seen, times) = (new HashSet<string>(), new List<double>());
        for (var round = 0; round < 3; round++)
        {
            ChatCursor? after = null;
            do
            {
                var start = Stopwatch.GetTimestamp();
                var (page, next) = await Book(rig)
                    .ListAsync(StoreRig.Tenant, rig.Session.SessionId, after, 100, default);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                page.Select(c => c.At).ShouldBe(page.Select(c => c.At).OrderDescending());
                foreach (var chat in page)
                    (seen.Add(chat.Box.LastId) || round > 0).ShouldBeTrue();
                after = next;
            } while (after is not null);
        }
        seen.Count.ShouldBe(10_000);
        times.Sort();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"10,000 chats by pages of 100: p50 {times[times.Count / 2]:0.0} ms, p99 {times[times.Count * 99 / 100]:0.0} ms (aim 50 ms)"
            )
        );
    }

    private static readonly byte[] Text = MessageContent.Text("hi").ToBytes();

    private static ChatBook Book(StoreRig rig) =>
        new(rig.Context, new SessionChats(rig.Commits.Database), new AddressBook(rig.Context));

    private static async Task<IReadOnlyList<Arrival>> ReceiptsAsync(
        StoreRig rig,
        string id,
        int most
    ) =>
        (
            await new ReceiptReader(
                rig.Context,
                new SessionChats(rig.Commits.Database),
                new AddressBook(rig.Context)
            ).ListAsync(StoreRig.Tenant, rig.Session.SessionId, id, null, most, default)
        )!
            .Value
            .Page;

    private static Task TellAsync(PodMessageStore store, params SessionEvent[] events) =>
        store.CommitAsync(new DeviceChange { Events = events }, default);

    private static MessageReceived Got(string id, Jid chat, long at, string? name = null) =>
        new(Head(id, chat, at) with { PushName = name }, Text);

    private static MessageHead Head(string id, Jid chat, long at, Jid? other = null) =>
        new()
        {
            Id = id,
            Chat = chat,
            ChatOther = other,
            Sender = chat,
            Timestamp = at,
        };

    private static ReceiptReceived Read(Jid chat) => new("read", chat, chat, true, 0, ["A1"]);

    private static ReceiptReceived Receipt(
        string kind,
        Jid chat,
        Jid who,
        long at,
        params string[] ids
    ) => new(kind, chat, who, false, at, ids);

    private static OutboundMessage Out(string id, Jid chat) =>
        new(id, chat.ToString(), OutboundState.Acked, Text, null, null);

    private static ChatRow Row(int at, bool read, int unread) =>
        new(new(7), DateTimeOffset.FromUnixTimeSeconds(at), read, unread, 1, [(byte)at]);

    private static long? Seconds(DateTimeOffset? at) => at?.ToUnixTimeSeconds();

    private static async Task<long> CountAsync(StoreRig rig, string table) =>
        (long)(await rig.World.SqlAsync($"select count(*) from wa.{table}"))!;

    private static async Task<uint> XminAsync(StoreRig rig) =>
        (uint)(await rig.World.SqlAsync("select xmin from wa.session_contact"))!;

    /// <summary>Versions of rows of chats that were ever written, as their pages' line pointers tell.</summary>
    private static async Task<long> VersionsAsync(StoreRig rig) =>
        (long)
            (
                await rig.World.SqlAsync(
                    "select (ctid::text::point)[1]::bigint from wa.session_chat"
                )
            )!;
}
