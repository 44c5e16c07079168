using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Testing;

namespace WaOperator.Chaos.Traffic;

/// <summary>
/// Messages before the first fault: what only the first of a process costs (compiling, connections, Signal sessions) is not the price
/// of a fault, and who cannot write in peace need not try in trouble.
/// </summary>
internal static class Rehearsal
{
    private const int Enough = 40;

    /// <exception cref="TimeoutException">Too few were accepted.</exception>
    /// <exception cref="InvalidOperationException">An accepted one did not arrive.</exception>
    public static async Task RunAsync(Scene scene)
    {
        var trial = new Trial("rehearsal");
        var letters = await Letters.BeginAsync();
        using var writers = new Writers(scene, await scene.ApiKeyAsync());
        writers.Start();
        try
        {
            await Eventually.True(
                $"{Enough} messages are accepted before the first fault",
                async () =>
                {
                    await Scene.PaceAsync();
                    return writers.Accepted.Count >= Enough;
                },
                TimeSpan.FromSeconds(60)
            );
        }
        finally
        {
            await writers.StopAsync();
        }
        await letters.CheckAsync(writers, trial);
        if (trial.Violations.Count > 0)
            throw new InvalidOperationException(string.Join("; ", trial.Violations));
    }
}
