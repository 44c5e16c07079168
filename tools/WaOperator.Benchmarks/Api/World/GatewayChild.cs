using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;

namespace WaOperator.Benchmarks.Api.World;

/// <summary>The gateway in a process of its own, before one pod on this machine; it says how large its live heap is when asked.</summary>
internal static class GatewayChild
{
    /// <summary>Runs until the input ends or SIGTERM.</summary>
    /// <param name="pod">Where the pod's API is: host and port.</param>
    public static async Task<int> RunAsync(string pod)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        await using var app = GatewayHost.Build(GatewayOptions.Read(configuration), _ => pod);
        var asking = Task.Run(HeapAnswers.GiveAsync);
        await app.RunAsync();
        await asking;
        return 0;
    }
}
