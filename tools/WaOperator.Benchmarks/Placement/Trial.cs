using System.Diagnostics;

namespace WaOperator.Benchmarks.Placement;

/// <summary>What one method did.</summary>
/// <param name="Name">Which.</param>
internal sealed record Outcome(string Name)
{
    public TimeSpan FillTime { get; init; }
    public double FillPeak { get; init; }
    public TimeSpan LossTime { get; init; }

    /// <summary>Sessions that moved, in units of those that were on the lost shard.</summary>
    public double LossMoves { get; init; }
    public int LossUnrelated { get; init; }
    public TimeSpan AdditionTime { get; init; }

    /// <summary>Sessions that moved at once, in units of the average of a shard.</summary>
    public double AdditionMoves { get; init; }
    public int AdditionUnrelated { get; init; }

    /// <summary>Sessions that a rebalance moved afterwards, in the same unit; null where there is none.</summary>
    public double? RebalanceMoves { get; init; }
    public double AdditionPeak { get; init; }
    public TimeSpan ChurnTime { get; init; }
    public int ChurnUnrelated { get; init; }
    public double WorstPeak { get; init; }

    public int Unrelated => LossUnrelated + AdditionUnrelated + ChurnUnrelated;
}

/// <summary>The same history for each method.</summary>
internal sealed class Trial(int sessions, int shards, int events, int seed)
{
    /// <summary>Events that come together before the next decision, as they do to an operator that is busy.</summary>
    public const int Batch = 100;

    public Outcome Run(Method method)
    {
        var random = new Random(seed);
        var living = Enumerable.Range(0, shards).ToList();
        var all = new List<long>(sessions);
        for (var i = 0; i < sessions; i++)
            all.Add(random.NextInt64());

        var fill = Timed(() => method.Update(all, living));
        var result = new Outcome(method.Name) { FillTime = fill, FillPeak = Peak(method, living) };

        var lost = living[shards / 3];
        var before = method.Places;
        var own = before.Values.Count(s => s == lost);
        living.Remove(lost);
        var time = Timed(() => method.Update(all, living));
        var moved = Moved(before, method.Places);
        result = result with
        {
            LossTime = time,
            LossMoves = (double)moved.Count / own,
            LossUnrelated = moved.Count(s => before[s] != lost),
        };

        before = method.Places;
        living.Add(shards);
        time = Timed(() => method.Update(all, living));
        moved = Moved(before, method.Places);
        var average = (double)sessions / living.Count;
        result = result with
        {
            AdditionTime = time,
            AdditionMoves = moved.Count / average,
            AdditionUnrelated = moved.Count(s => method.Places[s] != shards),
            RebalanceMoves = method is PersistedPlacement ours
                ? ours.Rebalance(all, living) / average
                : null,
        };
        return Churn(
            method,
            all,
            living,
            random,
            result with
            {
                AdditionPeak = Peak(method, living),
            }
        );
    }

    /// <summary>Half of the events create a session, half delete one.</summary>
    private Outcome Churn(
        Method method,
        List<long> all,
        List<int> living,
        Random random,
        Outcome result
    )
    {
        var (time, unrelated, worst) = (
            TimeSpan.Zero,
            0,
            Math.Max(result.FillPeak, result.AdditionPeak)
        );
        for (var done = 0; done < events; done += Batch)
        {
            for (var i = 0; i < Batch / 2; i++)
            {
                var gone = random.Next(all.Count);
                all[gone] = all[^1];
                all[^1] = random.NextInt64();
            }
            var before = method.Places;
            time += Timed(() => method.Update(all, living));
            unrelated += Moved(before, method.Places).Count;
            worst = Math.Max(worst, Peak(method, living));
        }
        return result with
        {
            ChurnTime = time / Math.Max(1, events / Batch),
            ChurnUnrelated = unrelated,
            WorstPeak = worst,
        };
    }

    /// <summary>Sessions that were somewhere before and are elsewhere now.</summary>
    private static List<long> Moved(Dictionary<long, int> before, Dictionary<long, int> now) =>
        [
            .. now.Where(p => before.TryGetValue(p.Key, out var at) && at != p.Value)
                .Select(p => p.Key),
        ];

    private static double Peak(Method method, List<int> living) =>
        method.Places.Values.CountBy(s => s).Max(c => c.Value)
        / ((double)method.Places.Count / living.Count);

    private static TimeSpan Timed(Action act)
    {
        var start = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(start);
    }
}
