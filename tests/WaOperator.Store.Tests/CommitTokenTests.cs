using Npgsql;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.Store.Tests;

/// <summary>The fate of group commits without an answer (wa.commit_exchange, wa.commit_ask).</summary>
public sealed class CommitTokenTests
{
    [Fact]
    public async Task A_commit_that_comes_late_does_not_come_through_once_it_was_asked_for()
    {
        await using var scene = await SceneAsync();
        await using var locker = await scene.World.Admin.OpenConnectionAsync();
        await RunAsync(locker, "set idle_in_transaction_session_timeout = 0");
        await using var transaction = await locker.BeginTransactionAsync();
        await RunAsync(
            locker,
            $"select 1 from wa.session_owner where session_id = {scene.Session} for update"
        );
        var write = scene.WriteAsync("late");
        await Eventually.True("the commit waits for the lock", () => scene.WaitsAsync("Lock"));
        await scene.ForgetAsync(write);

        (await scene.Writer.AskAsync()).ShouldBeNull();
        (await scene.World.StoredAsync(scene.Session)).ShouldBeNull();
        await transaction.RollbackAsync();
        await Eventually.True("its backend is done", async () => !await scene.RunsAsync());

        (await scene.World.StoredAsync(scene.Session)).ShouldBeNull();
        (await scene.WriteAsync("next")).ShouldBeEmpty();
        (await scene.World.StoredAsync(scene.Session)).ShouldBe("next");
    }

    [Fact]
    public async Task Who_asks_waits_for_a_commit_that_is_under_way_and_hears_that_it_came_through()
    {
        await using var scene = await SceneAsync();
        await scene.RunAsync(
            """
            create function wa.wait() returns trigger language plpgsql security definer as $$
            begin
                perform pg_advisory_xact_lock(7);
                return null;
            end $$;
            create constraint trigger wait after insert or update on wa.session_key deferrable initially deferred
                for each row execute function wa.wait()
            """
        );
        await using var locker = await scene.World.Admin.OpenConnectionAsync();
        await RunAsync(locker, "select pg_advisory_lock(7)");
        var write = scene.WriteAsync("slow");
        await Eventually.True("the commit waits for the lock", () => scene.WaitsAsync("Lock"));
        await scene.ForgetAsync(write);

        var answer = scene.Writer.AskAsync();
        await Eventually.True(
            "who asks waits for the commit",
            async () => await scene.CountAsync("wait_event_type = 'Lock'") == 2
        );
        await RunAsync(locker, "select pg_advisory_unlock(7)");

        (await answer).ShouldBe(new HashSet<long>());
        (await scene.World.StoredAsync(scene.Session)).ShouldBe("slow");
        (await scene.WriteAsync("next")).ShouldBeEmpty();
        (await scene.World.StoredAsync(scene.Session)).ShouldBe("next");
    }

    [Fact]
    public async Task After_commits_that_the_database_lost_the_session_falls_out_once()
    {
        await using var scene = await SceneAsync();
        (await scene.WriteAsync("one")).ShouldBeEmpty();
        await scene.RunAsync("update wa.shard_commit set token = gen_random_uuid()");

        (await scene.WriteAsync("two")).ShouldBe([scene.Session]);
        (await scene.World.StoredAsync(scene.Session)).ShouldBe("one");

        (await scene.WriteAsync("three")).ShouldBeEmpty();
        (await scene.World.StoredAsync(scene.Session)).ShouldBe("three");
    }

    [Fact]
    public async Task A_pod_can_neither_begin_nor_exchange_nor_ask_for_another_one_s_shard()
    {
        await using var scene = await SceneAsync();
        (await scene.WriteAsync("mine")).ShouldBeEmpty();
        await using var other = scene.World.RoleOf(Guid.NewGuid());
        var shard = $"'{StoreWorld.Pool}', 0, {scene.Lease}";
        var token = (Guid)(await scene.RunAsync("select token from wa.shard_commit"))!;

        foreach (
            var sql in (string[])
                [
                    $"select wa.commit_begin({shard}, gen_random_uuid())",
                    $"select wa.commit_exchange({shard}, '{token}', gen_random_uuid())",
                    $"select wa.commit_ask({shard}, '{token}', gen_random_uuid(), gen_random_uuid())",
                ]
        )
        {
            await using var command = other.CreateCommand(sql);
            (
                await Should.ThrowAsync<PostgresException>(
                    () => command.ExecuteNonQueryAsync(),
                    sql
                )
            ).SqlState.ShouldBe(SqlStates.CommitSuperseded, sql);
        }
        foreach (
            var sql in (string[])
                ["select * from wa.shard_commit", "update wa.shard_commit set token = token"]
        )
        {
            await using var command = other.CreateCommand(sql);
            (
                await Should.ThrowAsync<PostgresException>(
                    () => command.ExecuteNonQueryAsync(),
                    sql
                )
            ).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, sql);
        }
        (await scene.RunAsync("select token from wa.shard_commit")).ShouldBe(token);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<Scene> SceneAsync()
    {
        var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var process = Guid.NewGuid();
        var pod = Patient(world, process);
        var lease = await new PodLeases(pod).AcquireAsync(
            StoreWorld.Shard(0),
            "pod-a",
            "pod-a",
            process,
            TimeSpan.FromHours(1)
        );
        var epoch = lease.Epoch!.Value;
        var claim = (
            await new SessionClaims(pod).ClaimAsync([session], StoreWorld.Shard(0), epoch)
        )[0];
        return new(world, pod, session, claim.Epoch!.Value, epoch);
    }

    /// <summary>Connections whose server-side patience is longer than their client's, so that a backend outlives it.</summary>
    private static NpgsqlDataSource Patient(StoreWorld world, Guid process) =>
        NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(world.ConnectionOfRole)
            {
                ApplicationName = "wa-pod/role",
                CommandTimeout = 5,
                Options = $"-c wa.process={process:D}",
            }
        );

    private sealed class Scene(
        StoreWorld world,
        NpgsqlDataSource pod,
        long session,
        long epoch,
        long lease
    ) : IAsyncDisposable
    {
        public StoreWorld World => world;
        public long Session => session;
        public long Lease => lease;
        public SessionWriter Writer { get; } =
            new(pod, new CommitToken(pod, StoreWorld.Shard(0), lease));

        public Task<IReadOnlySet<long>> WriteAsync(string text) =>
            Writer.CommitAsync([StoreWorld.KeyWrite(session, epoch, text)]);

        /// <summary>The client gives its connection up, as at a time limit; the backend hears nothing of it and stays.</summary>
        public async Task ForgetAsync(Task write)
        {
            await Should.ThrowAsync<CommitUnknownException>(() => write);
            (await RunsAsync()).ShouldBeTrue("the backend outlives its client");
        }

        public async Task<bool> WaitsAsync(string kind) =>
            await CountAsync($"wait_event_type = '{kind}'") == 1;

        public async Task<bool> RunsAsync() => await CountAsync("state = 'active'") > 0;

        public async Task<long> CountAsync(string which) =>
            (long)
                (
                    await RunAsync(
                        $"select count(*) from pg_stat_activity where datname = current_database() and application_name = 'wa-pod/role' and {which}"
                    )
                )!;

        public async Task<object?> RunAsync(string sql)
        {
            await using var command = world.Admin.CreateCommand(sql);
            return await command.ExecuteScalarAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await pod.DisposeAsync();
            await world.DisposeAsync();
        }
    }
}
