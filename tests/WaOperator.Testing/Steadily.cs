using System.Diagnostics;

namespace WaOperator.Testing;

/// <summary>Watches that something stays as it is for a while: the counterpart of <see cref="Eventually"/>.</summary>
public static class Steadily
{
    /// <summary>Asks <paramref name="probe"/> for what is wrong, again and again; null is well.</summary>
    /// <param name="what">What must hold, in words.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="probe">Returns what is wrong, or null.</param>
    /// <exception cref="InvalidOperationException">It did not hold.</exception>
    public static async Task Holds(string what, TimeSpan duration, Func<Task<string?>> probe)
    {
        var start = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do
        {
            if (await probe() is { } wrong)
                throw new InvalidOperationException(
                    $"after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.#} s of {duration.TotalSeconds:0} s it no longer held that {what}: {wrong}"
                );
        } while (Stopwatch.GetElapsedTime(start) < duration && await tick.WaitForNextTickAsync());
    }
}
