using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Controllers;

public sealed class ManagerTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _happened = new();
    private readonly CancellationTokenSource _stop = new();
    private KubernetesClient _client = null!;
    private string _ns = null!;

    public async Task InitializeAsync() => (_client, _ns) = await Cluster.AdminAsync();

    public Task DisposeAsync()
    {
        _client.Dispose();
        _stop.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Parts_start_in_order_and_stop_in_reverse_and_the_lease_is_given_back_last()
    {
        var informer = new Informer<Widget>(
            _client,
            new() { Namespaces = [_ns] },
            NullLoggerFactory.Instance
        );
        var manager = new Manager(NullLoggerFactory.Instance)
            .UseLeaderElection(Elector())
            .AddLeaderElected(new Part(this, "leader"))
            .Add(
                new Part(
                    this,
                    "everywhere",
                    () => informer.HasSynced ? null : "before the caches had synced"
                )
            )
            .AddInformer(informer)
            .AddServer(
                new Part(
                    this,
                    "server",
                    onStop: async () =>
                        (await HolderAsync()) == "me" ? null : "after the lease was given back"
                )
            );
        (await manager.HealthChecks.ReadyAsync()).Text.ShouldContain(
            "[-]informer-sync failed: not read yet: widgets.test.example.com"
        );

        var running = manager.RunAsync(_stop.Token);
        await Eventually.True("the leader works", () => _happened.Contains("leader started"));
        (await manager.HealthChecks.ReadyAsync()).Healthy.ShouldBeTrue();
        await _stop.CancelAsync();
        await running;

        _happened.ShouldBe([
            "server started",
            "everywhere started",
            "leader started",
            "leader stopped",
            "everywhere stopped",
            "server stopped",
        ]);
        (await HolderAsync()).ShouldBe("");
    }

    [Fact]
    public async Task A_lost_lease_ends_the_process()
    {
        var told = 0;
        var manager = new Manager(
            NullLoggerFactory.Instance,
            new() { LeadershipLost = () => Interlocked.Increment(ref told) }
        )
            .UseLeaderElection(Elector())
            .AddLeaderElected(new Part(this, "leader"));
        var running = manager.RunAsync(_stop.Token);
        await Eventually.True("the leader works", () => _happened.Contains("leader started"));

        await Eventually.True(
            "another holder takes the lease by force",
            async () =>
            {
                var lease = await _client.GetAsync<Lease>("manager", _ns);
                await _client.ReplaceAsync(
                    lease! with
                    {
                        Spec = lease.Spec! with { HolderIdentity = "thief" },
                    }
                );
                return true;
            }
        );
        await Should.ThrowAsync<LeadershipLostException>(() =>
            running.WaitAsync(TimeSpan.FromSeconds(30))
        );
        told.ShouldBe(1);
        _happened.ShouldContain("leader stopped");
        (await HolderAsync()).ShouldBe("thief");
    }

    [Fact]
    public async Task A_part_that_fails_stops_everything_and_says_why()
    {
        var manager = new Manager(NullLoggerFactory.Instance)
            .AddServer(new Part(this, "server"))
            .Add(new Part(this, "broken", () => "broken on purpose"));
        (
            await Should.ThrowAsync<InvalidOperationException>(() =>
                manager.RunAsync(_stop.Token).WaitAsync(TimeSpan.FromSeconds(30))
            )
        ).Message.ShouldBe("broken on purpose");
        _happened.ShouldContain("server stopped");
    }

    [Fact]
    public async Task A_part_that_does_not_stop_is_named_and_the_lease_is_not_given_back()
    {
        var never = new TaskCompletionSource<string?>();
        var manager = new Manager(
            NullLoggerFactory.Instance,
            new() { GracefulShutdownTimeout = TimeSpan.FromMilliseconds(200) }
        )
            .UseLeaderElection(Elector())
            .AddLeaderElected(new Part(this, "stubborn", onStop: () => never.Task));
        var running = manager.RunAsync(_stop.Token);
        await Eventually.True("the leader works", () => _happened.Contains("stubborn started"));
        await _stop.CancelAsync();
        (
            await Should.ThrowAsync<TimeoutException>(() =>
                running.WaitAsync(TimeSpan.FromSeconds(30))
            )
        ).Message.ShouldContain("stubborn");
        (await HolderAsync()).ShouldBe("me", "it still runs");
        never.SetResult(null);
    }

    [Fact]
    public async Task A_manager_that_is_stopped_before_its_caches_have_synced_ends()
    {
        await using var nowhere = TcpProxy.To(1);
        nowhere.FallSilent();
        using var client = new KubernetesClient(
            new() { Host = new($"http://127.0.0.1:{nowhere.Port}") }
        );
        var manager = new Manager(NullLoggerFactory.Instance)
            .AddInformer(new Informer<Widget>(client, new(), NullLoggerFactory.Instance))
            .Add(new Part(this, "worker"));
        var running = manager.RunAsync(_stop.Token);
        await Eventually.True("the informer tries", () => nowhere.Accepted > 0);
        await _stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
        _happened.ShouldBeEmpty();
    }

    private LeaderElector Elector() =>
        new(
            _client,
            new()
            {
                LeaseName = "manager",
                Namespace = _ns,
                Identity = "me",
            },
            NullLoggerFactory.Instance
        );

    private async Task<string?> HolderAsync() =>
        (await _client.GetAsync<Lease>("manager", _ns))!.Spec!.HolderIdentity;

    /// <summary>Writes down when it starts and stops; what its functions return is a failure.</summary>
    private sealed class Part(
        ManagerTests test,
        string name,
        Func<string?>? onStart = null,
        Func<Task<string?>>? onStop = null
    ) : IRunnable
    {
        public string Name => name;

        public async Task RunAsync(CancellationToken ct)
        {
            if (onStart?.Invoke() is { } wrong)
                throw new InvalidOperationException(wrong);
            test._happened.Enqueue($"{name} started");
            await Task.Delay(Timeout.Infinite, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (onStop is not null && await onStop() is { } late)
                throw new InvalidOperationException(late);
            test._happened.Enqueue($"{name} stopped");
        }
    }
}
