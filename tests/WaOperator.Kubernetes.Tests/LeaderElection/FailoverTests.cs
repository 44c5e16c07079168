using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.LeaderElection;

/// <summary>Two candidates on a real server, one of which loses the server in different ways.</summary>
[Collection(nameof(FaultyServer))]
public sealed class FailoverTests(FaultyServer faulty) : IAsyncLifetime
{
    private readonly List<Candidate> _candidates = [];
    private readonly CancellationTokenSource _watching = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private Task _watcher = Task.CompletedTask;
    private string _ns = null!;

    public async Task InitializeAsync()
    {
        _ns = await faulty.Server.CreateNamespaceAsync();
        _watcher = Task.Run(async () =>
        {
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (!_watching.IsCancellationRequested && await tick.WaitForNextTickAsync())
            {
                Candidate[] all;
                lock (_candidates)
                    all = [.. _candidates];
                var leaders = all.Where(c => c.Elector.IsLeader)
                    .Select(c => c.Elector.Identity)
                    .ToList();
                if (leaders.Count > 1)
                    _violations.Enqueue(string.Join(" and ", leaders));
            }
        });
    }

    public async Task DisposeAsync()
    {
        foreach (var candidate in _candidates)
            await candidate.DisposeAsync();
        await _watching.CancelAsync();
        await _watcher;
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_or_hears_nothing_is_followed_and_there_are_never_two()
    {
        var a = await StartAsync("a");
        await Leads(a);
        var b = await StartAsync("b");

        a.Proxy.Cut();
        await Leads(b);
        await Should.ThrowAsync<LeadershipLostException>(() =>
            a.Ended.WaitAsync(TimeSpan.FromSeconds(30))
        );

        // Silence is worse than an error: no attempt of the leader fails, none succeeds.
        var c = await StartAsync("c");
        b.Proxy.FallSilent();
        await Leads(c);
        await Should.ThrowAsync<LeadershipLostException>(() =>
            b.Ended.WaitAsync(TimeSpan.FromSeconds(30))
        );

        _violations.ShouldBeEmpty();
        using var admin = await faulty.ClientAsync("admin");
        var lease = await admin.GetAsync<Lease>("test", _ns);
        lease!.Spec!.HolderIdentity.ShouldBe("c");
        lease.Spec.LeaseTransitions.ShouldBe(2);
    }

    [Fact]
    public async Task A_leader_outlives_a_server_that_is_away_for_less_than_the_deadline()
    {
        var a = await StartAsync("a", slow: true);
        await Leads(a);
        using var admin = await faulty.ClientAsync("admin");
        a.Proxy.Cut();
        var renewed = (await admin.GetAsync<Lease>("test", _ns))!.Spec!.RenewTime;
        a.Proxy.Heal();
        await Eventually.True(
            "the lease is renewed again",
            async () => (await admin.GetAsync<Lease>("test", _ns))!.Spec!.RenewTime > renewed
        );
        a.Elector.IsLeader.ShouldBeTrue();
        a.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_leader_that_stops_makes_way_at_once()
    {
        // No one waits for a minute here: the lease is given back.
        var a = await StartAsync("a", slow: true);
        await Leads(a);
        var b = await StartAsync("b", slow: true);
        await a.StopAsync();
        await Leads(b);
        _violations.ShouldBeEmpty();
    }

    private static Task Leads(Candidate candidate) =>
        Eventually.True($"{candidate.Elector.Identity} leads", () => candidate.Elector.IsLeader);

    private async Task<Candidate> StartAsync(string identity, bool slow = false)
    {
        var proxy = TcpProxy.To(faulty.Server.Port);
        var candidate = new Candidate(
            await faulty.ClientAsync(identity, proxy),
            proxy,
            identity,
            _ns,
            slow
        );
        lock (_candidates)
            _candidates.Add(candidate);
        return candidate;
    }

    private sealed class Candidate : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly KubernetesClient _client;

        public Candidate(
            KubernetesClient client,
            TcpProxy proxy,
            string identity,
            string ns,
            bool slow
        )
        {
            _client = client;
            Proxy = proxy;
            var options = new LeaderElectionOptions
            {
                LeaseName = "test",
                Namespace = ns,
                Identity = identity,
                LeaseDuration = TimeSpan.FromSeconds(slow ? 120 : 4),
                RenewDeadline = TimeSpan.FromSeconds(slow ? 60 : 2.5),
                RetryPeriod = TimeSpan.FromMilliseconds(300),
            };
            Elector = new(client, options, NullLoggerFactory.Instance);
            Ended = Elector.RunAsync(
                async ct =>
                    await Task.Delay(Timeout.Infinite, ct)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing),
                _stop.Token
            );
        }

        public TcpProxy Proxy { get; }
        public LeaderElector Elector { get; }
        public Task Ended { get; }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await Ended.WaitAsync(TimeSpan.FromSeconds(30));
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Ended.ContinueWith(_ => { }, TaskScheduler.Default);
            await Proxy.DisposeAsync();
            _client.Dispose();
            _stop.Dispose();
        }
    }
}
