using System.Collections.Concurrent;
using System.Globalization;
using WaOperator.Ownership.Schedules;
using WaOperator.Testing;

namespace WaOperator.Ownership.Campaigns;

/// <summary>
/// Many schedules side by side: in three lanes, of those that restart PostgreSQL on a server of their own, of those with owners that
/// are processes, and of all others. Each stage (a database, ways to it, seats of owners) performs one schedule after the other.
/// </summary>
internal sealed class Campaign(CampaignOptions options, Action<string> tell)
{
    private const int Tries = 3;

    // A stage holds up to four connections of its own, and three owners up to nine each.
    private const int ConnectionsPerStage = 32;

    private readonly ConcurrentBag<Outcome> _outcomes = [];
    private readonly ConcurrentDictionary<int, int> _broken = new();
    private readonly Lane _restarting = new("with database restarts");
    private readonly Lane _inProcesses = new("with processes");
    private readonly Lane _others = new("others");
    private readonly Progress _progress = new(TimeProvider.System);
    private int _unperformed;
    private volatile bool _enough;

    /// <summary>What became of each schedule.</summary>
    public IReadOnlyCollection<Outcome> Outcomes => _outcomes;

    /// <summary>Runs all.</summary>
    /// <returns>Whether all were performed and no invariant was broken.</returns>
    public async Task<bool> RunAsync()
    {
        foreach (
            var index in Enumerable
                .Range(0, options.Schedules)
                .Where(i => i >= options.From && (options.Only is not { } one || one == i))
                .SelectMany(i => Enumerable.Repeat(i, options.Repeat))
        )
            LaneOf(index).Add(index);
        using var pace = new Pace(options.Busy);
        await using (
            new Timer(
                _ => tell(_progress.Line([_restarting, _inProcesses, _others], Broken, pace.Late)),
                null,
                TimeSpan.FromSeconds(15),
                TimeSpan.FromSeconds(15)
            )
        )
        {
            await using var server = await PostgresServer.StartAsync(
                maxConnections: 20
                    + (
                        ConnectionsPerStage
                        * (
                            Math.Min(options.Parallel, _others.Total)
                            + Math.Min(options.ParallelProcesses, _inProcesses.Total)
                        )
                    )
            );
            await Task.WhenAll(
                RestartAllAsync(),
                ManyAsync(server, _inProcesses, options.ParallelProcesses, least: 1, pace),
                ManyAsync(server, _others, options.Parallel, Environment.ProcessorCount, pace)
            );
            tell(
                $"{_outcomes.Sum(o => o.Acts)} acts, {_outcomes.Sum(o => o.Claims)} claims, {_outcomes.Sum(o => o.Writes)} writes; {_progress.Summary(_outcomes.Count)}"
            );
        }
        if (_unperformed > 0)
            tell($"{_unperformed} schedules could not be performed");
        if (FirstLeft is { } first)
            tell($"those from {first} on were not all performed: --from {first} with this seed");
        tell(Verdict());
        return _unperformed == 0 && Broken == 0;
    }

    /// <summary>Begins no more schedules: those under way end, and the verdict is of what was performed.</summary>
    public void Stop()
    {
        tell("asked to stop: what is under way is brought to its end");
        _enough = true;
    }

