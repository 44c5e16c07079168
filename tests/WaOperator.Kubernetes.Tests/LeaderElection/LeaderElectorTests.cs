using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.LeaderElection;

/// <summary>The rules of the election, on a clock that moves only when told to.</summary>
public sealed class LeaderElectorTests : IAsyncDisposable
{
    private readonly FakeTime _time = new();
    private readonly FakeLease _lease = new();
    private readonly List<Candidate> _candidates = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var candidate in _candidates)
            await candidate.StopAsync();
    }

    [Fact]
    public async Task The_first_candidate_leads_and_the_record_says_so()
    {
        var a = Start("a");
        await Leads(a);

        var spec = _lease.Current!.Spec!;
        spec.HolderIdentity.ShouldBe("a");
        spec.LeaseDurationSeconds.ShouldBe(6);
        spec.LeaseTransitions.ShouldBe(0);
        spec.AcquireTime.ShouldBe(spec.RenewTime);
        a.Elector.Leader.ShouldBe("a");
    }

    [Fact]
    public async Task A_dead_leader_is_followed_when_its_record_stood_still_for_its_duration_on_the_candidates_own_clock()
    {
        // Its clock was two days ahead: whoever compares wall clocks waits for two days.
        _lease.Set(
            new()
            {
                HolderIdentity = "dead",
                LeaseDurationSeconds = 6,
                RenewTime = _time.GetUtcNow().AddDays(2),
                LeaseTransitions = 4,
            }
        );
        var seen = _time.GetUtcNow();
        var a = Start("a");
        while (!a.Elector.IsLeader)
        {
            (_time.GetUtcNow() - seen).ShouldBeLessThan(
                TimeSpan.FromSeconds(6 + 1.2 + 0.2),
                "the record has stood still for long enough"
            );
            await Polls(a, 1);
        }
        (_time.GetUtcNow() - seen).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(6));
        _lease.Current!.Spec!.LeaseTransitions.ShouldBe(5);
    }

    [Fact]
    public async Task Every_renewal_starts_the_wait_anew_whatever_its_times_say()
    {
        var old = _time.GetUtcNow().AddYears(-1);
        _lease.Set(
            new()
            {
                HolderIdentity = "other",
                LeaseDurationSeconds = 6,
                RenewTime = old,
            }
        );
        var a = Start("a");
        for (var i = 1; i < 30; i++)
        {
            await Polls(a, 1);
            _lease.Set(
                new()
                {
                    HolderIdentity = "other",
                    LeaseDurationSeconds = 6,
                    RenewTime = old.AddSeconds(i),
                }
            );
        }
        a.Elector.IsLeader.ShouldBeFalse();
        a.Elector.Leader.ShouldBe("other");
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_stops_before_anybody_may_follow()
    {
        var a = Start("a");
        await Leads(a);
        _lease.Before = _ => FakeApi.Refusal(500, "InternalError");
        var last = _lease.Current!.Spec!.RenewTime!.Value;
        await Eventually.True(
            "the leader gives up",
            () =>
            {
                if (!a.Elector.IsLeader)
                    return true;
                _time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            }
        );
        (_time.GetUtcNow() - last).ShouldBeInRange(
            TimeSpan.FromSeconds(4),
            TimeSpan.FromSeconds(4.2)
        );
        await Eventually.True("its end is told", Advancing(() => a.Ended.IsCompleted));
        await Should.ThrowAsync<LeadershipLostException>(() => a.Ended);
        a.Work.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_leader_whose_record_is_anothers_stops_at_once()
    {
        var a = Start("a");
        await Leads(a);
        _lease.Set(new() { HolderIdentity = "thief", LeaseDurationSeconds = 6 });
        await Eventually.True("the leader stops", Advancing(() => a.Ended.IsCompleted));
        (await Should.ThrowAsync<LeadershipLostException>(() => a.Ended)).Message.ShouldContain(
            "thief leads now"
        );
        _lease.Current!.Spec!.HolderIdentity.ShouldBe("thief");
    }

    [Fact]
    public async Task A_renewal_whose_answer_was_lost_loses_no_lease()
    {
        var a = Start("a");
        await Leads(a);
        var lost = 0;
        _lease.After = c =>
            c.Method == "PUT" && Interlocked.Increment(ref lost) == 1
                ? FakeApi.Refusal(504, "Timeout")
                : null;
        var renewed = _lease.Current!.Spec!.RenewTime;
        await Eventually.True("it was renewed after the lost answer", Advancing(() => lost > 3));
        a.Elector.IsLeader.ShouldBeTrue();
        _lease.Current.Spec.LeaseTransitions.ShouldBe(0);
        _lease.Current.Spec.RenewTime.ShouldNotBe(renewed);
    }

    [Fact]
    public async Task On_stop_the_work_ends_first_under_a_lease_that_is_still_renewed_and_then_the_lease_is_free()
    {
        var a = Start("a", lingers: true);
        await Leads(a);
        a.RequestStop();
        await Eventually.True("the work is told to end", () => a.Work.IsCancellationRequested);
        var renewed = _lease.Current!.Spec!.RenewTime;
        await Eventually.True(
            "the lease is still renewed",
            Advancing(() => _lease.Current.Spec.RenewTime > renewed)
        );
        _lease.Current.Spec.HolderIdentity.ShouldBe("a");
        a.Elector.IsLeader.ShouldBeTrue();

        a.EndWork();
        await Eventually.True("all has ended", Advancing(() => a.Ended.IsCompleted));
        await a.Ended;
        _lease.Current.Spec.HolderIdentity.ShouldBe("");
        var b = Start("b");
        await Leads(b);
        _lease.Current.Spec.LeaseTransitions.ShouldBe(1);
    }

    [Fact]
    public async Task Work_that_fails_leaves_the_lease_to_run_out()
    {
        var a = Start("a", lingers: true);
        await Leads(a);
        a.FailWork();
        await Eventually.True("it has ended", Advancing(() => a.Ended.IsCompleted));
        await Should.ThrowAsync<InvalidOperationException>(() => a.Ended);
        _lease.Current!.Spec!.HolderIdentity.ShouldBe("a", "something of it may still run");
    }

    [Fact]
    public async Task A_leader_that_cannot_do_its_work_leads_on_while_nobody_else_could()
    {
        var a = Start("a");
        await Leads(a);
        var b = Start("b");
        await Polls(b, 1);
        a.Fit = b.Fit = false;
        await Eventually.True("the lease is offered", Advancing(() => IsOffered));
        await Polls(b, 10);

        a.Elector.IsLeader.ShouldBeTrue();
        _lease.Current!.Spec!.HolderIdentity.ShouldBe("a");
        a.Fit = true;
        await Eventually.True("the offer is withdrawn", Advancing(() => !IsOffered));
        b.Fit = true;
        await Polls(b, 10);
        _lease.Current.Spec.LeaseTransitions.ShouldBe(0);
    }

    [Fact]
    public async Task The_lead_moves_once_to_who_can_do_the_work_and_stays_there()
    {
        var a = Start("a");
        await Leads(a);
        var b = Start("b");
        var c = Start("c");
        await Polls(b, 1);
        a.Fit = false;
        await Eventually.True("the leader has resigned", Advancing(() => a.Ended.IsCompleted));
        await a.Ended;
        a.Work.IsCancellationRequested.ShouldBeTrue();
        var again = Start("a2", fit: false);
        await Eventually.True(
            "a fit candidate leads",
            Advancing(() => b.Elector.IsLeader || c.Elector.IsLeader)
        );
        await Polls(again, 10);
        again.Fit = true;
        await Polls(again, 10);

        _lease.Current!.Spec!.LeaseTransitions.ShouldBe(1);
        again.Elector.IsLeader.ShouldBeFalse();
    }

    [Fact]
    public async Task A_proof_from_before_the_offer_is_none()
    {
        var a = Start("a");
        await Leads(a);
        var b = Start("b");
        await Polls(b, 1);
        a.Fit = false;
        b.Freeze();
        await Eventually.True("the lease is offered", Advancing(() => IsOffered));
        await Polls(b, 2);

        // All lost their database, the candidate a moment later: it still looks fit, and has no proof of it.
        _lease.Current!.Spec!.HolderIdentity.ShouldBe("a");
        a.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_leader_that_is_asked_but_can_work_again_stays()
    {
        var a = Start("a");
        await Leads(a);
        var b = Start("b");
        await Polls(b, 1);
        a.Fit = false;
        var asked = false;
        _lease.Before = c =>
        {
            if (c.Method == "PUT" && c.Body.Contains("asked-by", StringComparison.Ordinal))
                asked = a.Fit = true;
            return null;
        };
        await Eventually.True("it is asked", Advancing(() => asked));
        await Eventually.True("neither offered nor asked for", Advancing(() => !IsMarked));

        await Polls(b, 10);
        a.Elector.IsLeader.ShouldBeTrue();
        _lease.Current!.Spec!.LeaseTransitions.ShouldBe(0);
    }

    [Fact]
    public async Task Nobody_takes_a_free_lease_who_could_not_do_the_work()
    {
        var a = Start("a", fit: false);
        var b = Start("b", fit: false);
        await Polls(a, 5);
        _lease.Current.ShouldBeNull();

        b.Fit = true;
        await Leads(b);
    }

    [Fact]
    public async Task Work_that_cannot_end_for_a_resignation_does_not_keep_the_lease()
    {
        var a = Start("a", lingers: true);
        await Leads(a);
        var b = Start("b");
        await Polls(b, 1);
        a.Fit = false;
        await Eventually.True("its end is told", Advancing(() => a.Ended.IsCompleted));
        (await Should.ThrowAsync<LeadershipLostException>(() => a.Ended)).Message.ShouldContain(
            "resigned"
        );
        a.Work.IsCancellationRequested.ShouldBeTrue();
        a.Elector.IsLeader.ShouldBeFalse();
        await Leads(b);
        _lease.Current!.Spec!.LeaseTransitions.ShouldBe(1);
    }

    /// <summary>
    /// Three candidates, each cut off from the server or from its answers at random, and replaced by another when it gave up: never two
    /// leaders.
    /// </summary>
    [Fact]
    public async Task There_are_never_two_leaders()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var leaders = new HashSet<string>(StringComparer.Ordinal);
        var started = 0;
        while (started < 3)
            Start($"c{started++}");
        for (var step = 0; step < 4000; step++)
        {
            if (random.Next(40) == 0)
                _candidates[random.Next(3)].Fault = (Fault)random.Next(3);
            if (random.Next(60) == 0)
                _candidates[random.Next(3)].Fit ^= true;
            _time.Advance(TimeSpan.FromMilliseconds(50));
            // Lets most of what the timers woke run, and some of it late.
            for (var i = random.Next(4); i >= 0; i--)
                await Task.Run(() => { });
            var leading = _candidates
                .Where(c => c.Elector.IsLeader)
                .Select(c => c.Elector.Identity)
                .ToList();
            leading.Count.ShouldBeLessThanOrEqualTo(
                1,
                $"seed {seed}, step {step}: {string.Join(" and ", leading)} lead"
            );
            leaders.UnionWith(leading);
            foreach (var ended in _candidates.Where(c => c.Ended.IsCompleted).ToList())
            {
                _candidates.Remove(ended);
                Start($"c{started++}");
            }
        }
        leaders.Count.ShouldBeGreaterThan(
            3,
            $"seed {seed}: the lease changed hands often enough to prove something"
        );
    }

    [Theory]
    [InlineData(6, 6, 1, "LeaseDuration")]
    [InlineData(6, 1.1, 1, "RenewDeadline")]
    [InlineData(6, 4, 0, "RetryPeriod")]
    [InlineData(6.5, 4, 1, "whole seconds")]
    public void Times_that_do_not_fit_together_are_refused(
        double duration,
        double deadline,
        double retry,
        string words
    )
    {
        var options = Options("a") with
        {
            LeaseDuration = TimeSpan.FromSeconds(duration),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };
        Should.Throw<ValidationException>(options.Validate).Message.ShouldContain(words);
        Should.NotThrow(Options("a").Validate);
    }

    private bool IsOffered =>
        _lease.Current?.Metadata.Annotation("leader-election.wa-operator.io/offered") is not null;

    private bool IsMarked => _lease.Current?.Metadata.Annotations is { Count: > 0 };

    private static LeaderElectionOptions Options(string identity) =>
        new()
        {
            LeaseName = "l",
            Namespace = "ns",
            Identity = identity,
        };

    private Candidate Start(string identity, bool lingers = false, bool fit = true)
    {
        var candidate = new Candidate(identity, _lease, _time, lingers, fit);
        _candidates.Add(candidate);
        return candidate;
    }

    private Task Leads(Candidate candidate) =>
        Eventually.True(
            $"{candidate.Elector.Identity} leads",
            Advancing(() => candidate.Elector.IsLeader)
        );

    /// <summary>Lets the candidate ask for the record so many times more, and no more time pass than that takes.</summary>
    private async Task Polls(Candidate candidate, int times)
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
                    if (_time.NextDueIn is { } due && due <= TimeSpan.FromSeconds(1.2))
                        _time.Advance(due);
                    return false;
                }
            );
        }
    }

    private Func<bool> Advancing(Func<bool> probe) =>
        () =>
        {
            if (probe())
                return true;
            _time.Advance(TimeSpan.FromMilliseconds(200));
            return false;
        };

    private enum Fault
    {
        None,
        Unreachable,
        AnswersLost,
    }

    private sealed class Candidate : IFitness
    {
        private readonly FakeTime _time;
        private long? _proven;
        private bool _frozen;
        private readonly CancellationTokenSource _stop = new();
        private readonly TaskCompletionSource _work = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        private readonly ConcurrentQueue<string> _asked = new();

        public Candidate(string identity, FakeLease lease, FakeTime time, bool lingers, bool fit)
        {
            Fit = fit;
            _time = time;
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
                Fitness = this,
            };
            Ended = Elector.RunAsync(
                async ct =>
                {
                    Work = ct;
                    if (lingers)
                        await _work.Task;
                    else
                        await Task.Delay(Timeout.Infinite, ct)
                            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                },
                _stop.Token
            );
        }

        public Fault Fault { get; set; }
        public bool Fit { get; set; }
        public long? ProvenAt => Fit && !_frozen ? _proven = _time.GetTimestamp() : _proven;

        /// <summary>Its last proof is from shortly before an offer of who cannot work from now on.</summary>
        public void Freeze()
        {
            _proven = _time.GetTimestamp() + TimeSpan.FromSeconds(2.9).Ticks;
            _frozen = true;
        }

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
