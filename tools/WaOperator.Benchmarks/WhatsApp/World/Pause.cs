namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>Time that is part of a measurement: until things are at rest.</summary>
internal static class Pause
{
    public static async Task ForAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync();
    }
}
