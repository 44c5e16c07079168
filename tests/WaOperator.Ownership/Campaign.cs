using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using WaOperator.Ownership.Schedules;
using WaOperator.Testing;

namespace WaOperator.Ownership;

/// <summary>How many schedules of which kind.</summary>
internal sealed record CampaignOptions
{
    /// <summary>All together, 1 or more. Default 10,000.</summary>
    public int Schedules { get; init; } = 10_000;

    /// <summary>Of them with owners that are processes. Default a tenth.</summary>
    public int Processes
    {
        get => field < 0 ? Schedules / 10 : field;
        init;
    } = -1;

    /// <summary>Of them with a restart of PostgreSQL. Default a hundredth.</summary>
    public int Restarts
    {
        get => field < 0 ? Schedules / 100 : field;
        init;
    } = -1;

    /// <summary>From which all follows but the timing of the machine. Default: of the day.</summary>
    public int Seed { get; init; } = Environment.TickCount & 0xFFFFFF;

    /// <summary>Schedules at a time in this process. Default 6 for each core.</summary>
    public int Parallel { get; init; } = 6 * Environment.ProcessorCount;

    /// <summary>Schedules at a time with owners that are processes. Default 1 for each core.</summary>
    public int ParallelProcesses { get; init; } = Environment.ProcessorCount;

    /// <summary>The rule that is broken.</summary>
    public Mutation Mutation { get; init; }

    /// <summary>Run only this one of them.</summary>
    public int? Only { get; init; }

    /// <summary>End with the first schedule that broke an invariant.</summary>
    public bool StopAtFirst { get; init; }
}

/// <summary>Many schedules on one PostgreSQL, and those that restart it on another.</summary>
internal sealed class Campaign(CampaignOptions options, Action<string> tell)
{
    private readonly ConcurrentBag<Outcome> outcomes = [];
    private readonly ConcurrentDictionary<int, int> broken = new();
    private readonly long begin = Stopwatch.GetTimestamp();
    private int processes;
    private int restarts;
    private volatile bool enough;

    /// <summary>What became of each schedule.</summary>
    public IReadOnlyCollection<Outcome> Outcomes => outcomes;

    /// <summary>Runs all.</summary>
    /// <returns>Whether no invariant was broken.</returns>
    public async Task<bool> RunAsync()
    {
        using var progress = new Timer(
            _ => tell(Progress()),
            null,
            TimeSpan.FromSeconds(15),
            TimeSpan.FromSeconds(15)
        );
        var all = Enumerable
            .Range(0, options.Schedules)
            .Where(i => options.Only is not { } one || one == i);
        var restarting = all.Where(i => i < options.Restarts).ToArray();
        var inProcesses = all.Where(i =>
                i >= options.Restarts && i < options.Restarts + options.Processes
            )
            .ToArray();
        var rest = all.Where(i => i >= options.Restarts + options.Processes).ToArray();
        if (restarting.Length > 0)
            await RestartingAsync(restarting);
        if (inProcesses.Length + rest.Length > 0)
        {
            await using var server = await PostgresServer.StartAsync(maxConnections: 1000);
            await Task.WhenAll(
                ManyAsync(server, inProcesses, options.ParallelProcesses, processes: true),
                ManyAsync(server, rest, options.Parallel, processes: false)
            );
        }
        tell(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{outcomes.Sum(o => o.Acts)} acts, {outcomes.Sum(o => o.Claims)} claims, {outcomes.Sum(o => o.Writes)} writes in {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s"
            )
        );
        tell(Verdict());
        return outcomes.All(o => o.IsGood);
    }

