using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Journal;

/// <summary>What any reader of a journal gets: no HTTP, and no connection of the session.</summary>
public sealed class JournalReaderTests
{
    [Fact]
    public async Task What_is_stored_and_then_what_comes_is_given_once_each_and_in_order()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await CommitAsync(store, 300);
        await using var reading = Read(rig, after: 0);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
                await CommitAsync(store, 1);
        });

        var read = await reading.EventsAsync(500);
        await writing;

        read.Select(e => e.Seq).ShouldBe(Enumerable.Range(1, 500).Select(i => (long)i));
        read.Select(e => ((MessageSent)e.Event).Id).Distinct().Count().ShouldBe(500);
        await CommitAsync(store, 1);
        (await reading.EventsAsync(1))[0].Seq.ShouldBe(501);
    }

    [Fact]
    public async Task A_reader_continues_behind_its_cursor()
    {
        await using var rig = await StoreRig.StartAsync();
        await CommitAsync(rig.Store(), 5);
        await using var reading = Read(rig, after: 3);

        (await reading.EventsAsync(2)).Select(e => e.Seq).ShouldBe([4, 5]);
    }

    [Fact]
    public async Task What_the_retention_removed_is_given_as_a_gap()
    {
        await using var rig = await StoreRig.StartAsync();
        await CommitAsync(rig.Store(), 8);
        await rig.World.SqlAsync("delete from wa.session_event where seq <= 5");
        await rig.World.SqlAsync(
            $"insert into wa.session_pruned values ({rig.Session.SessionId}, 5)"
        );
        await using var behind = Read(rig, after: 2);
        await using var within = Read(rig, after: 5);

        (await behind.NextAsync()).ShouldBe(new JournalGap(3, 5));
        (await behind.EventsAsync(3)).Select(e => e.Seq).ShouldBe([6, 7, 8]);
        (await within.EventsAsync(3)).Select(e => e.Seq).ShouldBe([6, 7, 8]);
    }

    [Fact]
    public async Task What_the_retention_removes_before_a_slow_reader_gets_there_is_given_as_a_gap()
    {
        await using var rig = await StoreRig.StartAsync();
        await CommitAsync(rig.Store(), 400);
        await using var reading = Read(rig, after: 0);
        (await reading.EventsAsync(1))[0].Seq.ShouldBe(1);

        await rig.World.SqlAsync("delete from wa.session_event where seq <= 300");
        await rig.World.SqlAsync(
            $"insert into wa.session_pruned values ({rig.Session.SessionId}, 300)"
        );

        var read = new List<JournalItem>();
        while (read.Count == 0 || read[^1] is not JournalGap)
            read.Add((await reading.NextAsync()).ShouldNotBeNull());
        read[^1].ShouldBe(new JournalGap(read.Count + 1, 300));
        (await reading.EventsAsync(100))
            .Select(e => e.Seq)
            .ShouldBe(Enumerable.Range(301, 100).Select(i => (long)i));
    }

    [Fact]
    public async Task A_slow_reader_holds_nothing_up_and_is_served_from_the_database()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await CommitAsync(store, 1);
        await using var reading = Read(rig, after: 0);
        await reading.EventsAsync(1);

        const int many = Follower.MaxWaiting + 50;
        for (var i = 0; i < many; i++)
            await CommitAsync(store, 1);

        (await reading.EventsAsync(many))
            .Select(e => e.Seq)
            .ShouldBe(Enumerable.Range(2, many).Select(i => (long)i));
        await CommitAsync(store, 1);
        (await reading.EventsAsync(1))[0].Seq.ShouldBe(many + 2);
    }

    [Fact]
    public async Task A_row_that_cannot_be_decrypted_costs_that_event_only()
    {
        await using var rig = await StoreRig.StartAsync();
        await CommitAsync(rig.Store(), 4);
        await rig.World.SqlAsync(
            "update wa.session_event set ciphertext = set_byte(ciphertext, 20, 255 - get_byte(ciphertext, 20)) where seq = 2"
        );
        await rig.World.SqlAsync("update wa.session_event set key_version = 7 where seq = 3");
        await using var reading = Read(rig, after: 0);

        var read = await reading.EventsAsync(4);

        read.Select(e => e.Seq).ShouldBe([1, 2, 3, 4]);
        foreach (var damaged in read.Skip(1).Take(2))
            damaged.Event.ShouldBeOfType<UnreadableEvent>().Of.ShouldBe(EventTypes.Sent);
        read[3].Event.ShouldBeOfType<MessageSent>();
    }

    [Fact]
    public async Task A_cursor_beyond_the_end_waits_for_what_is_behind_it()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await CommitAsync(store, 2);
        await using var reading = Read(rig, after: 5);
        var first = reading.NextAsync();

        await CommitAsync(store, 3);
        first.IsCompleted.ShouldBeFalse();
        await CommitAsync(store, 2);

        (await first).ShouldNotBeNull().Seq.ShouldBe(6);
        (await reading.EventsAsync(1))[0].Seq.ShouldBe(7);
    }

    [Fact]
    public async Task A_session_that_moves_away_ends_the_reading_after_what_is_durable()
    {
        await using var rig = await StoreRig.StartAsync();
        var store = rig.Store();
        await CommitAsync(store, 1);
        await using var reading = Read(rig, after: 0);
        await reading.EventsAsync(1);

        await CommitAsync(store, 2);
        rig.Context.Events.End(rig.Session.SessionId);

        (await reading.EventsAsync(2)).Select(e => e.Seq).ShouldBe([2, 3]);
        (await reading.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Nothing_is_read_of_a_session_that_moved_away_before()
    {
        await using var rig = await StoreRig.StartAsync();
        await CommitAsync(rig.Store(), 1);
        await using var reading = Read(rig, after: 0, runsHere: false);

        (await reading.NextAsync()).ShouldBeNull();
    }

    private static Reading Read(StoreRig rig, long after, bool runsHere = true) =>
        new(
            new JournalReader(rig.Context, _ => runsHere).ReadAsync(
                StoreRig.Tenant,
                rig.Session.SessionId,
                after
            )
        );

    private static Task CommitAsync(PodMessageStore store, int events) =>
        store.CommitAsync(
            new DeviceChange
            {
                Events =
                [
                    .. Enumerable
                        .Range(0, events)
                        .Select(_ => new MessageSent($"{Guid.NewGuid():N}", "491@lid", null)),
                ],
            },
            default
        );

    private sealed class Reading(IAsyncEnumerable<JournalItem> items) : IAsyncDisposable
    {
        private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);
        private readonly IAsyncEnumerator<JournalItem> _items = items.GetAsyncEnumerator();

        /// <summary>The next item; null at the end.</summary>
        public async Task<JournalItem?> NextAsync() =>
            await _items.MoveNextAsync().AsTask().WaitAsync(Most) ? _items.Current : null;

        /// <summary>The next items, which must be events.</summary>
        public async Task<IReadOnlyList<JournalEvent>> EventsAsync(int count)
        {
            var events = new List<JournalEvent>(count);
            while (events.Count < count)
                events.Add((await NextAsync()).ShouldBeOfType<JournalEvent>());
            return events;
        }

        public ValueTask DisposeAsync() => _items.DisposeAsync();
    }
}
