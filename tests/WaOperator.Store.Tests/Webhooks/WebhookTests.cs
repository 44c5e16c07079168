using Npgsql;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Webhooks;

public sealed class WebhookTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_first_key_that_is_offered_is_every_pods()
    {
        await using var scene = await RoleScene.CreateAsync();
        var register = new WebhookRegister(scene.Mine);

        var first = await register.OfferKeyAsync(new byte[32], [1]);
        var second = await register.OfferKeyAsync([.. Enumerable.Repeat((byte)1, 32)], [2]);

        second.Single().Id.ShouldBe(first.Single().Id);
        second.Single().PrivateBox.ShouldBe([1]);
        (
            await Should.ThrowAsync<PostgresException>(() =>
                new WebhookRegister(scene.Stranger).OfferKeyAsync(new byte[32], [3])
            )
        ).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_pod_sees_the_webhooks_of_tenants_that_it_serves_and_changes_none()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var register = new WebhookRegister(scene.Roles.Mine);
        var before = await register.ReadChangeAsync();

        (await register.ReadAsync()).Single().Id.ShouldBe(scene.Mine);
        (await new WebhookRegister(scene.Roles.Stranger).ReadAsync()).ShouldBeEmpty();

        (await register.DisableAsync(scene.Mine, 2, "of another generation")).ShouldBeFalse();
        (await register.DisableAsync(scene.Mine, 1, "gone")).ShouldBeTrue();
        (await register.DisableAsync(scene.Mine, 1, "again")).ShouldBeFalse();
        (await register.ReadAsync()).Single().DisabledAt.ShouldNotBeNull();
        (await register.ReadChangeAsync()).ShouldBeGreaterThan(before);
        (await register.DisableAsync(scene.Theirs, 1, "not mine")).ShouldBeFalse();
        (
            await scene.SqlAsync(
                $"select (disabled_at is null)::text from wa.webhook where id = {scene.Theirs}"
            )
        ).ShouldBe("true");
    }

    [Fact]
    public async Task A_webhook_that_takes_what_others_post_is_not_disabled_for_one_that_does_not_get_through()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var register = new WebhookRegister(scene.Roles.Mine);
        await register.ReportAsync(
            StoreWorld.Shard(0),
            5,
            [(scene.Mine, new() { LastSuccessAt = Now })]
        );

        (
            await register.DisableAsync(scene.Mine, 1, "fails", unless: Now.AddHours(-1))
        ).ShouldBeFalse();
        (
            await register.DisableAsync(scene.Mine, 1, "fails", unless: Now.AddHours(1))
        ).ShouldBeTrue();
    }

    [Theory]
    [InlineData("update wa.webhook set settings = '{}'")]
    [InlineData("delete from wa.webhook")]
    [InlineData("update wa.webhook_change set version = 9")]
    [InlineData("select private_box from wa.box_key")]
    [InlineData("insert into wa.webhook_cursor values (THEIR_HOOK, THEIRS, 1)")]
    [InlineData(
        "insert into wa.webhook_replay values (MY_HOOK, MINE, 1, now(), now(), false, now(), 0, 9)"
    )]
    [InlineData("delete from wa.webhook_replay")]
    [InlineData(
        "select wa.webhook_replay_begin(MY_HOOK, array[1]::bigint[], null, null, now(), now(), false, 1)"
    )]
    [InlineData("update wa.session set labels = ',a=b,'")]
    [InlineData(
        "insert into wa.webhook_parked values (THEIR_HOOK, THEIRS, 1, null, 1, now(), now(), null, 'x', 'x', 1, '', now())"
    )]
    [InlineData(
        "insert into wa.webhook_report (webhook_id, pool_uid, ordinal, lease_epoch, backlog, parked, dead) values (MY_HOOK, 'pool-1', 1, 1, 0, 0, 0)"
    )]
    [InlineData(
        "insert into wa.webhook_report (webhook_id, pool_uid, ordinal, lease_epoch, backlog, parked, dead) values (THEIR_HOOK, 'pool-1', 0, 1, 0, 0, 0)"
    )]
    [InlineData("insert into wa.webhook_cursor values (THEIR_HOOK, MINE, 1)")]
    [InlineData(
        "insert into wa.webhook_parked (webhook_id, session_id, seq, attempts, error, type, key_version, ciphertext, at) values (THEIR_HOOK, MINE, 1, 1, '', 'message', 1, '', now())"
    )]
    public async Task What_is_not_a_pods_it_may_not(string sql)
    {
        await using var scene = await WebhookScene.CreateAsync();
        await using var command = scene.Roles.Mine.CreateCommand(
            sql.Replace("THEIR_HOOK", $"{scene.Theirs}", StringComparison.Ordinal)
                .Replace("MY_HOOK", $"{scene.Mine}", StringComparison.Ordinal)
                .Replace("MINE", $"{scene.MySession.SessionId}", StringComparison.Ordinal)
                .Replace("THEIRS", $"{scene.Roles.Theirs}", StringComparison.Ordinal)
        );
        (
            await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync())
        ).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_pod_changes_the_cursors_of_its_own_sessions_alone()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var (mine, theirs) = (scene.MySession, scene.TheirSession);
        await scene.SqlAsync(
            $"insert into wa.webhook_cursor values ({scene.Mine}, {mine.SessionId}, 1), ({scene.Theirs}, {theirs.SessionId}, 1)"
        );
        await using var command = scene.Roles.Mine.CreateCommand(
            "update wa.webhook_cursor set seq = 5"
        );
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);

        var fenced = await new WebhookWrites(scene.Roles.Mine).AdvanceAsync([
            new(scene.Mine, mine, 7),
            new(scene.Theirs, theirs, 7),
        ]);

        fenced.ShouldBe([theirs.SessionId]);
        (
            await scene.SqlAsync(
                "select string_agg(seq::text, ',' order by seq) from wa.webhook_cursor"
            )
        ).ShouldBe("1,7");
    }

    [Fact]
    public async Task A_cursor_only_grows_and_one_of_a_former_owner_does_not_move()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var writes = new WebhookWrites(scene.Roles.Mine);
        var session = scene.MySession;

        (await writes.AdvanceAsync([new(scene.Mine, session, 5)])).ShouldBeEmpty();
        (await writes.AdvanceAsync([new(scene.Mine, session, 3)])).ShouldBeEmpty();
        (
            await writes.AdvanceAsync([
                new(scene.Mine, session with { Epoch = session.Epoch - 1 }, 9),
            ])
        ).ShouldBe([session.SessionId]);
        (await scene.SqlAsync("select max(seq) from wa.webhook_cursor")).ShouldBe(5L);

        // One that was deleted holds up no other.
        (
            await writes.AdvanceAsync([
                new(scene.Mine, session, 6),
                new(scene.Theirs + 100, session, 6),
            ])
        ).ShouldBeEmpty();
        (await scene.SqlAsync("select max(seq) from wa.webhook_cursor")).ShouldBe(6L);
    }

    [Fact]
    public async Task Parked_events_are_those_of_the_owner_and_of_the_journal()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var (writes, journals) = (
            new WebhookWrites(scene.Roles.Mine),
            new WebhookJournals(scene.Roles.Mine)
        );
        var session = scene.MySession;
        long[] ids = [session.SessionId];
        var former = session with { Epoch = session.Epoch - 1 };
        await ShouldBeFencedAsync(() =>
            writes.ParkAsync(scene.Mine, former, 1, null, "x", Now, Now)
        );

        await writes.ParkAsync(scene.Mine, session, 1, 7, "HTTP 400", Now, Now.AddSeconds(5));
        await writes.ParkAsync(scene.Mine, session, 99, null, "not there", Now, Now);

        (await journals.CountParkedAsync(scene.Mine, ids)).ShouldBe((1, 0));
        (await journals.ReadNextDueAsync(scene.Mine, session.SessionId)).ShouldBe(
            Now.AddSeconds(5)
        );
        (await journals.ReadDueAsync(scene.Mine, session.SessionId, Now, 10)).ShouldBeEmpty();
        await scene.SqlAsync("delete from wa.session_event");
        var due = (
            await journals.ReadDueAsync(scene.Mine, session.SessionId, Now.AddSeconds(5), 10)
        ).Single();
        (due.Row.Seq, due.Row.Type, due.Attempts).ShouldBe((1, "message", 1));
        due.Row.Ciphertext.ShouldBe([1]);
        (await journals.ReadParkedAsync(scene.Mine, ids, 10)).Single().ParkedAt.ShouldBe(Now);

        await ShouldBeFencedAsync(() => writes.RetryAsync(scene.Mine, former, 1, 2, "x", Now));
        await ShouldBeFencedAsync(() => writes.DeadAsync(scene.Mine, former, 1, 2, "x", Now));
        await ShouldBeFencedAsync(() => writes.RemoveParkedAsync(scene.Mine, former, 1));
        await writes.RetryAsync(scene.Mine, session, 1, 2, "HTTP 422", Now.AddMinutes(1));
        (await journals.ReadNextDueAsync(scene.Mine, session.SessionId)).ShouldBe(
            Now.AddMinutes(1)
        );
        await writes.DeadAsync(scene.Mine, session, 1, 3, "HTTP 400", Now);
        (await journals.CountParkedAsync(scene.Mine, ids)).ShouldBe((0, 1));
        (await journals.ReadNextDueAsync(scene.Mine, session.SessionId)).ShouldBeNull();

        (await journals.FindDeadAsync(scene.Mine, ids, Now)).ShouldBeEmpty();
        (await journals.FindDeadAsync(scene.Mine, ids, Now.AddSeconds(1))).ShouldBe(ids);
        await ShouldBeFencedAsync(() => writes.PruneAsync(scene.Mine, [former], Now.AddDays(1)));
        await writes.PruneAsync(scene.Mine, [session], Now.AddSeconds(1));
        (await journals.CountParkedAsync(scene.Mine, ids)).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Progress_begins_where_the_webhook_says()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var journals = new WebhookJournals(scene.Roles.Mine);
        var session = scene.MySession;
        long[] ids = [session.SessionId, scene.TheirSession.SessionId];
        await scene.SqlAsync(
            $"""
            update wa.session_event set at = '2030-01-01' where seq = 1;
            insert into wa.session_event (session_id, seq, at, key_version, type, ciphertext)
            select {session.SessionId}, s, '2030-01-01'::timestamptz + s * interval '1 h', 1, 'message', '\x0102' from generate_series(2, 10) s
            """
        );
        var webhook = (await new WebhookRegister(scene.Roles.Mine).ReadAsync()).Single() with
        {
            CreatedAt = new(2030, 1, 1, 4, 30, 0, TimeSpan.Zero),
        };

        await ShouldBeAsync(WebhookStart.Now, 4);
        await ShouldBeAsync(WebhookStart.Earliest, 0);
        await scene.SqlAsync(
            $"delete from wa.session_event where seq <= 6; insert into wa.session_pruned values ({session.SessionId}, 6)"
        );
        await ShouldBeAsync(WebhookStart.Now, 6);
        await ShouldBeAsync(WebhookStart.Earliest, 0);
        await new WebhookWrites(scene.Roles.Mine).AdvanceAsync([new(webhook.Id, session, 2)]);
        await ShouldBeAsync(WebhookStart.Now, 2, stored: 2);
        await ShouldBeAsync(WebhookStart.Earliest, 2, stored: 2);

        var page = await journals.ReadPageAsync(session.SessionId, 2, 64, 1_000_000);
        page.Select(e => e.Row.Seq).ShouldBe([7, 8, 9, 10]);
        page[0].At.ShouldBe(new(2030, 1, 1, 7, 0, 0, TimeSpan.Zero));
        (await journals.ReadPageAsync(session.SessionId, 7, 2, 1_000_000))
            .Select(e => e.Row.Seq)
            .ShouldBe([8, 9]);
        // The one with which so many bytes are reached is the last, and there is always one.
        (await journals.ReadPageAsync(session.SessionId, 2, 64, 3))
            .Select(e => e.Row.Seq)
            .ShouldBe([7, 8]);
        (await journals.ReadPageAsync(session.SessionId, 2, 64, 1)).Count.ShouldBe(1);
        (await journals.ReadPageAsync(scene.TheirSession.SessionId, 0, 64, 1_000)).ShouldBeEmpty();

        async Task ShouldBeAsync(WebhookStart start, long cursor, long? stored = null)
        {
            var found = await journals.ReadProgressAsync(webhook, start, ids);
            found
                .Single(p => p.SessionId == session.SessionId)
                .ShouldBe(new(session.SessionId, cursor, 10, HasCursor: cursor == stored));
            // Of others' sessions nothing is seen, so there is nothing to do.
            found.Single(p => p.SessionId != session.SessionId).Last.ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_report_is_read_back_and_that_of_an_older_lease_changes_nothing()
    {
        await using var scene = await WebhookScene.CreateAsync();
        var register = new WebhookRegister(scene.Roles.Mine);
        var shard = StoreWorld.Shard(0);
        var report = new WebhookReport
        {
            Backlog = 3,
            OldestAt = Now,
            Parked = 1,
            Dead = 2,
            FailingSince = Now,
            LastSuccessAt = Now,
            LastError = "HTTP 503",
            LastErrorAt = Now,
        };

        (await register.ReadReportAsync(scene.Mine, shard)).ShouldBeNull();
        (await register.ReportAsync(shard, 5, [(scene.Mine, report)])).ShouldBeTrue();
        await register.ReportAsync(shard, 4, [(scene.Mine, new())]);
        (await register.ReadReportAsync(scene.Mine, shard)).ShouldBe(report);
        // One that is gone, or another's, takes nothing from the others.
        await register.ReportAsync(
            shard,
            5,
            [(scene.Theirs + 100, report), (scene.Theirs, report), (scene.Mine, new())]
        );
        (await register.ReadReportAsync(scene.Mine, shard)).ShouldBe(new());
        (
            await scene.SqlAsync(
                $"select count(*)::text from wa.webhook_report where webhook_id = {scene.Theirs}"
            )
        ).ShouldBe("0");
        await register.RemoveReportAsync(scene.Mine, shard);
        (await register.ReadReportAsync(scene.Mine, shard)).ShouldBeNull();
    }

    private static async Task ShouldBeFencedAsync(Func<Task> write) =>
        (await Should.ThrowAsync<PostgresException>(write)).SqlState.ShouldBe(SqlStates.Fenced);
}