    /// <summary>The last line.</summary>
    public string Verdict() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"ownership: {_outcomes.Count} schedules ({_inProcesses.Done} with processes, {_restarting.Done} with database restarts), {_outcomes.Sum(o => o.Overlaps.Count)} overlaps, {_outcomes.Sum(o => o.Stale)} stale writes, {_outcomes.Sum(o => o.Untrue)} untrue answers, {_outcomes.Sum(o => o.Orphans.Count)} orphans, seed {options.Seed}"
        );

    /// <summary>The first schedule that was not begun; null: all were.</summary>
    private int? FirstLeft => new[] { _restarting.First, _inProcesses.First, _others.First }.Min();

    private int Broken => _outcomes.Count(o => !o.IsGood);

    private Lane LaneOf(int index) =>
        index < options.Restarts ? _restarting
        : index < options.Restarts + options.Processes ? _inProcesses
        : _others;

    /// <summary>Performs a lane on up to so many stages, on the first few of them even while the machine is late.</summary>
    private Task ManyAsync(PostgresServer server, Lane lane, int parallel, int least, Pace pace)
    {
        return Task.WhenAll(
            Enumerable
                .Range(0, Math.Min(parallel, lane.Total))
                .Select(worker => Task.Run(() => WorkAsync(worker)))
        );

        async Task WorkAsync(int worker)
        {
            // One after the other: making a stage is work, and the pace is to be felt before the next.
            await Pause.ForAsync(worker * 100);
            while (!_enough && !lane.IsEmpty)
            {
                await RoomAsync(worker);
                await OnOneStageAsync(server, lane, () => RoomAsync(worker));
            }
        }

        Task RoomAsync(int worker) =>
            worker < least ? Task.CompletedTask : pace.RoomAsync(worker, () => _enough);
    }

    /// <summary>Performs what is left on one stage, until all is done or the stage broke.</summary>
    private async Task OnOneStageAsync(PostgresServer server, Lane lane, Func<Task> room)
    {
        var stage = await Stage.CreateAsync(server, lane == _inProcesses, options.Mutation);
        while (!_enough && lane.TryTake(out var index))
        {
            if (!await TryPerformAsync(stage, lane, index))
                break;
            await room();
        }
        await LeaveAsync(stage);
    }

    /// <summary>
    /// False: the stage broke, and its schedule is to be performed on another; what breaks there is the scenery on an overloaded
    /// machine. A schedule that breaks several stages is one that cannot be performed.
    /// </summary>
    private async Task<bool> TryPerformAsync(
        Stage stage,
        Lane lane,
        int index,
        Restart? restart = null
    )
    {
        try
        {
            var schedule = Schedule.Of(options.Seed, index, lane == _inProcesses);
            Judge(await Performance.RunAsync(stage, schedule, options.Mutation, restart));
            lane.Finished();
            return true;
        }
        catch (Exception e) when (_broken.AddOrUpdate(index, 1, (_, n) => n + 1) < Tries)
        {
            tell($"schedule {index} could not be performed and is tried again: {e.Message}");
            lane.PutBack(index);
            return false;
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _unperformed);
            tell($"schedule {index} could not be performed: {e}");
            return false;
        }
    }

    /// <summary>What is wrong with a stage that broke was told; its end must not be the campaign's.</summary>
    private async Task LeaveAsync(Stage stage)
    {
        try
        {
            await stage.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (Exception e)
        {
            tell($"a stage could not be ended and stays: {e.Message}");
        }
    }

    /// <summary>One restart befalls a handful of schedules at a time.</summary>
    private async Task RestartAllAsync()
    {
        if (_restarting.Total == 0)
            return;
        await using var server = await PostgresServer.StartAsync(
            maxConnections: 20 + (ConnectionsPerStage * options.ParallelRestarts)
        );
        var stages = new Stack<Stage>();
        while (!_enough && !_restarting.IsEmpty)
        {
            var group = new List<(int Index, Stage Stage)>();
            while (group.Count < options.ParallelRestarts && _restarting.TryTake(out var index))
                group.Add(
                    (
                        index,
                        stages.TryPop(out var used)
                            ? used
                            : await Stage.CreateAsync(server, processes: false, options.Mutation)
                    )
                );
            var restart = new Restart(
                server,
                group.Count,
                new(unchecked(options.Seed + group[0].Index))
            );
            var well = await Task.WhenAll(
                group.Select(g => TryPerformAsync(g.Stage, _restarting, g.Index, restart))
            );
            foreach (var ((_, stage), isWell) in group.Zip(well))
                if (isWell)
                    stages.Push(stage);
                else
                    await LeaveAsync(stage);
        }
        foreach (var stage in stages)
            await LeaveAsync(stage);
    }

    private void Judge(Outcome outcome)
    {
        _outcomes.Add(outcome);
        if (outcome.IsGood)
            return;
        _enough |= options.StopAtFirst;
        tell($"BROKEN by {outcome.Schedule}");
        foreach (var overlap in outcome.Overlaps)
            tell($"  overlap: {overlap}");
        if (outcome.Stale > 0)
            tell($"  stale writes committed: {outcome.Stale}");
        if (outcome.Untrue > 0)
            tell($"  writes that happened twice, or not although told: {outcome.Untrue}");
        foreach (var orphan in outcome.Orphans)
            tell($"  orphan: {orphan}");
    }
}
