using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Testing;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace WaOperator.Kubernetes.Tests;

/// <summary>The shared API server, with the test's resource defined.</summary>
public static class Cluster
{
    private static readonly Lazy<Task<ApiServer>> Prepared = new(async () =>
    {
        var server = await ApiServer.SharedAsync();
        await server.ApplyCrdsAsync(Widget.Definition);
        return server;
    });

    public static Task<ApiServer> ServerAsync() => Prepared.Value;

    /// <summary>A client as administrator, and a namespace of its own.</summary>
    public static async Task<(KubernetesClient Client, string Namespace)> AdminAsync()
    {
        var server = await ServerAsync();
        return (new(Config(server)), await server.CreateNamespaceAsync());
    }

    public static KubernetesClientConfiguration Config(ApiServer server) =>
        KubeConfig.FromFile(server.KubeconfigPath);
}
