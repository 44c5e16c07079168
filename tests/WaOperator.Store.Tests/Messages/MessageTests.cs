using Npgsql;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Messages;

public sealed class MessageTests
{
    [Fact]
    public async Task A_stale_write_of_messages_commits_nothing_and_the_others_all()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 3);
        await SqlAsync(
            world,
            $"update wa.session_owner set epoch = epoch + 1 where session_id = {owned[1].SessionId}"
        );

        var fenced = await world.Writer.CommitAsync([.. owned.Select(o => All(o, 1))]);

        fenced.ShouldBe([owned[1].SessionId]);
        foreach (
            var table in (string[])
                ["session_record", "session_event", "session_handled", "session_outbox"]
        )
            (
                await SqlAsync(
                    world,
                    $"select array_agg(session_id order by session_id) from wa.{table}"
                )
            ).ShouldBe(new[] { owned[0].SessionId, owned[2].SessionId }, table);
    }

    [Fact]
    public async Task Records_are_written_again_read_and_deleted()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var messages = new SessionMessages(world.Pod);
        await world.Writer.CommitAsync([
            Write(owned) with
            {
                Records = [Record(1, 1), Record(2, 1)],
            },
        ]);
        await world.Writer.CommitAsync([
            Write(owned) with
            {
                Records = [Record(1, 9), new RecordRow(new(2), 1, null)],
            },
        ]);

        var read = await messages.ReadRecordsAsync(owned.SessionId, [new(1), new(2), new(3)]);

        read.Single().Name.ShouldBe(new RecordName(1));
        read.Single().Ciphertext.ShouldBe([9]);
    }

    [Fact]
    public async Task A_message_in_the_outbox_never_moves_back()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var messages = new SessionMessages(world.Pod);
        foreach (
            var state in (OutboxState[])
                [OutboxState.Queued, OutboxState.Encrypted, OutboxState.Queued]
        )
            await world.Writer.CommitAsync([Write(owned) with { Outbox = [Out("a", state)] }]);
        (await messages.FindOutboxAsync(owned.SessionId, "a"))!.Row.State.ShouldBe(
            OutboxState.Encrypted
        );

        foreach (
            var state in (OutboxState[])
                [OutboxState.Acked, OutboxState.Failed, OutboxState.Encrypted]
        )
            await world.Writer.CommitAsync([Write(owned) with { Outbox = [Out("a", state)] }]);

        var settled = (await messages.FindOutboxAsync(owned.SessionId, "a"))!;
        settled.Row.State.ShouldBe(OutboxState.Acked);
        settled.SettledAt.ShouldNotBeNull();
        (await messages.FindOutboxAsync(owned.SessionId, "b")).ShouldBeNull();
    }

    [Fact]
    public async Task Pending_messages_are_read_in_the_order_in_which_they_were_queued()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var messages = new SessionMessages(world.Pod);
        string[] ids = [.. Enumerable.Range(0, 300).Select(i => $"id-{i * 7919 % 300}")];
        foreach (var some in ids.Chunk(100))
            await world.Writer.CommitAsync([
                Write(owned) with
                {
                    Outbox = [.. some.Select(id => Out(id, OutboxState.Queued))],
                },
            ]);
        // What is encrypted meanwhile keeps its place.
        await world.Writer.CommitAsync([
            Write(owned) with
            {
                Outbox =
                [
                    Out(ids[5], OutboxState.Encrypted),
                    Out(ids[2], OutboxState.Encrypted),
                    Out(ids[9], OutboxState.Acked),
                ],
            },
        ]);

        var queued = new List<StoredOutbox>();
        for (
            IReadOnlyList<StoredOutbox> page;
            (
                page = await messages.ReadPendingAsync(
                    owned.SessionId,
                    OutboxState.Queued,
                    queued.LastOrDefault()?.Seq ?? 0,
                    64
                )
            ).Count > 0;

        )
            queued.AddRange(page);
        var encrypted = await messages.ReadPendingAsync(
            owned.SessionId,
            OutboxState.Encrypted,
            0,
            64
        );

        queued.Select(q => q.Row.Id).ShouldBe(ids.Where((_, i) => i is not (2 or 5 or 9)));
        encrypted.Select(q => q.Row.Id).ShouldBe([ids[2], ids[5]]);
    }

    [Fact]
    public async Task A_wipe_removes_records_and_queues_again_what_was_encrypted()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var messages = new SessionMessages(world.Pod);
        await world.Writer.CommitAsync([
            All(owned, 1) with
            {
                Outbox = [Out("a", OutboxState.Encrypted), Out("b", OutboxState.Acked)],
            },
        ]);

        await world.Writer.CommitAsync([Write(owned) with { WipeKeys = true }]);

        (await messages.ReadRecordsAsync(owned.SessionId, [new(1)])).ShouldBeEmpty();
        (await messages.FindOutboxAsync(owned.SessionId, "a"))!.Row.ShouldBeEquivalentTo(
            Out("a", OutboxState.Queued) with
            {
                Detail = null,
            }
        );
        (await messages.FindOutboxAsync(owned.SessionId, "b"))!.Row.State.ShouldBe(
            OutboxState.Acked
        );
        (await messages.LastEventAsync(owned.SessionId)).ShouldBe(1);
    }

    [Fact]
    public async Task What_was_handled_is_found_within_its_weeks_only()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var messages = new SessionMessages(world.Pod);
        await world.Writer.CommitAsync([Write(owned) with { Handled = [new(1), new(2), new(1)] }]);
        await world.Writer.CommitAsync([Write(owned) with { Handled = [new(1)] }]);

        (await messages.FindHandledAsync(owned.SessionId, [new(1), new(2), new(3)], 4)).ShouldBe(
            [new(1), new(2)],
            ignoreOrder: true
        );

        await SqlAsync(
            world,
            "update wa.session_handled set week = week - 4 where message = '\\x00000000000000000000000000000002'"
        );
        (await messages.FindHandledAsync(owned.SessionId, [new(1), new(2)], 4)).Count.ShouldBe(2);
        await SqlAsync(
            world,
            "update wa.session_handled set week = week - 1 where message = '\\x00000000000000000000000000000002'"
        );
        (await messages.FindHandledAsync(owned.SessionId, [new(1), new(2)], 4)).ShouldBe([new(1)]);
    }

    [Fact]
    public async Task Pruning_removes_what_is_old_and_no_number_is_given_twice()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 2);
        var messages = new SessionMessages(world.Pod);
        var retention = new MessageRetention(world.Pod);
        var keep = new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(14), 4);
        foreach (var o in owned)
            await world.Writer.CommitAsync([
                Write(o) with
                {
                    Events =
                    [
                        .. Enumerable.Range(1, 150).Select(i => new EventRow(i, "message", 1, [1])),
                    ],
                    Handled = [new(1), new(2)],
                    Outbox =
                    [
                        Out("old", OutboxState.Acked),
                        Out("new", OutboxState.Acked),
                        Out("waits", OutboxState.Queued),
                    ],
                },
            ]);
        (await retention.PruneAsync(owned, keep)).ShouldBeEmpty();
        var old = owned[0].SessionId;
        await SqlAsync(
            world,
            $"update wa.session_event set at = at - interval '8 days' where session_id = {old} and seq <= 120"
        );
        await SqlAsync(
            world,
            $"update wa.session_outbox set settled_at = settled_at - interval '15 days' where session_id = {old} and id = 'old'"
        );
        await SqlAsync(
            world,
            $"update wa.session_handled set week = week - 6 where session_id = {old} and message = '\\x00000000000000000000000000000002'"
        );

        (await retention.PruneAsync(owned, keep)).ShouldBe([old]);
        (await retention.PruneAsync(owned, keep)).ShouldBeEmpty();

        (await messages.ReadEventsAsync(old, 0, 1000))
            .Select(e => e.Row.Seq)
            .ShouldBe(Enumerable.Range(121, 30).Select(i => (long)i));
        (await messages.PrunedAsync(old)).ShouldBe(120);
        (await messages.FindOutboxAsync(old, "old")).ShouldBeNull();
        (await messages.FindOutboxAsync(old, "new")).ShouldNotBeNull();
        (await messages.FindOutboxAsync(old, "waits")).ShouldNotBeNull();
        (
            await SqlAsync(
                world,
                $"select count(*) from wa.session_handled where session_id = {old}"
            )
        ).ShouldBe(1L);
        (
            await SqlAsync(
                world,
                $"select count(*) from wa.session_event where session_id = {owned[1].SessionId}"
            )
        ).ShouldBe(150L);

        await SqlAsync(world, "update wa.session_event set at = at - interval '8 days'");
        await retention.PruneAsync(owned, keep);
        (await messages.ReadEventsAsync(old, 0, 10)).ShouldBeEmpty();
        (await messages.LastEventAsync(old)).ShouldBe(150);
    }

    [Fact]
    public async Task The_oldest_chats_and_contacts_beyond_the_bound_go()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        await SqlAsync(
            world,
            $"""
            insert into wa.session_chat
            select {owned.SessionId}, sha256(i::text::bytea), now() + i * interval '1 s', 0, 1, '' from generate_series(1, {MessageRetention.MaxListed} + 3) i
            """
        );
        await SqlAsync(
            world,
            $"""
            insert into wa.session_contact
            select {owned.SessionId}, sha256(i::text::bytea), 0, i, 1, '', now() + i * interval '1 s' from generate_series(1, {MessageRetention.MaxListed}) i
            """
        );
        await SqlAsync(
            world,
            $"""
            insert into wa.session_chat_flag (session_id, chat, pinned, at)
            select {owned.SessionId}, sha256(i::text::bytea), true, now() + i * interval '1 s' from generate_series(1, {MessageRetention.MaxListed} + 3) i
            """
        );
        var keep = new Retention(TimeSpan.FromDays(7), TimeSpan.FromDays(14), 4);
        while ((await new MessageRetention(world.Pod).PruneAsync([owned], keep)).Count > 0) { }

        (
            (long)(await SqlAsync(world, "select count(*) from wa.session_chat_flag"))!
        ).ShouldBeInRange(
            MessageRetention.MaxListed - MessageRetention.MaxRows,
            MessageRetention.MaxListed
        );
        ((long)(await SqlAsync(world, "select count(*) from wa.session_chat"))!).ShouldBeInRange(
            MessageRetention.MaxListed - MessageRetention.MaxRows,
            MessageRetention.MaxListed
        );
        (
            await SqlAsync(
                world,
                "select bool_and(last_at > now() + interval '3 s') from wa.session_chat"
            )
        ).ShouldBe(true);
        (await SqlAsync(world, "select count(*) from wa.session_contact")).ShouldBe(
            (long)MessageRetention.MaxListed
        );
    }

    [Fact]
    public async Task Nobody_prunes_for_another_owner()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 1);
        await world.Writer.CommitAsync([All(owned[0], 1)]);
        await SqlAsync(world, "update wa.session_event set at = at - interval '8 days'");
        await SqlAsync(world, "update wa.session_owner set epoch = epoch + 1");

        (
            await Should.ThrowAsync<PostgresException>(() =>
                new MessageRetention(world.Pod).PruneAsync(
                    owned,
                    new Retention(TimeSpan.Zero, TimeSpan.Zero, 1)
                )
            )
        ).SqlState.ShouldBe(SqlStates.Fenced);

        (await SqlAsync(world, "select count(*) from wa.session_event")).ShouldBe(1L);
    }

    private static async Task<IReadOnlyList<OwnedSession>> OwnedAsync(StoreWorld world, int count)
    {
        var ids = await world.SessionsAsync(count, ordinal: 0);
        var lease = await world.AcquireAsync(0, "pod-a");
        return
        [
            .. (await world.Claims.ClaimAsync([.. ids], StoreWorld.Shard(0), lease.Epoch)).Select(
                c => new OwnedSession(c.SessionId, c.Epoch!.Value)
            ),
        ];
    }

    private static SessionWrite Write(OwnedSession owned) => new(owned.SessionId, owned.Epoch);

    private static SessionWrite All(OwnedSession owned, long seq) =>
        Write(owned) with
        {
            Records = [Record(1, 1)],
            Events = [new EventRow(seq, "message", 1, [1])],
            Handled = [new(1)],
            Outbox = [Out("a", OutboxState.Queued)],
        };

    private static RecordRow Record(int name, byte value) => new(new((UInt128)name), 1, [value]);

    private static OutboxRow Out(string id, OutboxState state) => new(id, state, 1, [1], 1, [2]);

    private static async Task<object?> SqlAsync(StoreWorld world, string sql)
    {
        await using var command = world.Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
