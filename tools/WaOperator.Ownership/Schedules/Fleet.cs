using System.Data.Common;
using System.Globalization;
using WaOperator.Ownership.Judging;
using WaOperator.Ownership.Owners;
using WaOperator.Testing;

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
    private readonly SemaphoreSlim[] _turns =
    [
        .. Enumerable.Range(0, schedule.Owners).Select(_ => new SemaphoreSlim(1, 1)),
    ];
    private readonly IOwnerSeat[] _seats = [.. stage.Owners.Take(schedule.Owners)];
    private readonly int[] _generations = new int[schedule.Owners];
    private readonly int[] _ways = [.. Enumerable.Range(0, schedule.Owners)];
    private IOwnerSeat? _spare = stage.Owners[^1];

    /// <summary>The ways of one that is dead: they carry nothing until the schedule has been judged.</summary>
    public IReadOnlyCollection<TcpProxy> Dead { get; private set; } = [];

    /// <summary>The way of the ordinal's present owner for its lease.</summary>
    public TcpProxy LeaseLink(int ordinal) => stage.LeaseLinks[Volatile.Read(ref _ways[ordinal])];

    /// <summary>Its way for all else.</summary>
    public TcpProxy WorkLink(int ordinal) => stage.WorkLinks[Volatile.Read(ref _ways[ordinal])];

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
                await _seats[ordinal].StopAsync();
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
                await _seats[ordinal].KillAsync();
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
        InTurnAsync(ordinal, () => FreezeAsync(_seats[ordinal], ms));

    /// <summary>Stops the owner's process; meanwhile, and after it continues, a new pod has its ordinal.</summary>
    public Task ForceAsync(int ordinal, int ms) =>
        InTurnAsync(
            ordinal,
            async () =>
            {
                if (Interlocked.Exchange(ref _spare, null) is not { } free)
                    return;
                var frozen = FreezeAsync(_seats[ordinal], ms);
                _seats[ordinal] = free;
                NewPod(ordinal);
                await LaunchAsync(ordinal);
                await frozen;
            }
        );

    /// <summary>
    /// The pool is made again: each ordinal gets a new pod of the new pool. The old one of <paramref name="behind"/> stays for a while,
    /// cut off or not.
    /// </summary>
    /// <param name="behind">Who stays.</param>
    /// <param name="ms">For how long.</param>
    /// <param name="cut">Nothing comes through to it meanwhile.</param>
    /// <param name="dead">It is cut off and never comes back.</param>
    /// <param name="next">The new pool.</param>
    /// <param name="replace">It follows the old one from now on.</param>
    public async Task ReplacePoolAsync(
        int behind,
        int ms,
        bool cut,
        bool dead,
        string next,
        Action replace
    )
    {
        if (Interlocked.Exchange(ref _spare, null) is not { } free)
            return;
        foreach (var turn in _turns)
            await turn.WaitAsync();
        var left = _seats[behind];
        TcpProxy[] links = [LeaseLink(behind), WorkLink(behind)];
        TimeSpan begun;
        try
        {
            // The one that comes instead has its lease by the time of the change: what is quick to take over shows most.
            _seats[behind] = free;
            Volatile.Write(ref _ways[behind], Stage.Seats);
            var pod = NextPod(behind);
            await LaunchAsync(behind, next, pod);
            await Pause.ForAsync(250);
            begun = Referee.Now;
            if (cut || dead)
                foreach (var link in links)
                    link.FallSilent();
            if (dead)
                Dead = links;
            cluster.Pods[behind] = pod;
            replace();
            await Task.WhenAll(
                Enumerable.Range(0, schedule.Owners).Where(o => o != behind).Select(SucceedAsync)
            );
        }
        finally
        {
            foreach (var turn in _turns)
                turn.Release();
        }
        if (dead)
            return;
        await Pause.ForAsync(begun + TimeSpan.FromMilliseconds(ms) - Referee.Now);
        foreach (var link in links)
            link.Heal();
        await left.StopAsync();
    }

    private async Task SucceedAsync(int ordinal)
    {
        await _seats[ordinal].StopAsync();
        NewPod(ordinal);
        await LaunchAsync(ordinal);
    }

    private static async Task FreezeAsync(IOwnerSeat seat, int ms)
    {
        if (seat.Pid is not { } pid)
            return;
        Native.Stop(pid);
        await Pause.ForAsync(ms);
        Native.Continue(pid);
    }

    private string NextPod(int ordinal) =>
        string.Create(CultureInfo.InvariantCulture, $"pod-{ordinal}.{_generations[ordinal]}");

    private void NewPod(int ordinal) => cluster.Pods[ordinal] = NextPod(ordinal);

    private Task LaunchAsync(int ordinal) =>
        LaunchAsync(ordinal, cluster.Pool, cluster.Pods[ordinal]);

    private async Task LaunchAsync(int ordinal, string pool, string pod)
    {
        var generation = _generations[ordinal]++;
        await RegisterAsync(ordinal, pool, pod);
        await _seats[ordinal]
            .StartAsync(
                new(
                    string.Create(CultureInfo.InvariantCulture, $"{pod}/{generation}"),
                    pool,
                    ordinal,
                    pod,
                    stage.ForPod(LeaseLink(ordinal)),
                    stage.ForPod(WorkLink(ordinal)),
                    schedule.Rates[ordinal],
                    schedule.Seed + generation,
                    mutation
                ),
                referee.Take
            );
    }

    /// <summary>The operator sees the pod; tries again while PostgreSQL is away.</summary>
    private async Task RegisterAsync(int ordinal, string pool, string pod)
    {
        while (true)
            try
            {
                await Ledger.RunAsync(
                    stage.Admin,
                    $"insert into wa.shard_pod select uid, {ordinal}, '{pod}' from wa.pool where uid = '{pool}' on conflict do nothing"
                );
                return;
            }
            catch (DbException)
            {
                await Pause.ForAsync(50);
            }
    }

    private async Task InTurnAsync(int ordinal, Func<Task> change)
    {
        await _turns[ordinal].WaitAsync();
        try
        {
            await change();
        }
        finally
        {
            _turns[ordinal].Release();
        }
    }
}
