using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests;

/// <summary>A server that is killed and restarted; its tests run one after another.</summary>
[CollectionDefinition(nameof(FaultyServer))]
public class FaultyServer : ICollectionFixture<FaultyServer>, IAsyncLifetime
{
    private ApiServer? _server;

    /// <summary>Skips the test that asks for it where it cannot be had.</summary>
    public ApiServer Server
    {
        get
        {
            Skip.If(WhyNot is not null, WhyNot);
            return _server!;
        }
    }

    /// <summary>Why there is no such server; null where there is one.</summary>
    protected virtual string? WhyNot => null;

    public async Task InitializeAsync()
    {
        if (WhyNot is not null)
            return;
        _server = await StartAsync();
        await _server.ApplyCrdsAsync(Widget.Definition);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    protected virtual Task<ApiServer> StartAsync() => ApiServer.StartAsync();

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
