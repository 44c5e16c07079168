using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Current;

/// <summary>How the first state is read.</summary>
[Collection(nameof(CurrentServer))]
public sealed class WatchListTests(CurrentServer current)
{
    [SkippableFact]
    public async Task The_state_comes_through_the_watch()
    {
        await ReadAsync(current.Server);

        (await current.Server.AuditAsync())
            .Where(e => e.UserAgent == nameof(WatchListTests) && e.ReadsState)
            .Select(e => e.Verb)
            .ShouldBe(["watch"]);
    }

    [SkippableFact]
    public async Task A_server_whose_etcd_is_too_old_for_that_is_asked_for_a_list()
    {
        Skip.If(ControlPlane.WhyNotCurrent is not null, ControlPlane.WhyNotCurrent);
        var old = (await ControlPlane.WholeAsync()).Etcd;
        await using var server = await ApiServer.StartAsync(
            await ControlPlane.CurrentAsync() with
            {
                Etcd = old,
            }
        );
        await server.ApplyCrdsAsync(Widget.Definition);

        await ReadAsync(server);
    }

    private static async Task ReadAsync(ApiServer server)
    {
        var ns = await server.CreateNamespaceAsync();
        using var client = new KubernetesClient(
            KubeConfig.FromFile(server.KubeconfigPath),
            FaultyServer.Times(nameof(WatchListTests))
        );
        await client.CreateAsync(Widget.Named("a", ns));
        using var stop = new CancellationTokenSource();
        var informer = new Informer<Widget>(
            client,
            new() { Namespaces = [ns] },
            NullLoggerFactory.Instance
        );
        var running = informer.RunAsync(stop.Token);
        await Eventually.True(
            "the informer knows the state",
            () => informer.HasSynced && informer.Store.Count == 1
        );
        await client.CreateAsync(Widget.Named("b", ns));
        await Eventually.True("and what comes after", () => informer.Store.Count == 2);
        await stop.CancelAsync();
        await running;
    }
}
