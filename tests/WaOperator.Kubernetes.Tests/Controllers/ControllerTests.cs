using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Config;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Controllers;

/// <summary>Controllers on a real server: what the world looks like when they are done.</summary>
public sealed class ControllerTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Logs _logs = new();
    private readonly List<IDisposable> _toDispose = [];
    private ApiServer _server = null!;
    private KubernetesClient _admin = null!;
    private KubernetesClient _ours = null!;
    private string _ns = null!;
    private Informer<Widget> _widgets = null!;
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _server = await Cluster.ServerAsync();
        (_admin, _ns) = await Cluster.AdminAsync();
        _ours = new(Cluster.Config(_server), new() { UserAgent = $"controller-{_ns}" });
        _widgets = new(_ours, new() { Namespaces = [_ns] }, NullLoggerFactory.Instance);
        _toDispose.AddRange([_admin, _ours]);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _toDispose.ForEach(d => d.Dispose());
        _stop.Dispose();
    }

    [Fact]
    public async Task Every_object_gets_its_status_with_one_write_each_and_none_at_rest()
    {
        var applier = new StatusApplier(_ours, "controller");
        Run(
            async (key, ct) =>
            {
                if (_widgets.Store[key] is { } w)
                    await applier.ApplyIfChangedAsync(
                        w,
                        w with
                        {
                            Status = new()
                            {
                                Phase = $"Size{w.Spec!.Size}",
                                ObservedGeneration = w.Metadata.Generation,
                            },
                        },
                        ct
                    );
                return Result.Done;
            },
            workers: 4
        );
        for (var i = 0; i < 20; i++)
            await _admin.CreateAsync(Widget.Named($"w{i}", _ns, i));
        await Eventually.True(
            "every widget has its status",
            async () =>
                (await _admin.ListAsync<Widget>(_ns)).Items is { Count: 20 } all
                && all.All(w => w.Status?.Phase == $"Size{w.Spec!.Size}")
        );
        await _admin.ReplaceAsync(
            (await _admin.GetAsync<Widget>("w3", _ns))! with
            {
                Spec = new() { Size = 33 },
            }
        );
        await Eventually.True(
            "the change is followed",
            async () => (await _admin.GetAsync<Widget>("w3", _ns))!.Status!.Phase == "Size33"
        );
        // The watch brings back our own last write, and what it wakes must write nothing.
        var last = (await _admin.GetAsync<Widget>("w3", _ns))!.Metadata.ResourceVersion;
        await Eventually.True("the cache has seen all", () => _widgets.HasSeen(_ns, last));
        await Steadily.Holds(
            "nothing more is written",
            TimeSpan.FromSeconds(2),
            async () => await OurWritesAsync() is var n && n == 21 ? null : $"{n} writes"
        );
    }

    [Fact]
    public async Task A_conflict_is_met_with_a_fresh_decision()
    {
        var clashed = 0;
        Run(
            async (key, ct) =>
            {
                if (_widgets.Store[key] is not { Spec.Size: < 10 } w)
                    return Result.Done;
                // Someone else is faster, the first two times.
                if (Interlocked.Increment(ref clashed) <= 2)
                    await _admin.PatchMergeAsync<Widget>(
                        key.Name,
                        key.Namespace,
                        new System.Text.Json.Nodes.JsonObject
                        {
                            ["spec"] = new System.Text.Json.Nodes.JsonObject
                            {
                                ["colour"] = $"shade{clashed}",
                            },
                        },
                        ct: ct
                    );
                await _ours.ReplaceAsync(
                    w with
                    {
                        Spec = w.Spec with { Size = w.Spec.Size + 1 },
                    },
                    ct
                );
                return Result.Done;
            }
        );
        await _admin.CreateAsync(Widget.Named("w", _ns, 7));

        await Eventually.True(
            "the size is 10",
            async () => (await _admin.GetAsync<Widget>("w", _ns))!.Spec!.Size == 10
        );
        (await _admin.GetAsync<Widget>("w", _ns))!.Spec!.Colour.ShouldBe(
            "shade2",
            "the other's change was not overwritten"
        );
        (await _server.AuditAsync())
            .Count(e => e.UserAgent == $"controller-{_ns}" && e.Code == 409)
            .ShouldBeGreaterThanOrEqualTo(2);
        _logs.Lines.ShouldNotContain(l => l.StartsWith("Error"), "a conflict is no fault");
    }

    [Fact]
    public async Task A_failure_is_logged_with_its_key_and_tried_again()
    {
        var attempts = 0;
        Run(
            async (key, ct) =>
            {
                if (Interlocked.Increment(ref attempts) <= 3)
                    throw new InvalidOperationException($"broken {attempts}");
                await _ours.AddFinalizerAsync(_widgets.Store[key]!, "example.com/done", ct);
                return Result.Done;
            }
        );
        await _admin.CreateAsync(Widget.Named("w", _ns));
        await Eventually.True(
            "it succeeds in the end",
            async () =>
                (await _admin.GetAsync<Widget>("w", _ns))!.Metadata.HasFinalizer("example.com/done")
        );

        for (var i = 1; i <= 3; i++)
            _logs.Lines.ShouldContain(
                $"Error: Reconciling {_ns}/w failed (time {i} in a row) broken {i}"
            );
    }

    [Fact]
    public async Task What_an_object_owns_is_made_again_when_it_is_gone()
    {
        var configs = new Informer<ConfigMap>(
            _ours,
            new() { Namespaces = [_ns] },
            NullLoggerFactory.Instance
        );
        Run(
            async (key, ct) =>
            {
                if (_widgets.Store[key] is { } w && configs.Store[key] is null)
                    await _ours.ApplyAsync(
                        new ConfigMap
                        {
                            Metadata = new()
                            {
                                Name = key.Name,
                                Namespace = key.Namespace,
                                OwnerReferences = [OwnerReference.ControllerOf(w)],
                            },
                            Data = new Dictionary<string, string> { ["size"] = $"{w.Spec!.Size}" },
                        },
                        "controller",
                        ct: ct
                    );
                return Result.Done;
            },
            watch: c => c.Owns<Widget, ConfigMap>(configs),
            informers: configs
        );
        var widget = await _admin.CreateAsync(Widget.Named("w", _ns, 5));
        await Eventually.True(
            "the config is there",
            async () => await _admin.GetAsync<ConfigMap>("w", _ns) is not null
        );
        var first = await _admin.GetAsync<ConfigMap>("w", _ns);
        first!.Metadata.Controller!.Uid.ShouldBe(widget.Metadata.Uid);
        await _admin.DeleteAsync<ConfigMap>("w", _ns);
        await Eventually.True(
            "it is there again",
            async () =>
                await _admin.GetAsync<ConfigMap>("w", _ns) is { } again
                && again.Metadata.Uid != first.Metadata.Uid
        );
    }

    [Fact]
    public async Task A_key_comes_again_after_the_time_that_was_asked_for()
    {
        Run(
            async (key, ct) =>
            {
                if (_widgets.Store[key] is not { Spec.Size: < 3 } w)
                    return Result.Done;
                // Without a watch on what it writes, only the time can bring it here again.
                await _ours.PatchMergeAsync<Widget>(
                    key.Name,
                    key.Namespace,
                    new System.Text.Json.Nodes.JsonObject
                    {
                        ["spec"] = new System.Text.Json.Nodes.JsonObject
                        {
                            ["size"] = w.Spec!.Size + 1,
                        },
                    },
                    ct: ct
                );
                return Result.Requeue(TimeSpan.FromMilliseconds(20));
            },
            when: (old, _) => old is null
        );
        await _admin.CreateAsync(Widget.Named("w", _ns, 0));
        await Eventually.True(
            "three times",
            async () => (await _admin.GetAsync<Widget>("w", _ns))!.Spec!.Size >= 3
        );
    }

    [Fact]
    public async Task A_key_waits_until_the_cache_shows_what_was_written_for_it()
    {
        await using var proxy = TcpProxy.To(_server.Port);
        using var lagging = new KubernetesClient(
            KubeConfig.FromFile(await _server.WriteKubeconfigAsync(_server.AdminToken, proxy.Port))
        );
        var configs = new Informer<ConfigMap>(
            lagging,
            new() { Namespaces = [_ns] },
            NullLoggerFactory.Instance
        );
        var seen = 0;
        var writes = new Expectations<NamespacedName>(TimeProvider.System);
        Controller<NamespacedName>? self = null;
        self = Run(
            async (key, ct) =>
            {
                // One child each, so it counts those in its cache; a cache that lags makes it count wrongly.
                Interlocked.Exchange(ref seen, configs.Store.Count);
                if (_widgets.Store[key] is not null && configs.Store.Count == 0)
                {
                    proxy.FallSilent();
                    var child = await _ours.CreateAsync(
                        new ConfigMap
                        {
                            Metadata = new()
                            {
                                GenerateName = "child-",
                                Name = $"child-{Guid.NewGuid():N}",
                                Namespace = _ns,
                            },
                        },
                        ct
                    );
                    writes.ExpectAtLeast(key, configs, child);
                    self!.Queue.Add(key);
                }
                return Result.Done;
            },
            watch: c => c.Expects(writes),
            informers: configs
        );
        await _admin.CreateAsync(Widget.Named("w", _ns));
        await Eventually.True(
            "a child is made",
            async () => (await _admin.ListAsync<ConfigMap>(_ns)).Items.Count > 0
        );
        for (var i = 0; i < 50; i++)
        {
            // Whatever happens to the widget meanwhile must not bring a second child.
            await _admin.PatchMergeAsync<Widget>(
                "w",
                _ns,
                new System.Text.Json.Nodes.JsonObject
                {
                    ["spec"] = new System.Text.Json.Nodes.JsonObject { ["size"] = i },
                }
            );
        }
        Volatile.Read(ref seen).ShouldBe(0, "the key is held back");
        proxy.Heal();
        await Eventually.True(
            "the key is worked on with a cache that shows the child",
            () => Volatile.Read(ref seen) == 1
        );
        (await _admin.ListAsync<ConfigMap>(_ns)).Items.Count.ShouldBe(1);
    }

    private Controller<NamespacedName> Run(
        Func<NamespacedName, CancellationToken, Task<Result>> reconcile,
        Action<ControllerBuilder<NamespacedName>>? watch = null,
        Func<Widget?, Widget?, bool>? when = null,
        int workers = 1,
        params IInformer[] informers
    )
    {
        var builder = new ControllerBuilder<NamespacedName>(_logs)
            .Named($"widget-{_ns}")
            .Workers(workers)
            .For(_widgets, when);
        watch?.Invoke(builder);
        var controller = builder.Build(new FuncReconciler<NamespacedName>(reconcile));
        _toDispose.Add(controller);
        var manager = new Manager(_logs).AddLeaderElected(controller);
        foreach (var informer in informers.Append(_widgets))
            manager.AddInformer(informer);
        _running = manager.RunAsync(_stop.Token);
        return controller;
    }

    private async Task<int> OurWritesAsync() =>
        (await _server.AuditAsync()).Count(e => e.UserAgent == $"controller-{_ns}" && e.IsWrite);
}