    /// <summary>The last line.</summary>
    public string Verdict() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"ownership: {outcomes.Count} schedules ({processes} with processes, {restarts} with database restarts), {outcomes.Sum(o => o.Overlaps.Count)} overlaps, {outcomes.Sum(o => o.Stale)} stale writes, {outcomes.Sum(o => o.Orphans.Count)} orphans, seed {options.Seed}"
        );

    private string Progress() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{outcomes.Count}/{options.Schedules} schedules after {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s, {outcomes.Count(o => !o.IsGood)} broke an invariant"
        );

    private async Task ManyAsync(PostgresServer server, int[] indices, int parallel, bool processes)
    {
        if (indices.Length == 0)
            return;
        var left = new ConcurrentQueue<int>(indices);
        await Task.WhenAll(
            Enumerable.Range(0, Math.Min(parallel, indices.Length)).Select(_ => Task.Run(WorkAsync))
        );

        async Task WorkAsync()
        {
            while (!enough && !left.IsEmpty)
                await PerformAsync(server, left, processes);
        }
    }

    /// <summary>Performs what is left on one stage, until all is done or the stage broke.</summary>
    private async Task PerformAsync(
        PostgresServer server,
        ConcurrentQueue<int> left,
        bool processes
    )
    {
        await using var stage = await Stage.CreateAsync(server, processes, options.Mutation);
        while (!enough && left.TryDequeue(out var index))
        {
            if (!await TryPerformAsync(stage, index, processes))
            {
                left.Enqueue(index);
                return;
            }
            if (processes)
                Interlocked.Increment(ref this.processes);
        }
    }

    /// <summary>
    /// False: the stage broke, and its schedule is to be performed on another; what breaks there is the scenery on an overloaded
    /// machine. A schedule that breaks three stages breaks the campaign.
    /// </summary>
    private async Task<bool> TryPerformAsync(
        Stage stage,
        int index,
        bool processes,
        Func<Task>? alongside = null
    )
    {
        try
        {
            Judge(
                await Performance.RunAsync(
                    stage,
                    Schedule.Of(options.Seed, index, processes),
                    options.Mutation,
                    alongside
                )
            );
            return true;
        }
        catch (Exception e) when (broken.AddOrUpdate(index, 1, (_, n) => n + 1) < 3)
        {
            tell($"schedule {index} could not be performed and is tried again: {e.Message}");
            return false;
        }
    }

    /// <summary>One restart befalls a handful of schedules at a time.</summary>
    private async Task RestartingAsync(int[] indices)
    {
        await using var server = await PostgresServer.StartAsync(maxConnections: 1000);
        var left = new Queue<int>(indices);
        while (left.Count > 0 && !enough)
        {
            var group = new List<(int Index, Stage Stage)>();
            while (left.Count > 0 && group.Count < options.Parallel)
                group.Add(
                    (
                        left.Dequeue(),
                        await Stage.CreateAsync(server, processes: false, options.Mutation)
                    )
                );
            var restart = new Lazy<Task>(() =>
                RestartAsync(server, new(options.Seed + group[0].Index))
            );
            var done = await Task.WhenAll(
                group.Select(async g =>
                    (
                        g.Index,
                        Well: await TryPerformAsync(
                            g.Stage,
                            g.Index,
                            processes: false,
                            async () =>
                            {
                                await restart.Value;
                                g.Stage.Admin.Clear();
                            }
                        )
                    )
                )
            );
            restarts += done.Count(d => d.Well);
            foreach (var (index, _) in done.Where(d => !d.Well))
                left.Enqueue(index);
            foreach (var (_, stage) in group)
                await stage.DisposeAsync();
        }
    }

    private static async Task RestartAsync(PostgresServer server, Random random)
    {
        await Pause.ForAsync(random.Next(200, 800));
        await server.StopAsync();
        await Pause.ForAsync(random.Next(0, 600));
        await server.StartAgainAsync();
    }

    private void Judge(Outcome outcome)
    {
        outcomes.Add(outcome);
        if (outcome.IsGood)
            return;
        enough |= options.StopAtFirst;
        tell($"BROKEN by {outcome.Schedule}");
        foreach (var overlap in outcome.Overlaps)
            tell($"  overlap: {overlap}");
        if (outcome.Stale > 0)
            tell($"  stale writes committed: {outcome.Stale}");
        foreach (var orphan in outcome.Orphans)
            tell($"  orphan: {orphan}");
    }
}
