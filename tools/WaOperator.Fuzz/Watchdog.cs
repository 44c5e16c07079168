using System.Globalization;

namespace WaOperator.Fuzz;

/// <summary>Ends the process when one input takes far longer than any should: a thread that hangs cannot be stopped.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly Timer _timer;

    public Watchdog(IReadOnlyList<Worker> workers) =>
        _timer = new(_ => Check(workers), null, Limit / 10, Limit / 10);

    public void Dispose() => _timer.Dispose();

    private static void Check(IReadOnlyList<Worker> workers)
    {
        foreach (var worker in workers)
        {
            if (worker.Busy < Limit)
                continue;
            Console.Out.WriteLine(
                worker.Describe(
                    worker.Current,
                    worker.CurrentInput,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"it was not parsed after {Limit.TotalSeconds:F0} s"
                    )
                )
            );
            Environment.Exit(1);
        }
    }
}
