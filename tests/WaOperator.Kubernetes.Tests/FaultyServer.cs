using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests;

/// <summary>A server that is killed and restarted; its tests run one after another.</summary>
[CollectionDefinition(nameof(FaultyServer))]
public sealed class FaultyServer : ICollectionFixture<FaultyServer>, IAsyncLifetime
{
    public ApiServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await ApiServer.StartAsync();
        await Server.ApplyCrdsAsync(Widget.Definition);
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>A client with times scaled down, perhaps through a proxy; the audit log knows it by its name.</summary>
    public async Task<KubernetesClient> ClientAsync(string name, TcpProxy? proxy = null)
    {
        var config = KubeConfig.FromFile(
            await Server.WriteKubeconfigAsync(Server.AdminToken, proxy?.Port)
        );
        return new(config, Times(name));
    }

    public static KubernetesClientOptions Times(string name) =>
        new()
        {
            UserAgent = name,
            KeepAlivePingDelay = TimeSpan.FromSeconds(1),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(1),
            RequestTimeout = TimeSpan.FromSeconds(5),
            ConnectTimeout = TimeSpan.FromSeconds(2),
        };
}
