using System.Diagnostics;

namespace WaOperator.Testing;

/// <summary>Waits for a state of the world instead of sleeping.</summary>
public static class Eventually
{
    /// <summary>Polls <paramref name="probe"/> until it returns a value that is not null.</summary>
    /// <param name="what">What is waited for, in words: it is the message of the failure.</param>
    /// <param name="timeout">How long to wait at most; defaults to 30 s.</param>
    /// <exception cref="TimeoutException">The state did not come; names <paramref name="what"/> and the last failure.</exception>
    public static async Task<T> Get<T>(
        string what,
        Func<Task<T?>> probe,
        TimeSpan? timeout = null,
        CancellationToken ct = default
    )
        where T : class
    {
        var limit = timeout ?? TimeSpan.FromSeconds(30);
        var start = Stopwatch.GetTimestamp();
        Exception? last = null;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        do
        {
            try
            {
                if (await probe() is { } found)
                    return found;
                last = null;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                last = e;
            }
        } while (Stopwatch.GetElapsedTime(start) < limit && await tick.WaitForNextTickAsync(ct));
        throw new TimeoutException($"waited {limit.TotalSeconds:0.#} s in vain for: {what}", last);
    }

    /// <summary>Polls <paramref name="probe"/> until it is true.</summary>
    /// <inheritdoc cref="Get{T}"/>
    public static Task True(
        string what,
        Func<Task<bool>> probe,
        TimeSpan? timeout = null,
        CancellationToken ct = default
    ) => Get(what, async () => await probe() ? "yes" : null, timeout, ct);

    /// <summary>Polls <paramref name="probe"/> until it is true.</summary>
    /// <inheritdoc cref="Get{T}"/>
    public static Task True(
        string what,
        Func<bool> probe,
        TimeSpan? timeout = null,
        CancellationToken ct = default
    ) => True(what, () => Task.FromResult(probe()), timeout, ct);
}
