using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Cache;

/// <summary>A real server, and everything that happens to connections to it; each informer heals without a restart.</summary>
[Collection(nameof(FaultyServer))]
public sealed class InformerFaultTests(FaultyServer faulty) : InformerFaults(faulty);

/// <summary>Those of any server.</summary>
public abstract class InformerFaults(FaultyServer faulty) : IAsyncLifetime
{
    private static readonly InformerOptions Quick = new()
    {
        Reflector = new()
        {
            BackoffMin = TimeSpan.FromMilliseconds(50),
            BackoffMax = TimeSpan.FromMilliseconds(400),
        },
    };
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _deleted = new();
    private readonly List<IAsyncDisposable> _toDispose = [];
    private Task _running = Task.CompletedTask;
    private KubernetesClient? _client;
    private string _ns = null!;

    private ApiServer Server => faulty.Server;
    private KubernetesClient Admin => _client!;

    public async Task InitializeAsync()
    {
        _client = await faulty.ClientAsync("admin");
        _ns = await Server.CreateNamespaceAsync();
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(30));
        foreach (var thing in _toDispose)
            await thing.DisposeAsync();
        _client?.Dispose();
        _stop.Dispose();
    }

    [SkippableFact]
    public async Task A_server_that_is_killed_and_comes_back()
    {
        var informer = Start(await faulty.ClientAsync("killed"));
        await Admin.CreateAsync(Widget.Named("before", _ns));
        await Shows(informer, "before");

        await Server.KillAsync();
        await Server.StartAgainAsync();
        await Admin.CreateAsync(Widget.Named("after", _ns));
        await Admin.DeleteAsync<Widget>("before", _ns);

        await Shows(informer, "after");
        await Eventually.True(
            "the deletion is told",
            () => _deleted.Any(d => d.StartsWith("before", StringComparison.Ordinal))
        );
    }

    [SkippableFact]
    public async Task A_connection_that_is_refused_for_a_while_costs_no_second_reading_of_the_state()
    {
        var proxy = Proxy();
        var informer = Start(await faulty.ClientAsync("refused", proxy));
        await Admin.CreateAsync(Widget.Named("a", _ns));
        await Shows(informer, "a");

        proxy.Cut();
        await Admin.CreateAsync(Widget.Named("b", _ns));
        await Admin.DeleteAsync<Widget>("a", _ns);
        proxy.Heal();

        await Shows(informer, "b");
        await Told("a seen");
        (await StateReadsAsync("refused")).ShouldBe(1);
    }

    [SkippableFact]
    public async Task A_version_that_has_expired_with_a_deletion_in_the_gap()
    {
        var proxy = Proxy();
        var informer = Start(await faulty.ClientAsync("expired", proxy));
        await Admin.CreateAsync(Widget.Named("goes", _ns));
        await Admin.CreateAsync(Widget.Named("stays", _ns));
        await Shows(informer, "goes", "stays");

        proxy.Cut();
        await Admin.DeleteAsync<Widget>("goes", _ns);
        await Admin.CreateAsync(Widget.Named("comes", _ns));
        // Neither the memory of the server nor that of etcd reaches back to where the informer stands.
        await Server.CompactAsync();
        await Server.StartAgainAsync();
        proxy.Heal();

        await Shows(informer, "comes", "stays");
        await Told("goes unseen");
        (await StateReadsAsync("expired")).ShouldBe(2);
    }

    [SkippableFact]
    public async Task A_watch_whose_connection_dies_without_a_word()
    {
        var proxy = Proxy();
        var informer = Start(await faulty.ClientAsync("silent", proxy));
        await Admin.CreateAsync(Widget.Named("a", _ns));
        await Shows(informer, "a");

        proxy.ForgetConnections();
        await Admin.CreateAsync(Widget.Named("b", _ns));

        await Shows(informer, "a", "b");
        (await StateReadsAsync("silent")).ShouldBe(1);
    }

    [SkippableFact]
    public async Task A_token_that_is_exchanged()
    {
        var old = Server.AddToken("rotating", "system:masters");
        await Server.StartAgainAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, old);
        var config = KubeConfig.FromFile(Server.KubeconfigPath);
        config.TokenProvider = new FileToken(file, TimeProvider.System);
        using var client = new KubernetesClient(config, FaultyServer.Times("rotating"));
        var informer = Start(client);
        await Admin.CreateAsync(Widget.Named("a", _ns));
        await Shows(informer, "a");

        Server.RemoveToken(old);
        var fresh = Server.AddToken("rotating", "system:masters");
        await Server.StartAgainAsync();
        await Admin.CreateAsync(Widget.Named("b", _ns));
        var refused = await Should.ThrowAsync<KubernetesException>(() =>
            client.GetAsync<Widget>("a", _ns)
        );
        refused.Code.ShouldBe(System.Net.HttpStatusCode.Unauthorized);
        await Eventually.True(
            "the informer was refused, too",
            async () =>
                (await Server.AuditAsync()).Count(e => e.UserAgent == "rotating" && e.Code == 401)
                > 2
        );
        informer.Store.Count.ShouldBe(1);

        await File.WriteAllTextAsync(file, fresh);
        (await client.GetAsync<Widget>("b", _ns)).ShouldNotBeNull(
            "the new token is read as soon as the old one is refused"
        );
        await Shows(informer, "a", "b");
        File.Delete(file);
    }

    [SkippableFact]
    public async Task Only_the_chosen_namespaces_are_kept()
    {
        var other = await Server.CreateNamespaceAsync();
        var third = await Server.CreateNamespaceAsync();
        await Admin.CreateAsync(Widget.Named("a", _ns));
        await Admin.CreateAsync(Widget.Named("x", third));
        using var client = await faulty.ClientAsync("namespaces");
        var informer = Start(client, Quick with { Namespaces = [_ns, other] });
        await Shows(informer, "a");
        await Admin.CreateAsync(Widget.Named("y", third));
        await Admin.CreateAsync(Widget.Named("b", other));
        await Shows(informer, "a", "b");
        informer.HasSynced.ShouldBeTrue();
    }

    private Informer<Widget> Start(KubernetesClient client, InformerOptions? options = null)
    {
        var informer = new Informer<Widget>(
            client,
            options ?? Quick with { Namespaces = [_ns] },
            NullLoggerFactory.Instance
        );
        informer.AddEventHandler(
            new ResourceEventHandler<Widget>
            {
                Deleted = (w, unseen) =>
                    _deleted.Enqueue($"{w.Metadata.Name} {(unseen ? "unseen" : "seen")}"),
            }
        );
        _running = informer.RunAsync(_stop.Token);
        return informer;
    }

    private static Task Shows(Informer<Widget> informer, params string[] names) =>
        Eventually.True(
            $"the cache shows exactly {string.Join(", ", names)}",
            () =>
                informer
                    .Store.Select(w => w.Metadata.Name!)
                    .Order(StringComparer.Ordinal)
                    .SequenceEqual(names)
        );

    /// <summary>Handlers are called after the cache has changed, so what they were told may come a moment later.</summary>
    private Task Told(params string[] deletions) =>
        Eventually.True(
            $"the handler was told of exactly these deletions: {string.Join(", ", deletions)}",
            () => _deleted.SequenceEqual(deletions)
        );

    private async Task<int> StateReadsAsync(string client) =>
        (await Server.AuditAsync()).Count(e => e.UserAgent == client && e.ReadsState);

    private TcpProxy Proxy()
    {
        var proxy = TcpProxy.To(Server.Port);
        _toDispose.Add(proxy);
        return proxy;
    }
}
