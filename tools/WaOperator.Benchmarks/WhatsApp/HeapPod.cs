using System.Globalization;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;

namespace WaOperator.Benchmarks.WhatsApp;

/// <summary>The session pod, which says how large its live heap is when it is asked on its standard input.</summary>
internal static class HeapPod
{
    public static async Task<int> RunAsync()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        await using var app = PodHost.Build(PodOptions.Read(configuration));
        var exit = app.Services.GetRequiredService<PodExit>();
        var running = app.RunAsync();
        var asking = Task.Run(AnswerAsync);
        await Task.WhenAny(running, asking);
        await running;
        return exit.Code;
    }

    private static async Task AnswerAsync()
    {
        while (await Console.In.ReadLineAsync() is not null)
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"heap {GC.GetTotalMemory(forceFullCollection: true)}"
                )
            );
        }
    }
}
