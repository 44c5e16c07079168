using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Commit;

public sealed class GroupCommitTests
{
    private const long Tenant = 1;

    [Fact]
    public async Task Commits_many_sessions_and_drops_a_fenced_one_alone()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 300);
        var owned = rig.Owned;
        await rig.World.SqlAsync(
            $"update wa.session_owner set epoch = epoch + 1 where session_id = {owned[7].SessionId}"
        );

        var outcomes = await Task.WhenAll(
            owned.Select(o => rig.Commits.CommitAsync(Tenant, Write(o, "a")))
        );

        for (var i = 0; i < owned.Count; i++)
            outcomes[i].ShouldBe(i == 7 ? CommitOutcome.Fenced : CommitOutcome.Committed);
        (await rig.StoredAsync("a")).ShouldBe(owned.Count - 1);
        rig.Hints.ShouldBe(0);
    }

    [Fact]
    public async Task Writes_of_one_session_stay_in_order()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 1);
        var writes = Enumerable
            .Range(0, 50)
            .Select(i => rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], $"{i}")))
            .ToArray();
        (await Task.WhenAll(writes)).ShouldAllBe(o => o == CommitOutcome.Committed);
        (await rig.StoredAsync("49")).ShouldBe(1);
    }

    [Fact]
    public async Task Many_writes_of_one_session_share_their_transactions()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 1);
        var order = new List<int>();
        var writes = Enumerable
            .Range(0, 2_000)
            .Select(i =>
                rig.Commits.CommitAsync(
                    Tenant,
                    Event(rig.Owned[0], i + 1),
                    null,
                    () => order.Add(i)
                )
            )
            .ToArray();

        (await Task.WhenAll(writes)).ShouldAllBe(o => o == CommitOutcome.Committed);

        order.ShouldBe(Enumerable.Range(0, 2_000));
        (await rig.World.SqlAsync("select count(*) from wa.session_event")).ShouldBe(2_000L);
        (
            (long)
                (
                    await rig.World.SqlAsync(
                        "select count(distinct xmin::text) from wa.session_event"
                    )
                )!
        ).ShouldBeLessThan(100);
    }

    [Fact]
    public async Task A_tenant_that_floods_delays_another_one_s_write_by_no_more_than_the_group_under_way()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 301);
        // The commit that is under way waits at the gate while the flood comes.
        rig.Clock.Advance(TimeSpan.FromHours(2));
        var order = new List<long>();
        var flood = Enumerable
            .Range(0, 6_000)
            .Select(i =>
                rig.Commits.CommitAsync(
                    Tenant,
                    Write(rig.Owned[i % 300], "flood", id: $"{i / 300}"),
                    null,
                    () => order.Add(Tenant)
                )
            )
            .ToArray();
        var other = rig.Commits.CommitAsync(
            Tenant + 1,
            Write(rig.Owned[300], "other"),
            null,
            () => order.Add(Tenant + 1)
        );

        rig.Gate.Extend(rig.Clock.Now, TimeSpan.FromHours(1));

        (await Task.WhenAll([.. flood, other])).ShouldAllBe(o => o == CommitOutcome.Committed);
        order.Count.ShouldBe(6_001);
        // At most a full group, and the first turn of the next one.
        order.IndexOf(Tenant + 1).ShouldBeLessThanOrEqualTo(CommitGroup.MaxItems + 1);
        // And a session's writes stay in order.
        (await rig.StoredAsync("flood")).ShouldBe(6_000);
    }

    [Fact]
    public async Task After_a_refused_write_nothing_more_of_its_lane_is_written()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 2);
        var lane = new CommitLane();
        await rig.World.SqlAsync(
            "alter table wa.session_event add constraint no_third check (seq <> 3)"
        );
        var writes = Enumerable
            .Range(1, 5)
            .Select(i => rig.Commits.CommitAsync(Tenant, Event(rig.Owned[0], i), lane))
            .ToArray();
        var other = rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "h"));
        var foreign = rig.Commits.CommitAsync(Tenant, Event(rig.Owned[1], 1), new CommitLane());

        await Should.ThrowAsync<PostgresException>(writes[2]);

        (await Task.WhenAll(writes[0], writes[1], other, foreign)).ShouldAllBe(o =>
            o == CommitOutcome.Committed
        );
        (await Task.WhenAll(writes[3], writes[4])).ShouldAllBe(o => o == CommitOutcome.Broken);
        (await rig.Commits.CommitAsync(Tenant, Event(rig.Owned[0], 6), lane)).ShouldBe(
            CommitOutcome.Broken
        );
        (
            await rig.World.SqlAsync(
                $"select array_agg(seq order by seq) from wa.session_event where session_id = {rig.Owned[0].SessionId}"
            )
        ).ShouldBe(new[] { 1L, 2L });
    }

    [Fact]
    public async Task Nothing_is_committed_while_the_gate_is_closed()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 1);
        rig.Clock.Advance(TimeSpan.FromHours(2));
        var write = rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "late"));
        var passed = new TaskCompletionSource();
        // The loop has come to the gate and still answers: it does not hang, it waits.
        await Eventually.True(
            "the loop waits at the gate",
            () =>
            {
                rig.Commits.Probe(() => passed.TrySetResult());
                return passed.Task.IsCompleted;
            }
        );
        write.IsCompleted.ShouldBeFalse();
        (await rig.StoredAsync("late")).ShouldBe(0);

        rig.Gate.Extend(rig.Clock.Now, TimeSpan.FromHours(1));

        (await write).ShouldBe(CommitOutcome.Committed);
        (await rig.StoredAsync("late")).ShouldBe(1);
    }

    [Fact]
    public async Task A_write_that_PostgreSQL_refuses_fails_alone()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 20);
        await rig.World.SqlAsync(
            "alter table wa.session_key add constraint no_poison check (id <> 'poison')"
        );
        var writes = rig
            .Owned.Select(
                (o, i) =>
                    rig.Commits.CommitAsync(Tenant, Write(o, "b", id: i == 3 ? "poison" : "1"))
            )
            .ToArray();

        for (var i = 0; i < writes.Length; i++)
            if (i == 3)
                (await Should.ThrowAsync<PostgresException>(writes[i])).ConstraintName.ShouldBe(
                    "no_poison"
                );
            else
                (await writes[i]).ShouldBe(CommitOutcome.Committed);
        (await rig.StoredAsync("b")).ShouldBe(19);
    }

    [Fact]
    public async Task Waits_for_PostgreSQL_and_continues()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 5, ownServer: true);
        await rig.World.Server.StopAsync();
        rig.Database.Clear();
        var writes = rig
            .Owned.Select(o => rig.Commits.CommitAsync(Tenant, Write(o, "c")))
            .ToArray();
        await rig.World.Server.StartAgainAsync();
        (await Task.WhenAll(writes)).ShouldAllBe(o => o == CommitOutcome.Committed);
        rig.World.Admin.Clear();
        (await rig.StoredAsync("c")).ShouldBe(5);
    }

    [Theory]
    [InlineData("before it wrote", "select 1 from wa.session_owner for update")]
    [InlineData("as it commits", "lock table wa.installation")]
    public async Task A_commit_whose_answer_is_lost_is_asked_for_and_happens_once(
        string when,
        string take
    )
    {
        await using var rig = await CommitRig.StartAsync(sessions: 1);
        await rig.World.SqlAsync(
            """
            create table wa.times (text text);
            create function wa.time() returns trigger language plpgsql security definer as $$
            begin
                perform 1 from wa.installation;
                insert into wa.times values (convert_from(new.ciphertext, 'UTF8'));
                return null;
            end $$;
            create constraint trigger time after insert or update on wa.session_key deferrable initially deferred
                for each row when (new.kind = 'test') execute function wa.time()
            """
        );
        // The commit waits for a lock that the test holds; then its backend is ended.
        await using var locker = await rig.World.Admin.OpenConnectionAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand(take, locker))
            await hold.ExecuteNonQueryAsync();
        var lane = new CommitLane();
        var write = rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "d"), lane);
        await Eventually.True(
            $"the commit waits {when}, and is ended",
            async () =>
                await rig.World.SqlAsync(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'commit-test' and wait_event_type = 'Lock'"
                )
                    is true
        );
        var next = rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "e"), lane);
        await transaction.RollbackAsync();

        (await write).ShouldBe(CommitOutcome.Committed);
        (await next).ShouldBe(CommitOutcome.Committed);
        lane.InDoubt.ShouldBeFalse();
        (
            await rig.World.SqlAsync("select string_agg(text, ',' order by text) from wa.times")
        ).ShouldBe("d,e");
        (await rig.StoredAsync("e")).ShouldBe(1);
    }

    [Fact]
    public async Task A_commit_in_doubt_that_another_process_followed_breaks_its_lane()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 1);
        (await rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "c"))).ShouldBe(
            CommitOutcome.Committed
        );
        await using var locker = await rig.World.Admin.OpenConnectionAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (
            var take = new NpgsqlCommand("select 1 from wa.session_owner for update", locker)
        )
            await take.ExecuteNonQueryAsync();
        var lane = new CommitLane();
        var write = rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "d"), lane);
        await rig.World.SqlAsync("update wa.shard_commit set token = gen_random_uuid()");
        await Eventually.True(
            "the commit waits for the lock, and is ended",
            async () =>
                await rig.World.SqlAsync(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'commit-test' and wait_event_type = 'Lock'"
                )
                    is true
        );
        (await write).ShouldBe(CommitOutcome.Unknown);
        lane.InDoubt.ShouldBeTrue();
        await transaction.RollbackAsync();
        (await rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "d2"), lane)).ShouldBe(
            CommitOutcome.Broken
        );
        (await rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "e"))).ShouldBe(
            CommitOutcome.Committed
        );
    }

    [Fact]
    public async Task What_is_left_at_the_end_is_dropped()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 1);
        rig.Clock.Advance(TimeSpan.FromHours(2));
        var write = rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "f"));
        await rig.EndAsync();
        (await write).ShouldBe(CommitOutcome.Dropped);
        (await rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "g"))).ShouldBe(
            CommitOutcome.Dropped
        );
        (await rig.StoredAsync("f")).ShouldBe(0);
    }

    [Fact]
    public async Task A_commit_that_is_in_doubt_at_the_end_stays_so()
    {
        await using var rig = await CommitRig.StartAsync(sessions: 1);
        (await rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "a"))).ShouldBe(
            CommitOutcome.Committed
        );
        // It waits as it commits, so that the question has to wait for it.
        await using var locker = await rig.World.Admin.OpenConnectionAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        await using (
            var take = new NpgsqlCommand("select 1 from wa.shard_commit for update", locker)
        )
            await take.ExecuteNonQueryAsync();
        var write = rig.Commits.CommitAsync(Tenant, Write(rig.Owned[0], "h"));
        await Eventually.True(
            "the commit waits for the token, and is ended",
            async () =>
                await rig.World.SqlAsync(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'commit-test' and wait_event_type = 'Lock'"
                )
                    is true
        );
        await Eventually.True(
            "the question waits for the token",
            async () =>
                await rig.World.SqlAsync(
                    "select exists (select 1 from pg_stat_activity where application_name = 'commit-test' and wait_event_type = 'Lock' and query like '%commit_ask%')"
                )
                    is true
        );

        await rig.EndAsync();

        (await write).ShouldBe(CommitOutcome.Unknown);
    }

    private static SessionWrite Write(OwnedSession owned, string text, string id = "1") =>
        new(owned.SessionId, owned.Epoch)
        {
            Keys = [new KeyWrite("test", id, 1, System.Text.Encoding.UTF8.GetBytes(text))],
        };

    private static SessionWrite Event(OwnedSession owned, long seq) =>
        new(owned.SessionId, owned.Epoch) { Events = [new EventRow(seq, "test", 1, [1])] };
}
