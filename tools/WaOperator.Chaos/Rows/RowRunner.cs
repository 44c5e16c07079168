using System.Diagnostics;
using System.Globalization;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Chaos.Traffic;

namespace WaOperator.Chaos.Rows;

/// <summary>Runs a row's repetitions, and leaves the cluster as it was whatever happens.</summary>
internal static class RowRunner
{
    public static async Task<Result> RunAsync(
        Scene scene,
        Row row,
        int repeat,
        CancellationToken ct
    )
    {
        var trials = new List<Trial>();
        for (var repetition = 1; repetition <= repeat; repetition++)
        {
            ct.ThrowIfCancellationRequested();
            var start = Stopwatch.GetTimestamp();
            var trial = new Trial($"{row.Name}-{repetition}");
            trials.Add(trial);
            await TryAsync(scene, row, trial, repetition);
            await EndAsync(scene, row, trial);
            if (trial.Violations.Count > 0 || trial.Misses(row.AimSeconds))
                await Evidence.KeepAsync(scene, trial.Label);
            Scene.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{trial.Label}: {trial.Away.Count(a => a > 0)} away, longest {trial.Away.DefaultIfEmpty().Max():0.0} s; took {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s {string.Join("; ", trial.Missed.Concat(trial.Violations))}"
                )
            );
        }
        return new(row.Name, row.Aim, row.AimSeconds, trials);
    }

    private static async Task EndAsync(Scene scene, Row row, Trial trial)
    {
        try
        {
            await row.EndAsync(scene);
        }
        catch (Exception e)
            when (e is TimeoutException or HttpRequestException or InvalidOperationException)
        {
            trial.Violations.Add(e.Message);
        }
    }

    private static async Task PutRightAsync(Scene scene, Row row, Senders writers)
    {
        try
        {
            await row.UndoAsync(scene);
        }
        finally
        {
            await writers.StopAsync();
        }
    }

    /// <summary>What does not come back within its limits is a session that no one owns, which must not be.</summary>
    private static async Task TryAsync(Scene scene, Row row, Trial trial, int repetition)
    {
        try
        {
            // Each repetition ends in calm; after a failed one it is not known.
            if (!scene.IsCalm)
                await Calm.WaitAsync(scene);
            scene.IsCalm = false;
            await row.PrepareAsync(scene, repetition);
            var invariants = await Invariants.BeginAsync(scene);
            var letters = await Letters.BeginAsync();
            using var writers = await row.SendersAsync(scene);
            try
            {
                writers.Start();
                await row.RunAsync(scene, trial, repetition);
                trial.Measure((await scene.Simulator.SessionsAsync()).Values, row.Planned);
            }
            finally
            {
                await PutRightAsync(scene, row, writers);
            }
            var healed = Stopwatch.GetTimestamp();
            await Calm.WaitAsync(scene);
            Scene.Say(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"calm {Stopwatch.GetElapsedTime(healed).TotalSeconds:0} s after all was put right"
                )
            );
            await letters.CheckAsync(writers, trial);
            await writers.CheckAsync(trial);
            await row.CheckAsync(scene, trial, writers);
            await invariants.CheckAsync(scene, trial);
            scene.IsCalm = true;
        }
        catch (Exception e)
            when (e is TimeoutException or HttpRequestException or InvalidOperationException)
        {
            trial.Violations.Add(e.Message);
        }
    }
}
