using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using WaOperator.Store.Gateway;

namespace WaOperator.Samples.Tests.World;

/// <summary>
/// The gateway in this process, with its own settings. Only where it finds pods is another: outside of a cluster no name of a pod can be
/// resolved. That is a parameter of its host, which is internal; these tests use of the product what strangers do and are no friends
/// of it, so it is handed over by reflection.
/// </summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayHost(WebApplication app) => _app = app;

    /// <summary>Starts it.</summary>
    /// <param name="settings">As in the environment, with colons: <c>WA:Gateway:Port</c>.</param>
    /// <param name="pod">HOST:PORT of the only pod's API.</param>
    public static async Task<GatewayHost> StartAsync(
        IReadOnlyDictionary<string, string?> settings,
        string pod
    )
    {
        var gateway = Assembly.Load("WaOperator.Gateway");
        var options = Method(gateway, "Options.GatewayOptions", "Read")
            .Invoke(null, [new ConfigurationBuilder().AddInMemoryCollection(settings).Build()]);
        var addresses = Delegate.CreateDelegate(
            gateway.GetType("WaOperator.Gateway.Forwarding.PodAddress", throwOnError: true)!,
            new OnlyPod(pod),
            nameof(OnlyPod.Of)
        );
        var app = (WebApplication)
            Method(gateway, "Hosting.GatewayHost", "Build").Invoke(null, [options, addresses])!;
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static MethodInfo Method(Assembly gateway, string type, string name) =>
        gateway.GetType($"WaOperator.Gateway.{type}", throwOnError: true)!.GetMethod(name)
        ?? throw new MissingMethodException(type, name);

    private sealed class OnlyPod(string address)
    {
        public string Of(ServedPlace place) => address;
    }
}
