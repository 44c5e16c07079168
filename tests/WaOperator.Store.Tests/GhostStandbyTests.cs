using Npgsql;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.Store.Tests;

/// <summary>What a commit comes to while a synchronous standby is away: never a success, and never a cancel.</summary>
public sealed class GhostStandbyTests
{
    private static readonly TimeSpan ShortTtl = TimeSpan.FromSeconds(6);

    [Fact]
    public async Task No_write_succeeds_or_is_cancelled_and_each_counts_once_when_the_standby_is_given_up()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var world = await StoreWorld.CreateAsync(server, ShortTtl);
        var sessions = await world.SessionsAsync(4, ordinal: 0);
        var tenant = (long)(await SqlAsync(world, "select id from wa.tenant"))!;
        var a = await world.AcquireAsync(0, "pod-a");
        var b = await world.AcquireAsync(1, "pod-b");
        var mine = await world.ClaimAsync(sessions[0], 0, a.Epoch);
        var given = await world.ClaimAsync(sessions[1], 0, a.Epoch);
        var pruned = await world.ClaimAsync(sessions[3], 0, a.Epoch);
        await using var operators = Database.ForPod(
            world.Admin.ConnectionString,
            "wa-operator",
            ShortTtl
        );
        await using var alone = Database.ForLease(
            world.Pod.ConnectionString,
            "wa-pod/lease",
            ShortTtl
        );
        var desired = await DesiredStore.BeginTermAsync(operators, "operator-2");
        await SqlAsync(
            world,
            $"insert into wa.session_event (session_id, seq, type, key_version, ciphertext, at) values ({sessions[3]}, 1, 'x', 1, '', now() - interval '2 days')"
        );
        // Its patience is a second, which a slow machine may need to connect.
        await using (await alone.OpenConnectionAsync())
        {
            // Back into the pool.
        }
        await using var ghost = await GhostStandby.AppearAsync(server);
        var before = await PictureAsync(world);

        (string What, Func<Task> Write)[] writes =
        [
            (
                "group commit",
                () =>
                    world.Writer.CommitAsync([
                        StoreWorld.KeyWrite(sessions[0], mine.Epoch!.Value, "durable?"),
                    ])
            ),
            (
                "lease renewal of a thread of its own",
                () =>
                    Task.Run(() =>
                        new PodLeases(alone).Renew(
                            StoreWorld.Shard(0),
                            a.Epoch,
                            a.Process,
                            StoreWorld.Ttl
                        )
                    )
            ),
            (
                "lease release",
                () => world.Leases.ReleaseAsync(StoreWorld.Shard(1), b.Epoch, b.Process)
            ),
            ("claim", () => world.Claims.ClaimAsync([sessions[2]], StoreWorld.Shard(0), a.Epoch)),
            (
                "release of a session",
                () => world.Claims.ReleaseAsync([new OwnedSession(sessions[1], given.Epoch!.Value)])
            ),
            ("tenant key", () => world.Keys.AddTenantKeyAsync(tenant, 1, [1])),
            (
                "report",
                () =>
                    new ShardReports(world.Pod).WriteAsync(
                        new ShardReport(StoreWorld.Shard(0), a.Epoch, 1, 1, 1)
                    )
            ),
            (
                "cost",
                () =>
                    new SessionCosts(world.Pod).WriteAsync([
                        new CountedCost(sessions[0], mine.Epoch!.Value, 1, TimeSpan.Zero),
                    ])
            ),
            (
                "pruning",
                () =>
                    new MessageRetention(world.Pod).PruneAsync(
                        [new OwnedSession(sessions[3], pruned.Epoch!.Value)],
                        new Retention(TimeSpan.FromDays(1), TimeSpan.FromDays(1), 1)
                    )
            ),
            (
                "pool",
                () => desired.PutPoolAsync(new PoolRow("pool-9", "ns", "other", new PoolSettings()))
            ),
            (
                "placement",
                () =>
                    desired.PlaceAsync([
                        new PlacementChange(sessions[3], StoreWorld.Shard(1), "Moved"),
                    ])
            ),
        ];
        var running = writes.Select(w => (w.What, Task: w.Write())).ToArray();

        foreach (var (what, task) in running)
            await Should.ThrowAsync<CommitUnknownException>(() => task, what);

        (await PictureAsync(world)).ShouldBe(before, "a cancelled commit can be seen");
        (await ghost.HauntedAsync()).ShouldBe(writes.Length, "a commit was cancelled");

        await ghost.VanishAsync();

