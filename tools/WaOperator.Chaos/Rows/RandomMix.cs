using System.Diagnostics;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Rows;

/// <summary>One or two faults at a time, chosen at random with their places, times and the order of their ends.</summary>
internal sealed class RandomMix(int round) : Row
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan LongestLag = TimeSpan.FromSeconds(15);
    private string _what = "";

    public override string Name =>
        _what.Length == 0 ? $"random-{round}" : $"random-{round}: {_what}";

    public override string Aim => "all come back";

    /// <summary>Faults of one mix begin at different times: each session counts from its own loss.</summary>
    public override bool Planned => true;

    /// <summary>Continues until the time is over.</summary>
    public static async Task RunAsync(
        Scene scene,
        TimeSpan length,
        List<Result> results,
        CancellationToken ct
    )
    {
        var start = Stopwatch.GetTimestamp();
        for (var round = 1; Stopwatch.GetElapsedTime(start) < length; round++)
            results.Add(await RowRunner.RunAsync(scene, new RandomMix(round), 1, ct));
    }

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var faults = Choose(scene.Random);
        var (lag, hold) = (Part(LongestLag), Part(LongestHold));
        _what = string.Join(" + ", faults.Select(f => f.What));
        Scene.Say($"{_what}, {lag.TotalSeconds:0} s apart, held for {hold.TotalSeconds:0} s");
        foreach (var fault in faults)
            await fault.PrepareAsync(scene);
        var stamp = await InjectAsync(scene, trial, faults[0]);
        if (faults.Count > 1)
        {
            await Task.Delay(lag);
            await InjectAsync(scene, faults[1]);
        }
        await Task.Delay(hold);
        foreach (var fault in Shuffled(faults))
            await HealAsync(scene, fault);
        await Calm.WaitAsync(scene, TimeSpan.FromMinutes(5));
        Scene.Say($"calm again; the first fault was at {stamp:HH:mm:ss}");

        TimeSpan Part(TimeSpan most) => most * scene.Random.NextDouble();
        IEnumerable<Fault> Shuffled(IReadOnlyList<Fault> all) =>
            scene.Random.Next(2) == 0 ? all : all.Reverse();
    }

    /// <summary>
    /// One of a kind at most: two of the same kind would stand in each other's way, as a kill on a node without power.
    /// </summary>
    private static List<Fault> Choose(Random random)
    {
        Func<Fault>[][] kinds =
        [
            [
                () => new Kill(random.Next(Names.Shards)),
                () => new PowerCut(random.Next(Names.Second, Names.Third + 1)),
                () => new CutOff(random.Next(Names.Second, Names.Third + 1)),
            ],
            [Absence.Operator, Absence.Database, Absence.Redis, () => new LeaderGone()],
            [
                () => new DrainShard(random.Next(Names.Shards)),
                () => new NewTemplate(),
                () => new BadImage(),
                () => new Resize(random.Next(2) == 0 ? 6 : 3),
            ],
        ];
        random.Shuffle(kinds);
        return [.. kinds.Take(random.Next(1, 3)).Select(kind => kind[random.Next(kind.Length)]())];
    }
}
