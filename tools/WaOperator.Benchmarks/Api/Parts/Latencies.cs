using System.Diagnostics;

namespace WaOperator.Benchmarks.Api.Parts;

/// <summary>How long calls took, in milliseconds. Safe for several callers.</summary>
internal sealed class Latencies
{
    private readonly List<double> _all = [];

    /// <summary>Half took no longer.</summary>
    public double Median => Of(0.5);

    /// <summary>Of a hundred calls 99 took no longer.</summary>
    public double P99 => Of(0.99);

    /// <summary>Times a call from now.</summary>
    public Task TimeAsync(Func<Task> call) => TimeAsync(Stopwatch.GetTimestamp(), call);

    /// <summary>Times a call from the moment at which it was to begin.</summary>
    public async Task TimeAsync(long from, Func<Task> call)
    {
        await call();
        Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
    }

    /// <summary>Adds what was timed elsewhere, in milliseconds.</summary>
    public void Add(double took)
    {
        lock (_all)
            _all.Add(took);
    }

    private double Of(double part)
    {
        lock (_all)
        {
            var sorted = _all.Order().ToList();
            return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];
        }
    }
}
