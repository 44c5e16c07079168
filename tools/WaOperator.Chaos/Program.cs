using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using WaOperator.Chaos;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Chaos.Rows;
using WaOperator.Chaos.Traffic;

var rows = AllRows.Make();
if (args.Contains("--list", StringComparer.Ordinal))
{
    foreach (var row in rows)
        Console.WriteLine($"{row.Name, -24}{row.Aim}");
    return 0;
}
Arguments arguments;
try
{
    arguments = Arguments.Parse(args, rows);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync("hack/chaos: " + e.Message);
    return 2;
}
if (arguments.CheckOnly)
    return 0;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var api = await ClusterApi.ConnectAsync();
var scene = new Scene(api, arguments.Sessions, new Random(arguments.Seed));
var start = Stopwatch.GetTimestamp();
try
{
    await Setup.MakeAsync(scene);
    Say("the fleet is up");
    await Rehearsal.RunAsync(scene);
    await Rest.WaitAsync();
}
catch (Exception e)
    when (e is TimeoutException or HttpRequestException or InvalidOperationException)
{
    Say($"the fleet did not come up: {e.Message}");
    await Evidence.KeepAsync(scene, "setup");
    return 1;
}
var results = new List<Result>();
try
{
    if (arguments.RandomMinutes > 0)
        await RandomMix.RunAsync(
            scene,
            TimeSpan.FromMinutes(arguments.RandomMinutes),
            results,
            stop.Token
        );
    else
        foreach (var row in arguments.Rows)
        {
            Say($"{row.Name}: {row.Aim}");
            results.Add(await RowRunner.RunAsync(scene, row, arguments.Repeat, stop.Token));
        }
}
catch (OperationCanceledException)
{
    Say("stopped; what was measured so far:");
}
Console.WriteLine(Table.Of(results, arguments.Seed));
return results.Any(r => r.Violations > 0) || stop.IsCancellationRequested ? 1 : 0;

void Say(string what) =>
    Console.Error.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"[{Stopwatch.GetElapsedTime(start).TotalSeconds, 6:0.0} s] {what}"
        )
    );

// The running repetition is finished, so that it puts right what it did.
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
