using System.Globalization;
using WaOperator.Benchmarks.Reporting;

namespace WaOperator.Benchmarks.Placement;

/// <summary>Placement at full size, beside two known methods in the same run.</summary>
internal static class PlacementBench
{
    public static int Run(string[] args)
    {
        var options = new Arguments(
            args,
            "--sessions",
            "--shards",
            "--events",
            "--seed",
            "--picture"
        );
        var (sessions, shards) = (
            options.Number("--sessions", 100_000),
            options.Number("--shards", 500)
        );
        var (events, seed) = (options.Number("--events", 10_000), options.Number("--seed", 1));
        var trial = new Trial(sessions, shards, events, seed);
        Console.WriteLine(
            Text(
                $"{sessions:N0} sessions on {shards:N0} shards, {events:N0} creations and deletions in batches of {Trial.Batch}, seed {seed}"
            )
        );
        Console.WriteLine(Machine.Describe());
        Console.WriteLine();
        foreach (var method in Methods())
            new Trial(2000, 20, 200, seed).Run(method); // compiles what is measured
        var outcomes = Methods().Select(trial.Run).ToList();
        Console.WriteLine(Compare(outcomes));
        if (options.Text("--picture") is { } path)
        {
            File.WriteAllText(path, Picture.Draw(outcomes, sessions, shards, events));
            Console.WriteLine($"picture: {path}");
            Console.WriteLine();
        }
        Judge(outcomes[0]);
        return 0;
    }

    private static Method[] Methods() =>
        [new PersistedPlacement(), new BoundedLoadHashing(), new PlainRendezvous()];

    private static Table Compare(List<Outcome> outcomes)
    {
        var table = new Table(["", .. outcomes.Select(o => o.Name)]);
        Add("all placed from empty: time", o => Text($"{o.FillTime.TotalSeconds:0.00} s"));
        Add("- peak / average", o => Text($"{o.FillPeak:0.000}"));
        Add("one shard lost: time", o => Text($"{o.LossTime.TotalMilliseconds:0} ms"));
        Add("- moves / its sessions", o => Text($"{o.LossMoves:0.00}"));
        Add("- moves of other shards' sessions", o => Text($"{o.LossUnrelated:N0}"));
        Add("one shard added: time", o => Text($"{o.AdditionTime.TotalMilliseconds:0} ms"));
        Add("- moves at once / average of a shard", o => Text($"{o.AdditionMoves:0.00}"));
        Add("- of them not to the new shard", o => Text($"{o.AdditionUnrelated:N0}"));
        Add(
            "- paced moves of the rebalance / average",
            o => o.RebalanceMoves is { } moves ? Text($"{moves:0.00}") : "-"
        );
        Add(
            "created, deleted: time of a batch",
            o => Text($"{o.ChurnTime.TotalMilliseconds:0} ms")
        );
        Add("- moves of other sessions", o => Text($"{o.ChurnUnrelated:N0}"));
        Add("- worst peak / average", o => Text($"{o.WorstPeak:0.000}"));
        return table;

        void Add(string what, Func<Outcome, string> value) =>
            table.Add([what, .. outcomes.Select(value)]);
    }

    private static void Judge(Outcome ours)
    {
        var aims = new Aims("placement");
        aims.Add(
            "all placed from empty within 1 s",
            ours.FillTime <= TimeSpan.FromSeconds(1),
            Text($"{ours.FillTime.TotalSeconds:0.00} s")
        );
        aims.Add(
            "filled from empty, peak at most 1.10 of the average",
            ours.FillPeak <= 1.1001,
            Text($"{ours.FillPeak:0.000}")
        );
        aims.Add(
            "a lost shard moves 1.00 x its sessions",
            ours.LossMoves is > 0.9999 and < 1.0001,
            Text($"{ours.LossMoves:0.00} x")
        );
        aims.Add("no unrelated move", ours.Unrelated == 0, Text($"{ours.Unrelated:N0} moves"));
        aims.Add(
            "never above 1.20 of the average",
            ours.WorstPeak <= 1.2,
            Text($"{ours.WorstPeak:0.000}")
        );
        aims.Close();
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
