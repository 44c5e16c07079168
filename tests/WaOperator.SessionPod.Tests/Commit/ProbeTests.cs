using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Tests.Commit;

public sealed class ProbeTests
{
    /// <summary>
    /// Without the probe the lease is not renewed, without the lease the gate does not open, without the gate the group does not
    /// commit: no probe may wait for a group.
    /// </summary>
    [Fact]
    public async Task A_probe_that_comes_just_before_a_group_waits_for_the_gate_comes_through()
    {
        await using var database = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1");
        var metrics = new PodMetrics();
        var commits = new GroupCommit(
            new SessionWriter(database),
            new ActGate(new HandClock()),
            () => { },
            TimeProvider.System,
            metrics,
            NullLogger<GroupCommit>.Instance
        );
        var passed = new TaskCompletionSource();
        // While the group gathers a probe comes, behind all that the group has room for.
        commits.Probe(() => commits.Probe(passed.SetResult));
        var writes = Enumerable
            .Range(0, CommitGroup.MaxSessions)
            .Select(i => commits.CommitAsync(1, new SessionWrite(i, 1)))
            .ToArray();
        using var stop = new CancellationTokenSource();
        var loop = commits.RunAsync(stop.Token);

        await passed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        writes.ShouldAllBe(w => !w.IsCompleted);
        await stop.CancelAsync();
        await loop;
        (await Task.WhenAll(writes)).ShouldAllBe(o => o == CommitOutcome.Dropped);
    }
}