        (await PictureAsync(world)).ShouldBe(
            "durable?;1/Held;0/Released;3;1:key;1:report;1:cost;0:event;pool-9;1"
        );
    }

    [Theory]
    [InlineData("pg_cancel_backend", "warning")]
    [InlineData("pg_terminate_backend", "warning")]
    [InlineData("pg_cancel_backend", "error")]
    public async Task A_wait_that_someone_else_ends_is_no_success(string how, string messages)
    {
        await using var server = await PostgresServer.StartAsync();
        await using var world = await StoreWorld.CreateAsync(server);
        await SqlAsync(world, $"alter role wa_pod set client_min_messages = {messages}");
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var a = await world.AcquireAsync(0, "pod-a");
        var mine = await world.ClaimAsync(session, 0, a.Epoch);
        await using var ghost = await GhostStandby.AppearAsync(server);

        var write = world.Writer.CommitAsync([
            StoreWorld.KeyWrite(session, mine.Epoch!.Value, "durable?"),
        ]);
        await Eventually.True(
            "the commit waits and is ended",
            async () =>
                (long)
                    (
                        await ghost.RunAsync(
                            $"select count({how}(pid)) from pg_stat_activity where wait_event = 'SyncRep' and application_name = 'wa-pod/test'"
                        )
                    )! == 1
        );

        await Should.ThrowAsync<CommitUnknownException>(() => write);
    }

    [Fact]
    public async Task A_caller_that_stops_waiting_cancels_nothing()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var world = await StoreWorld.CreateAsync(server);
        await using var ghost = await GhostStandby.AppearAsync(server);
        using var stop = new CancellationTokenSource();
        var write = world.Desired.PutPoolAsync(
            new PoolRow("pool-9", "ns", "other", new PoolSettings()),
            stop.Token
        );
        await Eventually.True("the commit waits", async () => await ghost.HauntedAsync() == 1);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => write);
        (await ghost.HauntedAsync()).ShouldBe(1);
        (await SqlAsync(world, "select count(*) from wa.pool where uid = 'pool-9'")).ShouldBe(0L);
    }

    [Fact]
    public void A_warning_in_another_language_is_known_by_its_routine()
    {
        CommitWatch
            .IsUnreplicated(
                new PostgresNotice("WARNUNG", "WARNING", "01000", "storniere Warten")
                {
                    Routine = "SyncRepWaitForLSN",
                }
            )
            .ShouldBeTrue();
        CommitWatch
            .IsUnreplicated(
                new PostgresNotice(
                    "WARNING",
                    "WARNING",
                    "01000",
                    "canceling wait for synchronous replication due to user request"
                )
            )
            .ShouldBeTrue();
        CommitWatch
            .IsUnreplicated(
                new PostgresNotice("WARNING", "WARNING", "25001", "there is a transaction already")
                {
                    Routine = "BeginTransactionBlock",
                }
            )
            .ShouldBeFalse();
    }

    [Theory]
    [InlineData("ERROR", "23505", false)]
    [InlineData("ERROR", "55P03", false)]
    [InlineData("ERROR", "57014", false)]
    [InlineData("FATAL", "57P01", true)]
    [InlineData("FATAL", "25P03", true)]
    [InlineData("ERROR", "08P01", true)] // what PgBouncer says of a server that it lost
    [InlineData("PANIC", "XX000", true)]
    public void Only_an_error_that_rolls_back_settles_a_commit(
        string severity,
        string state,
        bool open
    ) =>
        DatabaseFailure
            .LeavesOpen(new PostgresException("x", severity, severity, state))
            .ShouldBe(open);

    /// <summary>All that the writes of the first test change.</summary>
    private static async Task<string> PictureAsync(StoreWorld world) =>
        (string)
            (
                await SqlAsync(
                    world,
                    """
                    select concat_ws(';',
                        (select coalesce(max(convert_from(ciphertext, 'UTF8')), '-') from wa.session_key),
                        (select counter || '/' || state from wa.shard_lease where ordinal = 0),
                        (select counter || '/' || state from wa.shard_lease where ordinal = 1),
                        (select count(*) from wa.session_owner where pool_uid is not null),
                        (select count(*) from wa.tenant_key) || ':key',
                        (select count(*) from wa.shard_report) || ':report',
                        (select count(*) from wa.session_cost) || ':cost',
                        (select count(*) from wa.session_event) || ':event',
                        (select coalesce(max(uid), '-') from wa.pool where uid = 'pool-9'),
                        (select count(*) from wa.placement where ordinal = 1))
                    """
                )
            )!;

    private static async Task<object?> SqlAsync(StoreWorld world, string sql)
    {
        await using var command = world.Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
