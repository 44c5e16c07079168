using System.Globalization;
using WaOperator.Ownership.Judging;
using WaOperator.Ownership.Owners;

namespace WaOperator.Ownership.Schedules;

/// <summary>The owners of one schedule: which pod and which process has each ordinal now.</summary>
internal sealed class Fleet(
    Stage stage,
    Schedule schedule,
    Cluster cluster,
    Referee referee,
    Mutation mutation
)
{
    private readonly SemaphoreSlim[] turns =
    [
        .. Enumerable.Range(0, schedule.Owners).Select(_ => new SemaphoreSlim(1, 1)),
    ];
    private readonly IOwnerSeat[] seats = [.. stage.Owners.Take(schedule.Owners)];
    private readonly int[] generations = new int[schedule.Owners];
    private IOwnerSeat? spare = stage.Owners[^1];

    /// <summary>Starts all.</summary>
    public async Task StartAsync()
    {
        for (var ordinal = 0; ordinal < schedule.Owners; ordinal++)
        {
            NewPod(ordinal);
            await LaunchAsync(ordinal);
        }
    }

    /// <summary>Ends all by plan.</summary>
    public Task StopAsync() =>
        Task.WhenAll(stage.Owners.Select(s => s.StopAsync().WaitAsync(TimeSpan.FromSeconds(60))));

    /// <summary>Ends the owner by plan and starts another.</summary>
    public Task RestartAsync(int ordinal, bool newPod) =>
        InTurnAsync(
            ordinal,
            async () =>
            {
                await seats[ordinal].StopAsync();
                if (newPod)
                    NewPod(ordinal);
                await LaunchAsync(ordinal);
            }
        );

    /// <summary>Kills the owner's process and starts another: of the same pod, or of a new one after kubelet's word.</summary>
    public Task KillAsync(int ordinal, bool newPod) =>
        InTurnAsync(
            ordinal,
            async () =>
            {
                await seats[ordinal].KillAsync();
                if (newPod)
                {
                    cluster.Terminated[cluster.Pods[ordinal]] = true;
                    NewPod(ordinal);
                }
                await LaunchAsync(ordinal);
            }
        );

    /// <summary>Stops the owner's process for a while.</summary>
    public Task FreezeAsync(int ordinal, int ms) =>
        InTurnAsync(ordinal, () => FreezeAsync(seats[ordinal], ms));

    /// <summary>Stops the owner's process; meanwhile, and after it goes on, a new pod has its ordinal.</summary>
    public Task ForceAsync(int ordinal, int ms) =>
        InTurnAsync(
            ordinal,
            async () =>
            {
                if (Interlocked.Exchange(ref spare, null) is not { } free)
                    return;
                var frozen = FreezeAsync(seats[ordinal], ms);
                seats[ordinal] = free;
                NewPod(ordinal);
                await LaunchAsync(ordinal);
                await frozen;
            }
        );

    private static async Task FreezeAsync(IOwnerSeat seat, int ms)
    {
        if (seat.Pid is not { } pid)
            return;
        Native.Stop(pid);
        await Pause.ForAsync(ms);
        Native.Continue(pid);
    }

    private void NewPod(int ordinal) =>
        cluster.Pods[ordinal] = string.Create(
            CultureInfo.InvariantCulture,
            $"pod-{ordinal}.{generations[ordinal]}"
        );

    private Task LaunchAsync(int ordinal)
    {
        var generation = generations[ordinal]++;
        return seats[ordinal]
            .StartAsync(
                new(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{cluster.Pods[ordinal]}/{generation}"
                    ),
                    cluster.PoolUid,
                    ordinal,
                    cluster.Pods[ordinal],
                    stage.ForPod(stage.LeaseLinks[ordinal]),
                    stage.ForPod(stage.WorkLinks[ordinal]),
                    schedule.Rates[ordinal],
                    schedule.Seed + generation,
                    mutation
                ),
                referee.Take
            );
    }

    private async Task InTurnAsync(int ordinal, Func<Task> change)
    {
        await turns[ordinal].WaitAsync();
        try
        {
            await change();
        }
        finally
        {
            turns[ordinal].Release();
        }
    }
}
