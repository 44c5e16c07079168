using Npgsql;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Broadcasts;

public sealed class BroadcastTests
{
    private static readonly Retention Keep = new(TimeSpan.FromDays(7), TimeSpan.FromDays(14), 4);

    [Fact]
    public async Task A_recipient_is_as_far_as_its_message_also_when_that_was_pruned()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world);
        var (writes, broadcasts) = (
            new BroadcastWrites(world.Pod),
            new SessionBroadcasts(world.Pod)
        );
        string[] messages =
        [
            "pending",
            "queued",
            "sent",
            "delivered",
            "read",
            "failed",
            "expired",
            "back",
        ];
        await writes.CreateAsync(owned, new("b", 1, [1]), [.. messages.Select(Recipient)]);
        await world.Writer.CommitAsync([
            new SessionWrite(owned.SessionId, owned.Epoch)
            {
                Outbox =
                [
                    Out("queued", OutboxState.Queued),
                    Out("sent", OutboxState.Acked),
                    Out("delivered", OutboxState.Acked),
                    Out("read", OutboxState.Acked),
                    Out("failed", OutboxState.Failed),
                    Out("expired", OutboxState.Expired),
                    Out("back", OutboxState.Cancelled),
                ],
                Marks = [.. messages[1..].Select(m => new RecipientMark(m, RecipientState.Queued))],
                Receipts = [Got("delivered", read: false), Got("read", read: true)],
            },
        ]);
        (RecipientState, long)[] expected =
        [
            (RecipientState.Pending, 1),
            (RecipientState.Queued, 1),
            (RecipientState.Sent, 1),
            (RecipientState.Delivered, 1),
            (RecipientState.Read, 1),
            (RecipientState.Failed, 2),
            (RecipientState.Skipped, 1),
        ];
        await CountsAsync();
        (await broadcasts.ListRecipientsAsync(owned.SessionId, "b", 0, 100))
            .Select(r => r.Row.Message)
            .ShouldBe(messages);

        await SqlAsync(
            world,
            "update wa.session_outbox set settled_at = settled_at - interval '15 days' where settled_at is not null"
        );
        await new MessageRetention(world.Pod).PruneAsync([owned], Keep);

        (await SqlAsync(world, "select count(*) from wa.session_outbox")).ShouldBe(1L);
        await CountsAsync();

        async Task CountsAsync() =>
            (await broadcasts.CountAsync(owned.SessionId, "b"))
                .Of.Select(c => (c.Key, c.Value))
                .ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public async Task What_had_failed_before_it_is_resumed_counts_as_such_before_it_is_marked()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world);
        var (writes, broadcasts) = (
            new BroadcastWrites(world.Pod),
            new SessionBroadcasts(world.Pod)
        );
        string[] messages = ["pending", "queued", "sent", "failed", "marked", "back"];
        await writes.CreateAsync(owned, new("b", 1, [1]), [.. messages.Select(Recipient)]);
        await writes.MoveAsync(owned, "b", [BroadcastState.Created], BroadcastState.Running);
        (await FindAsync()).ShouldBe((0, 0));
        // The messages are further than their recipients: those are marked a little later.
        await world.Writer.CommitAsync([
            new SessionWrite(owned.SessionId, owned.Epoch)
            {
                Outbox =
                [
                    Out("queued", OutboxState.Queued),
                    Out("sent", OutboxState.Acked),
                    Out("failed", OutboxState.Failed),
                    Out("marked", OutboxState.Failed),
                    Out("back", OutboxState.Cancelled),
                ],
                Marks =
                [
                    .. messages[1..].Select(m => new RecipientMark(m, RecipientState.Queued)),
                    new RecipientMark("marked", RecipientState.Failed),
                ],
            },
        ]);
        await writes.MoveAsync(owned, "b", [BroadcastState.Running], BroadcastState.Paused);
        await writes.MoveAsync(owned, "b", [BroadcastState.Paused], BroadcastState.Running);

        (await FindAsync()).ShouldBe((3, 2));

        async Task<(int Settled, int Failed)> FindAsync()
        {
            var found = (await broadcasts.FindAsync(owned.SessionId, "b"))!;
            return (found.SettledBefore, found.FailedBefore);
        }
    }

    [Fact]
    public async Task A_recipient_that_is_skipped_while_its_message_is_queued_is_as_far_as_the_message()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world);
        var (writes, broadcasts) = (
            new BroadcastWrites(world.Pod),
            new SessionBroadcasts(world.Pod)
        );
        await writes.CreateAsync(
            owned,
            new("b", 1, [1]),
            [.. ((string[])["sent", "queued", "none"]).Select(Recipient)]
        );
        await writes.MoveAsync(owned, "b", [BroadcastState.Created], BroadcastState.Cancelled);
        await world.Writer.CommitAsync([
            new SessionWrite(owned.SessionId, owned.Epoch)
            {
                Outbox = [Out("sent", OutboxState.Acked), Out("queued", OutboxState.Queued)],
                Marks = [new("sent", RecipientState.Queued), new("queued", RecipientState.Queued)],
            },
        ]);

        (await ListAsync()).ShouldBe([
            ("sent", RecipientState.Sent, ""),
            ("queued", RecipientState.Queued, ""),
            ("none", RecipientState.Skipped, "Cancelled"),
        ]);
        // Only what can be taken back still.
        (await broadcasts.ReadQueuedAsync(owned.SessionId, "b")).ShouldBe(["queued"]);
        (await broadcasts.ReadQueuedAsync(owned.SessionId, "other")).ShouldBeEmpty();

        await SqlAsync(
            world,
            "update wa.session_outbox set settled_at = settled_at - interval '15 days' where settled_at is not null"
        );
        await new MessageRetention(world.Pod).PruneAsync([owned], Keep);
        (await ListAsync())[0].ShouldBe(("sent", RecipientState.Sent, ""));

        async Task<List<(string, RecipientState, string)>> ListAsync() =>
            [
                .. (await broadcasts.ListRecipientsAsync(owned.SessionId, "b", 0, 100)).Select(r =>
                    (r.Row.Message, r.State, r.Reason)
                ),
            ];
    }

    [Fact]
    public async Task What_does_not_run_is_pruned_with_its_recipients_and_the_rest_is_kept()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world);
        var writes = new BroadcastWrites(world.Pod);
        foreach (var id in (string[])["old", "runs", "new"])
            await writes.CreateAsync(
                owned,
                new(id, 1, [1]),
                [.. Enumerable.Range(0, 250).Select(i => Recipient($"{id}{i}"))]
            );
        (
            await writes.MoveAsync(owned, "runs", [BroadcastState.Created], BroadcastState.Running)
        ).ShouldBeTrue();
        await SqlAsync(
            world,
            "update wa.session_broadcast set changed_at = changed_at - interval '31 days' where id <> 'new'"
        );

        while ((await new MessageRetention(world.Pod).PruneAsync([owned], Keep)).Count > 0) { }

        (
            await SqlAsync(
                world,
                "select string_agg(id, ',' order by id) from wa.session_broadcast"
            )
        ).ShouldBe("new,runs");
        (await SqlAsync(world, "select count(*) from wa.session_broadcast_recipient")).ShouldBe(
            500L
        );
    }

    [Fact]
    public async Task One_runs_at_a_time_and_is_finished_only_when_none_is_pending()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world);
        var writes = new BroadcastWrites(world.Pod);
        foreach (var id in (string[])["a", "b"])
            await writes.CreateAsync(owned, new(id, 1, [1]), [Recipient(id)]);

        (await MoveAsync("a", BroadcastState.Running)).ShouldBeTrue();
        (await MoveAsync("b", BroadcastState.Running)).ShouldBeFalse();
        (await MoveAsync("a", BroadcastState.Finished)).ShouldBeFalse();
        await world.Writer.CommitAsync([
            new SessionWrite(owned.SessionId, owned.Epoch)
            {
                Marks = [new("a", RecipientState.Queued)],
            },
        ]);
        (await MoveAsync("a", BroadcastState.Finished)).ShouldBeTrue();
        (await MoveAsync("b", BroadcastState.Running)).ShouldBeTrue();
        (await writes.AddAsync(owned, "a", [Recipient("late")]))!.Added.ShouldBeNull();

        // A session that another pod owns is not changed.
        await SqlAsync(world, "update wa.session_owner set epoch = epoch + 1");
        (
            await Should.ThrowAsync<PostgresException>(() => MoveAsync("b", BroadcastState.Paused))
        ).SqlState.ShouldBe(SqlStates.Fenced);

        Task<bool> MoveAsync(string id, BroadcastState to) =>
            writes.MoveAsync(owned, id, [BroadcastState.Created, BroadcastState.Running], to);
    }

    [Fact]
    public async Task No_more_are_kept_than_may_be()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world);
        var writes = new BroadcastWrites(world.Pod);
        for (var i = 0; i < BroadcastWrites.MaxBroadcasts; i++)
            (await writes.CreateAsync(owned, new($"b{i}", 1, [1]), [])).ShouldNotBeNull();
        (await writes.CreateAsync(owned, new("more", 1, [1]), [])).ShouldBeNull();

        var full = Enumerable
            .Range(0, BroadcastWrites.MaxRecipients)
            .Select(i => Recipient($"m{i}"))
            .ToList();
        (await writes.AddAsync(owned, "b0", full))!.Total.ShouldBe(BroadcastWrites.MaxRecipients);
        (await writes.AddAsync(owned, "b0", [.. full.Take(10), Recipient("one more")]))!.ShouldBe(
            new(BroadcastState.Created, null, BroadcastWrites.MaxRecipients)
        );
        (await writes.AddAsync(owned, "b0", [.. full.Take(10)]))!.Added.ShouldBe(0);
    }

    private static RecipientRow Recipient(string message) => new(message, 1, [1]);

    private static OutboxRow Out(string id, OutboxState state) => new(id, state, 1, [1], 1, null);

    private static ReceiptRow Got(string message, bool read) =>
        new(
            message,
            new(1),
            DateTimeOffset.UnixEpoch,
            read ? DateTimeOffset.UnixEpoch : null,
            null,
            1,
            [1]
        );

    private static async Task<OwnedSession> OwnedAsync(StoreWorld world)
    {
        var ids = await world.SessionsAsync(1, ordinal: 0);
        var lease = await world.AcquireAsync(0, "pod-a");
        var claim = (
            await world.Claims.ClaimAsync([.. ids], StoreWorld.Shard(0), lease.Epoch)
        ).Single();
        return new(claim.SessionId, claim.Epoch!.Value);
    }

    private static async Task<object?> SqlAsync(StoreWorld world, string sql)
    {
        await using var command = world.Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
