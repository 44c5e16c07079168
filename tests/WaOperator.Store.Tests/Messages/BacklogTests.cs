using WaOperator.Store.Desired;
using WaOperator.Store.Messages;
using WaOperator.Store.Ownership;
using WaOperator.Store.Sessions;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Messages;

/// <summary>What waits to be sent is counted in the transaction that changes it.</summary>
public sealed class BacklogTests
{
    private const string Counted =
        "select string_agg(format('%s: %s, %s', session_id, messages, bytes), '; ' order by session_id) from wa.session_backlog where (messages, bytes) <> (0, 0)";

    private const string Truth = """
        select string_agg(format('%s: %s, %s', session_id, n, size), '; ' order by session_id)
          from (select session_id, count(*) n, sum(octet_length(body)) size from wa.session_outbox where settled_at is null group by 1) x
        """;

    [Fact]
    public async Task The_count_is_the_truth_whatever_happens_to_messages()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 4);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var retention = new MessageRetention(world.Pod);
        for (var turn = 0; turn < 60; turn++)
        {
            var writes = owned
                .Where(_ => random.Next(2) == 0)
                .Select(o =>
                    Write(o) with
                    {
                        WipeKeys = random.Next(8) == 0,
                        Outbox =
                        [
                            .. Enumerable
                                .Range(0, random.Next(5))
                                .Select(_ => random.Next(40))
                                .Distinct()
                                .Select(i => Out($"{i}", (OutboxState)random.Next(4), i * 100)),
                        ],
                    }
                )
                .ToArray();
            (await world.Writer.CommitAsync(writes)).ShouldBeEmpty();
            if (random.Next(10) == 0)
                await retention.PruneAsync(owned, new(TimeSpan.Zero, TimeSpan.Zero, 1));

            var truth = await SqlAsync(world, Truth);
            (await SqlAsync(world, Counted)).ShouldBe(truth, $"seed {seed}, turn {turn}");
        }
        (await SqlAsync(world, "select count(*) from wa.session_outbox")).ShouldNotBe(0L);
    }

    [Fact]
    public async Task What_is_not_committed_is_not_counted()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 2);
        await SqlAsync(
            world,
            $"update wa.session_owner set epoch = epoch + 1 where session_id = {owned[0].SessionId}"
        );

        await world.Writer.CommitAsync([
            .. owned.Select(o => Write(o) with { Outbox = [Out("a", OutboxState.Queued, 10)] }),
        ]);

        (await SqlAsync(world, Counted)).ShouldBe($"{owned[1].SessionId}: 1, 10");
    }

    [Fact]
    public async Task A_wrong_count_is_put_right_and_a_commit_beside_it_is_not_lost()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = (await OwnedAsync(world, 1))[0];
        var messages = new SessionMessages(world.Pod);
        await world.Writer.CommitAsync([
            Write(owned) with
            {
                Outbox = [Out("a", OutboxState.Queued, 10), Out("b", OutboxState.Acked, 10)],
            },
        ]);
        await SqlAsync(world, "update wa.session_backlog set messages = 77, bytes = -1");

        (await messages.RecountAsync(owned.SessionId)).ShouldBe(new Backlog(1, 10));
        (await SqlAsync(world, Counted)).ShouldBe($"{owned.SessionId}: 1, 10");

        // As before the migration: nothing was counted, and what waited goes out.
        await SqlAsync(world, "delete from wa.session_backlog");
        await world.Writer.CommitAsync([
            Write(owned) with
            {
                Outbox = [Out("a", OutboxState.Acked, 10)],
            },
        ]);
        (await messages.RecountAsync(owned.SessionId)).ShouldBe(default);

        using var enough = new CancellationTokenSource();
        var counting = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                await messages.RecountAsync(owned.SessionId);
        });
        for (var i = 0; i < 300; i++)
            await world.Writer.CommitAsync([
                Write(owned) with
                {
                    Outbox =
                    [
                        Out($"c{i}", OutboxState.Queued, 10),
                        Out($"c{i - 5}", OutboxState.Acked, 10),
                    ],
                },
            ]);
        await enough.CancelAsync();
        await counting;
        (await SqlAsync(world, Counted)).ShouldBe(await SqlAsync(world, Truth));
    }

    [Fact]
    public async Task A_tenant_s_sessions_are_counted_together_and_soon()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 3);
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var other = await world.Desired.PutTenantAsync(new TenantRow("ns", "other", false, "{}"));
        var quotas = new TenantQuotas(world.Pod);
        (await quotas.ReadBacklogAsync(tenant)).ShouldBe(default);

        await world.Writer.CommitAsync([
            .. owned.Select(o => Write(o) with { Outbox = [Out("a", OutboxState.Queued, 10)] }),
        ]);
        // A count in doubt takes nothing from the others'.
        await SqlAsync(
            world,
            $"update wa.session_backlog set messages = -5, bytes = -50 where session_id = {owned[0].SessionId}"
        );

        await Eventually.True(
            "the sum is made again",
            async () => await quotas.ReadBacklogAsync(tenant) == new Backlog(2, 20)
        );
        (await quotas.ReadBacklogAsync(other)).ShouldBe(default);
    }

    [Fact]
    public async Task The_end_of_a_session_and_of_a_tenant_takes_the_counts_along()
    {
        await using var world = await StoreWorld.CreateAsync();
        var owned = await OwnedAsync(world, 2);
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        await world.Writer.CommitAsync([
            .. owned.Select(o => Write(o) with { Outbox = [Out("a", OutboxState.Queued, 10)] }),
        ]);
        await new TenantQuotas(world.Pod).ReadBacklogAsync(tenant);

        await SqlAsync(world, $"delete from wa.session where id = {owned[0].SessionId}");
        (await SqlAsync(world, Counted)).ShouldBe($"{owned[1].SessionId}: 1, 10");
        await SqlAsync(world, "delete from wa.session");
        (await SqlAsync(world, "select count(*) from wa.session_backlog")).ShouldBe(0L);
        await SqlAsync(world, "delete from wa.tenant");
        (await SqlAsync(world, "select count(*) from wa.tenant_backlog")).ShouldBe(0L);
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

    private static OutboxRow Out(string id, OutboxState state, int size) =>
        new(id, state, 1, new byte[size], 1, state == OutboxState.Queued ? null : [1]);

    private static async Task<object?> SqlAsync(StoreWorld world, string sql)
    {
        await using var command = world.Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
