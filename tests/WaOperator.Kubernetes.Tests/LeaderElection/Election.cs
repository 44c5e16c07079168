using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.LeaderElection;

/// <summary>What a candidate hears of the server.</summary>
public enum Fault
{
    None,
    Unreachable,
    AnswersLost,
}

/// <summary>Candidates for one lease, on a clock that moves only when told to.</summary>
public sealed class Election : IAsyncDisposable
{
    private readonly List<Candidate> _candidates = [];

    public FakeTime Time { get; } = new();
    public FakeLease Lease { get; } = new();

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in _candidates)
            await candidate.StopAsync();
    }

    public static LeaderElectionOptions Options(string identity) =>
        new()
        {
            LeaseName = "l",
            Namespace = "ns",
            Identity = identity,
        };

    public Candidate Start(
        string identity,
        bool lingers = false,
        ILeaderElectionPolicy? policy = null
    )
    {
        var candidate = new Candidate(identity, Lease, Time, lingers, policy);
        _candidates.Add(candidate);
        return candidate;
    }

    public Task Leads(Candidate candidate) =>
        Eventually.True(
            $"{candidate.Elector.Identity} leads",
            Advancing(() => candidate.Elector.IsLeader)
        );

    /// <summary>Lets the candidate ask for the record so many times more, and no more time pass than that takes.</summary>
    public async Task Polls(Candidate candidate, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var asked = candidate.Asked;
            await Eventually.True(
                "the candidate asks for the record",
                () =>
                {
                    if (candidate.Asked > asked || candidate.Elector.IsLeader)
                        return true;
                    if (Time.NextDueIn is { } due && due <= TimeSpan.FromSeconds(1.2))
                        Time.Advance(due);
                    return false;
                }
            );
        }
    }

    public Func<bool> Advancing(Func<bool> probe) =>
        () =>
        {
            if (probe())
                return true;
            Time.Advance(TimeSpan.FromMilliseconds(200));
            return false;
        };

    /// <summary>
    /// Three candidates, each cut off from the server or from its answers at random, and replaced by another when it gave up: never two
    /// leaders.
    /// </summary>
    /// <param name="seed">Of what happens when.</param>
    /// <param name="start">Starts the candidate of that number.</param>
    /// <param name="disturb">Called between the steps with a candidate, for what the test does to it beside.</param>
    public async Task NeverTwoLeadersAsync(
        int seed,
        Func<int, Candidate> start,
        Action<Random, Candidate>? disturb = null
    )
    {
        var random = new Random(seed);
        var leaders = new HashSet<string>(StringComparer.Ordinal);
        var running = Enumerable.Range(0, 3).Select(start).ToList();
        var started = running.Count;
        for (var step = 0; step < 4000; step++)
        {
            if (random.Next(40) == 0)
                running[random.Next(3)].Fault = (Fault)random.Next(3);
            if (random.Next(60) == 0)
                disturb?.Invoke(random, running[random.Next(3)]);
            Time.Advance(TimeSpan.FromMilliseconds(50));
            // Lets most of what the timers woke run, and some of it late.
            for (var i = random.Next(4); i >= 0; i--)
                await Task.Run(() => { });
            var leading = running
                .Where(c => c.Elector.IsLeader)
                .Select(c => c.Elector.Identity)
                .ToList();
            leading.Count.ShouldBeLessThanOrEqualTo(
                1,
                $"seed {seed}, step {step}: {string.Join(" and ", leading)} lead"
            );
            leaders.UnionWith(leading);
            foreach (var ended in running.Where(c => c.Ended.IsCompleted).ToList())
            {
                running.Remove(ended);
                _candidates.Remove(ended);
                running.Add(start(started++));
            }
        }
        leaders.Count.ShouldBeGreaterThan(
            3,
            $"seed {seed}: the lease changed hands often enough to prove something"
        );
    }

    /// <summary>One process that stands for the lease.</summary>
    public sealed class Candidate
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly TaskCompletionSource _work = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        private readonly ConcurrentQueue<string> _asked = new();

        public Candidate(
            string identity,
            FakeLease lease,
            FakeTime time,
            bool lingers,
            ILeaderElectionPolicy? policy
        )
        {
            var api = new FakeApi(c =>
            {
                _asked.Enqueue(c.Method);
                if (Fault == Fault.Unreachable)
                    return FakeApi.Refusal(500, "InternalError");
                var answer = lease.Answer(c);
                return Fault == Fault.AnswersLost ? FakeApi.Refusal(504, "Timeout") : answer;
            });
            Elector = new(api.Client(time), Options(identity), NullLoggerFactory.Instance, time)
            {
                Policy = policy,
            };
            Ended = Elector.RunAsync(
                async ct =>
                {
                    Work = ct;
                    if (lingers)
                        await _work.Task;
                    else
                        await new TaskCompletionSource()
                            .Task.WaitAsync(ct)
                            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                },
                _stop.Token
            );
        }

        public Fault Fault { get; set; }
        public LeaderElector Elector { get; }
        public Task Ended { get; }
        public CancellationToken Work { get; private set; }
        public int Asked => _asked.Count(m => m == "GET");

        public void RequestStop() => _stop.Cancel();

        public void EndWork() => _work.TrySetResult();

        public void FailWork() => _work.TrySetException(new InvalidOperationException("broken"));

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            EndWork();
            await Ended
                .ContinueWith(_ => { }, TaskScheduler.Default)
                .WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
