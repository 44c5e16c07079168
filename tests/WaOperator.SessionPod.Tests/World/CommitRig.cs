using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A group commit over real sessions that this process owns, without sockets.</summary>
internal sealed class CommitRig : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PodMetrics _metrics = new();
    private Task _loop = Task.CompletedTask;
    private int _hints;

    public required PodWorld World { get; init; }
    public required NpgsqlDataSource Database { get; init; }
    public required IReadOnlyList<OwnedSession> Owned { get; init; }
    public HandClock Clock { get; } = new();
    public ActGate Gate { get; private set; } = null!;
    public GroupCommit Commits { get; private set; } = null!;
    public int Hints => _hints;

    public static async Task<CommitRig> StartAsync(int sessions, bool ownServer = false)
    {
        var world = await PodWorld.StartAsync(ownServer: ownServer, network: new FakeNetwork());
        var ids = new List<long>();
        for (var i = 0; i < sessions; i++)
            ids.Add((await world.SessionAsync(0)).Id);
        var process = Guid.NewGuid();
        var database = Store.Database.ForPod(
            world.Options(0, "pod-a").Database,
            "commit-test",
            TimeSpan.FromSeconds(10),
            process: process
        );
        var lease = await new Store.Pod.PodLeases(database).AcquireAsync(
            PodWorld.Shard(0),
            "pod-a",
            "pod-a",
            process,
            TimeSpan.FromHours(1)
        );
        var owned = new List<OwnedSession>();
        foreach (var batch in ids.Chunk(SessionClaims.MaxBatch))
            owned.AddRange(
                (
                    await new SessionClaims(database).ClaimAsync(
                        batch,
                        PodWorld.Shard(0),
                        lease.Epoch!.Value
                    )
                ).Select(c => new OwnedSession(c.SessionId, c.Epoch!.Value))
            );
        var rig = new CommitRig
        {
            World = world,
            Database = database,
            Owned = owned,
        };
        rig.Gate = new ActGate(rig.Clock);
        rig.Gate.Extend(rig.Clock.Now, TimeSpan.FromHours(1));
        rig.Commits = new GroupCommit(
            new SessionWriter(
                database,
                new CommitToken(database, PodWorld.Shard(0), lease.Epoch!.Value)
            ),
            rig.Gate,
            () => Interlocked.Increment(ref rig._hints),
            TimeProvider.System,
            rig._metrics,
            NullLogger<GroupCommit>.Instance
        );
        rig._loop = rig.Commits.RunAsync(rig._stop.Token);
        return rig;
    }

    public async Task<long> StoredAsync(string text) =>
        (long)
            (
                await World.SqlAsync(
                    $"select count(*) from wa.session_key where convert_from(ciphertext, 'UTF8') = '{text}'"
                )
            )!;

    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
        await Database.DisposeAsync();
        await World.DisposeAsync();
    }
}
