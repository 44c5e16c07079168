namespace WaOperator.Ownership.Schedules;

/// <summary>All that befalls one fleet, by its seed alone.</summary>
/// <param name="Index">Number in its campaign.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Owners">Shards.</param>
/// <param name="Sessions">Sessions.</param>
/// <param name="Length">Milliseconds until all is well again.</param>
/// <param name="Rates">How fast each owner's clock runs, and the operator's as the last.</param>
/// <param name="Faults">By their times.</param>
internal sealed record Schedule(
    int Index,
    int Seed,
    int Owners,
    int Sessions,
    int Length,
    IReadOnlyList<double> Rates,
    IReadOnlyList<Fault> Faults
)
{
    /// <summary>Makes the schedule of a seed.</summary>
    /// <param name="campaign">Seed of the campaign.</param>
    /// <param name="index">Number in it.</param>
    /// <param name="processes">Whether owners can be stopped and killed.</param>
    public static Schedule Of(int campaign, int index, bool processes)
    {
        var seed = unchecked((campaign * 1_000_003) + index);
        var random = new Random(seed);
        var owners = random.Next(2, 4);
        var sessions = random.Next(2, 5);
        var length = random.Next(1000, 1800);
        var faults = new List<Fault>();
        if (random.Next(5) < 3)
            faults.AddRange(Plots.Any(random, owners, sessions, processes));
        for (var i = random.Next(1, 6); i > 0; i--)
            faults.Add(Plots.Single(random, owners, sessions, random.Next(length), processes));
        var rates = Enumerable
            .Range(0, owners + 1)
            .Select(_ => 0.93 + (random.NextDouble() * 0.14))
            .ToArray();
        return new(
            index,
            seed,
            owners,
            sessions,
            Math.Max(length, faults.Max(f => f.At) + 300),
            rates,
            [.. faults.OrderBy(f => f.At)]
        );
    }

    /// <summary>For people.</summary>
    public override string ToString() =>
        $"schedule {Index} (seed {Seed}): {Owners} owners, {Sessions} sessions, {Length} ms: {string.Join(", ", Faults.Select(f => $"{f.At} {f.Kind} of {f.Target} for {f.For} ({f.Amount})"))}";
}
