namespace WaOperator.Ownership.Campaigns;

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

    /// <summary>
    /// Most schedules at a time in this process, 1 or more; fewer while the machine is late (<see cref="Pace"/>). A schedule mostly
    /// waits. Default 16 for each core.
    /// </summary>
    public int Parallel { get; init; } = 16 * Environment.ProcessorCount;

    /// <summary>Most schedules at a time with owners that are processes, four of them each. Default 3 for each core.</summary>
    public int ParallelProcesses { get; init; } = 3 * Environment.ProcessorCount;

    /// <summary>
    /// No schedule begins while more threads than these want to run on the whole machine; more where some of them are of a lower
    /// scheduling class and only take what is left. Default 3 for each core.
    /// </summary>
    public int Busy { get; init; } = 3 * Environment.ProcessorCount;

    /// <summary>Schedules that one restart of PostgreSQL befalls. Default 5 for each core.</summary>
    public int ParallelRestarts { get; init; } = 5 * Environment.ProcessorCount;

    /// <summary>The rule that is broken.</summary>
    public Mutation Mutation { get; init; }

    /// <summary>Run only this one of them.</summary>
    public int? Only { get; init; }

    /// <summary>Run none before this one, of which a run that was stopped has performed all; 0 or more. Default 0.</summary>
    public int From { get; init; }

    /// <summary>How often each is performed; on a machine no two performances of one schedule are the same. Default 1.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>End with the first schedule that broke an invariant.</summary>
    public bool StopAtFirst { get; init; }
}
