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
        var asking = Task.Run(HeapAnswers.GiveAsync);
        await Task.WhenAny(running, asking);
        await running;
        return exit.Code;
    }
}
