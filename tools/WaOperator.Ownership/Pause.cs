namespace WaOperator.Ownership;

/// <summary>The times of a schedule: here the passing of time is what is tested, not a wait for something to have happened.</summary>
internal static class Pause
{
    /// <summary>Lets time pass; returns early, without an exception, when cancelled.</summary>
    public static async Task ForAsync(TimeSpan time, CancellationToken ct = default)
    {
        if (time < TimeSpan.FromMilliseconds(1) || ct.IsCancellationRequested)
            return;
        using var tick = new PeriodicTimer(time);
        try
        {
            await tick.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    /// <inheritdoc cref="ForAsync(TimeSpan, CancellationToken)"/>
    public static Task ForAsync(int milliseconds, CancellationToken ct = default) =>
        ForAsync(TimeSpan.FromMilliseconds(milliseconds), ct);
}
