using System.Net;
using Microsoft.AspNetCore.Builder;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;
using WaOperator.Gateway.Tests.World;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.Gateway.Tests.Moves;

/// <summary>A gateway before real pods.</summary>
internal sealed class PodGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PodGateway(WebApplication app) => _app = app;

    /// <summary>Where tenants' API is.</summary>
    public Uri Api => new TestGateway(_app).Api;

    /// <summary>Starts one.</summary>
    /// <param name="world">The world of the pods.</param>
    /// <param name="pods">The pods, by their ordinals.</param>
    public static async Task<PodGateway> StartAsync(PodWorld world, TestPod[] pods)
    {
        await GatewayWorld.LetGatewaysLogInAsync(world.Admin);
        var app = GatewayHost.Build(
            new GatewayOptions
            {
                Database = world
                    .Options(0, "pod-a")
                    .Database.Replace("wa_pod", "wa_gateway", StringComparison.Ordinal),
                Port = 0,
                HealthPort = 0,
                Listen = IPAddress.Loopback,
                // Longer than a slow machine takes to move a session.
                Hold = TimeSpan.FromSeconds(15),
            },
            // A pod is named by its ordinal.
            place => pods[place.Pod![^1] - '0'].Api.Authority
        );
        await app.StartAsync();
        return new(app);
    }

    /// <summary>What it counted.</summary>
    public async Task<string> MetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(new TestGateway(_app).Health, "/metrics"));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
