using System.Diagnostics;
using System.Globalization;
using WaOperator.Fuzz.Targets;

namespace WaOperator.Fuzz;

/// <summary>Runs all parsers, one after the other, each on all cores.</summary>
internal static class Campaign
{
    private const int MaxShownFailures = 10;

    /// <returns>The exit code.</returns>
    public static int Run(FuzzOptions options, TextWriter output)
    {
        Target[] targets =
        [
            new CodecTarget(),
            new FrameTarget(),
            new ProtobufTarget(),
            new EventTarget(),
            new HostEventTarget(),
            new RequestTarget(),
            new CursorTarget(),
            new ProxyTarget(),
            new StanzaTarget(),
            new TokenTarget(),
            new PasskeyTarget(),
            new AppStateTarget(),
            new HistoryTarget(),
            new SmallTarget(),
            new SignalTarget(),
            new BaileysTarget(),
        ];
        if (options.Parser is { } name)
            targets = [.. targets.Where(target => target.Name == name)];
        if (targets.Length == 0)
        {
            output.WriteLine($"There is no parser {options.Parser}.");
            return 2;
        }
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{"parser", -10} {"inputs", 10} {"accepted", 10} {"seconds", 8} {"slowest ms", 11} {"most bytes", 12} {"of allowed", 11}"
            )
        );
        var (inputs, failures) = (0L, 0);
        foreach (var target in targets)
        {
            var watch = Stopwatch.StartNew();
            var tally = Run(target, options);
            inputs += tally.Inputs;
            failures += tally.Failures.Count;
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{target.Name, -10} {tally.Inputs, 10} {tally.Inputs - tally.Refused, 10} {watch.Elapsed.TotalSeconds, 8:F1} {tally.Slowest.TotalMilliseconds, 11:F1} {tally.MostAllocated, 12} {tally.WorstShare, 11:P0}"
                )
            );
            foreach (var failure in tally.Failures.Take(MaxShownFailures))
                output.WriteLine(failure);
        }
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"fuzz: {targets.Length} parsers, {inputs} inputs, {failures} failures, seed {options.Seed}"
            )
        );
        return failures == 0 ? 0 : 1;
    }

    private static Tally Run(Target target, FuzzOptions options)
    {
        if (options.Only is { } only)
        {
            var single = new Worker(target, options.Seed);
            single.Run(only, only + 1, 1);
            return single.Tally;
        }
        var workers = new Worker[Environment.ProcessorCount];
        var threads = new Thread[workers.Length];
        for (var i = 0; i < workers.Length; i++)
        {
            var (first, worker) = (i, new Worker(target, options.Seed));
            workers[i] = worker;
            threads[i] = new(() => worker.Run(first, options.Inputs, workers.Length));
            threads[i].Start();
        }
        using var watchdog = new Watchdog(workers);
        foreach (var thread in threads)
            thread.Join();
        return Tally.Sum([.. workers.Select(worker => worker.Tally)]);
    }
}
