using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Store.Schema;

namespace WaOperator.Store.Tests;

public sealed class DesiredTests
{
    [Fact]
    public async Task A_plan_that_holds_no_longer_when_it_is_to_be_committed_is_not_written()
    {
        await using var world = await StoreWorld.CreateAsync();
        var id = (await world.SessionsAsync(1, ordinal: 0)).Single();
        PlacementChange[] plan = [new(id, StoreWorld.Shard(1), "Rebalanced")];
        var observed = new ObservedStore(world.Admin);

        (await world.Desired.TryPlaceAsync(plan, () => false)).ShouldBeFalse();
        (await observed.ReadPlacementsAsync()).Single().Shard.ShouldBe(StoreWorld.Shard(0));
        (await world.Desired.TryPlaceAsync(plan, () => true)).ShouldBeTrue();
        (await observed.ReadPlacementsAsync()).Single().Shard.ShouldBe(StoreWorld.Shard(1));
    }

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        await using var world = await StoreWorld.CreateAsync();

        (await Migrator.MigrateAsync(world.Admin)).ShouldBe(Migrator.Current);
    }

    [Fact]
    public async Task An_older_leader_writes_nothing_once_the_next_has_begun()
    {
        await using var world = await StoreWorld.CreateAsync();
        var old = world.Desired;
        var next = await DesiredStore.BeginTermAsync(world.Admin, "operator-2");

        next.Term.ShouldBeGreaterThan(old.Term);
        await Should.ThrowAsync<StaleTermException>(() =>
            old.PutTenantAsync(new TenantRow("ns", "late", false, "{}"))
        );
        await next.PutTenantAsync(new TenantRow("ns", "timely", false, "{}"));

        await using var count = world.Admin.CreateCommand(
            "select count(*) from wa.tenant where name = 'late'"
        );
        (await count.ExecuteScalarAsync()).ShouldBe(0L);
    }

    [Fact]
    public async Task How_much_of_the_past_is_taken_reaches_the_pod_and_the_next_leader()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var row = StoreWorld.Row("a", tenant, "491700000001");
        var id = (await world.Desired.PutSessionsAsync([row])).Single().Id!.Value;
        await world.Desired.PlaceAsync([new(id, StoreWorld.Shard(0), "Hashed")]);
        async Task<(string, string)> HistoryAsync() =>
            (
                (await new Assignments(world.Admin).ReadAsync(StoreWorld.Shard(0)))
                    .Single()
                    .History,
                (await new ObservedStore(world.Admin).ReadSessionsAsync()).Single().Row.History
            );
        (await HistoryAsync()).ShouldBe(("None", "None"));
        await world.Desired.PutSessionsAsync([row with { History = "Full" }]);
        (await HistoryAsync()).ShouldBe(("Full", "Full"));
    }

    [Fact]
    public async Task The_same_phone_twice_is_a_conflict_that_names_the_first()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var other = await world.Desired.PutTenantAsync(new TenantRow("ns", "globex", false, "{}"));
        await world.Desired.PutSessionsAsync([StoreWorld.Row("a", tenant, "491700000001")]);

        var second = await world.Desired.PutSessionsAsync([
            StoreWorld.Row("b", other, "491700000001"),
            StoreWorld.Row("c", other, "491700000002"),
            StoreWorld.Row("d", tenant, "491700000002"),
        ]);

        second.Single(s => s.Uid == "b").ShouldBe(new ProjectedSession("b", null, "ns/s-a"));
        second.Single(s => s.Uid == "c").Id.ShouldNotBeNull();
        second.Single(s => s.Uid == "d").HeldBy.ShouldBe("ns/s-c");
    }

    [Fact]
    public async Task A_retained_row_is_adopted_with_its_keys_by_tenant_and_phone()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var lease = await world.AcquireAsync(0, "pod-a");
        var claim = await world.ClaimAsync(session, 0, lease.Epoch);
        await world.Writer.CommitAsync([StoreWorld.KeyWrite(session, claim.Epoch!.Value, "kept")]);
        await world.Desired.RetainSessionAsync(session);
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));

        var again = await world.Desired.PutSessionsAsync([
            StoreWorld.Row("new", tenant, "491700000000"),
        ]);

        again.Single().Id.ShouldBe(session);
        (await world.StoredAsync(session)).ShouldBe("kept");
    }

    [Fact]
    public async Task Removing_a_session_leaves_no_row_and_fences_its_owner()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var lease = await world.AcquireAsync(0, "pod-a");
        var epoch = (await world.ClaimAsync(session, 0, lease.Epoch)).Epoch!.Value;
        await world.Writer.CommitAsync([
            StoreWorld.KeyWrite(session, epoch, "secret") with
            {
                State = State(session, epoch),
                Records = [new RecordRow(new(1), 1, [1])],
                Events = [new EventRow(1, "message", 1, [1])],
                Handled = [new(1)],
                Outbox = [new OutboxRow("a", OutboxState.Queued, 1, [1], 1, null)],
                Chats = [new ChatRow(new(1), DateTimeOffset.UnixEpoch, false, 1, 1, [1])],
                ChatFlags = [new ChatFlagRow(new(1), new() { Archived = true })],
                Contacts = [new ContactRow(new(1), false, 1, 1, [1])],
                Receipts =
                [
                    new ReceiptRow("a", new(1), DateTimeOffset.UnixEpoch, null, null, 1, [1]),
                ],
                Past = new()
                {
                    Messages = [new PastRow(new(1), 1, DateTimeOffset.UnixEpoch, 1, [1])],
                },
            },
        ]);

        await new BroadcastWrites(world.Pod).CreateAsync(
            new(session, epoch),
            new("b", 1, [1]),
            [new("m", 1, [1])]
        );

        await world.Desired.RemoveSessionsAsync([session]);

        (await world.Writer.CommitAsync([StoreWorld.KeyWrite(session, epoch, "late")])).ShouldBe([
            session,
        ]);
        foreach (
            var table in (string[])
                [
                    "session",
                    "placement",
                    "session_owner",
                    "session_key",
                    "session_state",
                    "session_record",
                    "session_event",
                    "session_handled",
                    "session_outbox",
                    "session_chat",
                    "session_chat_flag",
                    "session_contact",
                    "session_receipt",
                    "session_past",
                    "session_broadcast",
                    "session_broadcast_recipient",
                    "session_archive",
                    "session_key_archive",
                ]
        )
        {
            await using var count = world.Admin.CreateCommand($"select count(*) from wa.{table}");
            (await count.ExecuteScalarAsync()).ShouldBe(0L, table);
        }
    }

    [Fact]
    public async Task The_change_feed_misses_no_row_of_a_transaction_that_commits_late()
    {
        await using var world = await StoreWorld.CreateAsync();
        var sessions = await world.SessionsAsync(2, ordinal: 0);
        var lease = await world.AcquireAsync(0, "pod-a");
        var epochs = new Dictionary<long, long>();
        foreach (var session in sessions)
            epochs[session] = (await world.ClaimAsync(session, 0, lease.Epoch)).Epoch!.Value;
        var observed = new ObservedStore(world.Admin);
        // A transaction that has its id already and commits only after a later one was seen.
        await using var late = await world.Admin.OpenConnectionAsync();
        await using var transaction = await late.BeginTransactionAsync();
        await using (
            var insert = new Npgsql.NpgsqlCommand(
                $"""
                insert into wa.session_state (session_id, epoch, pool_uid, ordinal, pod_name, phase)
                values ({sessions[0]}, {epochs[
                    sessions[0]
                ]}, '{StoreWorld.Pool}', 0, 'pod-a', 'Connected')
                """,
                late
            )
        )
            await insert.ExecuteNonQueryAsync();
        await world.Writer.CommitAsync([
            new SessionWrite(sessions[1], epochs[sessions[1]])
            {
                State = State(sessions[1], epochs[sessions[1]]),
            },
        ]);

        var first = await observed.ReadChangesAsync(ObservedStore.Beginning);
        await transaction.CommitAsync();
        var second = await observed.ReadChangesAsync(first.Cursor);

        first.Sessions.Select(s => s.State.SessionId).ShouldBe([sessions[1]]);
        second.Sessions.Select(s => s.State.SessionId).ShouldContain(sessions[0]);
    }

    [Fact]
    public async Task The_state_comes_back_as_it_was_written()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var lease = await world.AcquireAsync(0, "pod-a");
        var epoch = (await world.ClaimAsync(session, 0, lease.Epoch)).Epoch!.Value;
        var state = State(session, epoch);
        var code = new PairingCode(
            session,
            epoch,
            "QR",
            "code",
            1,
            6,
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)
        );
        await world.Writer.CommitAsync([
            new SessionWrite(session, epoch) { State = state, Pairing = code },
        ]);

        var changes = await new ObservedStore(world.Admin).ReadChangesAsync(
            ObservedStore.Beginning
        );

        changes.Sessions.Single().State.ShouldBe(state);
        changes.Sessions.Single().PodName.ShouldBe("pod-a");
        changes.Pairings.Single().Code.ShouldBe(code);
        await world.Writer.CommitAsync([new SessionWrite(session, epoch) { ClearPairing = true }]);
        (
            await new ObservedStore(world.Admin).ReadChangesAsync(ObservedStore.Beginning)
        ).Pairings.ShouldBeEmpty();
    }

    private static SessionState State(long session, long epoch) =>
        new()
        {
            SessionId = session,
            Epoch = epoch,
            Phase = SessionPhase.Connected,
            Reason = "LoggedIn",
            Message = "ready",
            Paired = true,
            Phone = "491700000000",
            Jid = "491700000000:1@s.whatsapp.net",
            Platform = "android",
            LastConnectedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            Reconnects = 3,
            PairRequest = "r1",
        };
}
