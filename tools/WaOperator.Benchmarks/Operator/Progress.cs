using System.Diagnostics;
using System.Globalization;

namespace WaOperator.Benchmarks.Operator;

/// <summary>Waits for a state that takes minutes, and says every few seconds how far it is.</summary>
internal static class Progress
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(10);

    /// <summary>Waits.</summary>
    /// <param name="what">What for.</param>
    /// <param name="limit">How long at most.</param>
    /// <param name="holds">Whether it has come.</param>
    /// <param name="state">How far it is, for people.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="TimeoutException">It has not come; says how far it came.</exception>
    public static async Task<TimeSpan> UntilAsync(
        string what,
        TimeSpan limit,
        Func<Task<bool>> holds,
        Func<Task<string>> state
    )
    {
        var start = Stopwatch.GetTimestamp();
        var said = TimeSpan.Zero;
        using var tick = new PeriodicTimer(Between);
        while (!await holds())
        {
            var passed = Stopwatch.GetElapsedTime(start);
            if (passed > limit)
            {
                var far = await state();
                throw new TimeoutException(
                    Text($"waited {limit.TotalMinutes:0} minutes in vain for: {what}; {far}")
                );
            }
            if (passed - said >= SayEvery)
            {
                said = passed;
                var far = await state();
                Console.WriteLine(Text($"{passed.TotalSeconds, 5:0} s: {far}"));
            }
            await tick.WaitForNextTickAsync();
        }
        return Stopwatch.GetElapsedTime(start);
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
