namespace WaOperator.Fuzz;

/// <summary>What one thread saw of one parser.</summary>
internal sealed class Tally
{
    public long Inputs { get; set; }

    public long Refused { get; set; }

    public TimeSpan Slowest { get; private set; }

    public long MostAllocated { get; private set; }

    /// <summary>The worst share of what an input was allowed to allocate.</summary>
    public double WorstShare { get; private set; }

    public List<string> Failures { get; } = [];

    public void Note(TimeSpan time, long allocated, long allowed)
    {
        if (time > Slowest)
            Slowest = time;
        MostAllocated = Math.Max(MostAllocated, allocated);
        WorstShare = Math.Max(WorstShare, (double)allocated / allowed);
    }

    public static Tally Sum(IReadOnlyList<Tally> parts)
    {
        var sum = new Tally();
        foreach (var part in parts)
        {
            sum.Inputs += part.Inputs;
            sum.Refused += part.Refused;
            sum.Slowest = part.Slowest > sum.Slowest ? part.Slowest : sum.Slowest;
            sum.MostAllocated = Math.Max(sum.MostAllocated, part.MostAllocated);
            sum.WorstShare = Math.Max(sum.WorstShare, part.WorstShare);
            sum.Failures.AddRange(part.Failures);
        }
        return sum;
    }
}
