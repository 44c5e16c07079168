using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Tests;
using WaOperator.Kubernetes.Tests.LeaderElection;
using WaOperator.Operator.Election;
using WaOperator.Testing;
using Voting = WaOperator.Kubernetes.Tests.LeaderElection.Election;

namespace WaOperator.Operator.Tests.Electing;

/// <summary>To whom the lead moves when a leader cannot do its work, on a clock that moves only when told to.</summary>
public sealed class FitnessPolicyTests : IAsyncDisposable
{
    private readonly Voting _election = new();

    private FakeLease Lease => _election.Lease;

    public ValueTask DisposeAsync() => _election.DisposeAsync();

    [Fact]
    public async Task A_leader_that_cannot_do_its_work_leads_on_while_no_other_could()
    {
        var a = Start("a");
        await Leads(a);
        var b = Start("b");
        await Polls(b, 1);
        a.Fit = b.Fit = false;
        await Eventually.True("the lease is offered", _election.Advancing(() => IsOffered));
        await Polls(b, 10);

        a.Elector.IsLeader.ShouldBeTrue();
        Lease.Current!.Spec!.HolderIdentity.ShouldBe("a");
        a.Fit = true;
        await Eventually.True("the offer is withdrawn", _election.Advancing(() => !IsOffered));
        b.Fit = true;
        await Polls(b, 10);
        Lease.Current.Spec.LeaseTransitions.ShouldBe(0);
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
        await Eventually.True(
            "the leader has resigned",
            _election.Advancing(() => a.Ended.IsCompleted)
        );
        await a.Ended;
        a.Work.IsCancellationRequested.ShouldBeTrue();
        var again = Start("a2", fit: false);
        await Eventually.True(
            "a fit candidate leads",
            _election.Advancing(() => b.Elector.IsLeader || c.Elector.IsLeader)
        );
        await Polls(again, 10);
        again.Fit = true;
        await Polls(again, 10);

        Lease.Current!.Spec!.LeaseTransitions.ShouldBe(1);
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
        await Eventually.True("the lease is offered", _election.Advancing(() => IsOffered));
        await Polls(b, 2);

        // All lost their database, the candidate a moment later: it still looks fit, and has no proof of it.
        Lease.Current!.Spec!.HolderIdentity.ShouldBe("a");
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
        Lease.Before = c =>
        {
            if (c.Method == "PUT" && c.Body.Contains("asked-by", StringComparison.Ordinal))
                asked = a.Fit = true;
            return null;
        };
        await Eventually.True("it is asked", _election.Advancing(() => asked));
        await Eventually.True(
            "neither offered nor asked for",
            _election.Advancing(() => !IsMarked)
        );

        await Polls(b, 10);
        a.Elector.IsLeader.ShouldBeTrue();
        Lease.Current!.Spec!.LeaseTransitions.ShouldBe(0);
    }

    [Fact]
    public async Task A_free_lease_is_not_taken_by_a_candidate_that_could_not_do_the_work()
    {
        var a = Start("a", fit: false);
        var b = Start("b", fit: false);
        await Polls(a, 5);
        Lease.Current.ShouldBeNull();

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
        await Eventually.True("its end is told", _election.Advancing(() => a.Ended.IsCompleted));
        (await Should.ThrowAsync<LeadershipLostException>(() => a.Ended)).Message.ShouldContain(
            "resigned"
        );
        a.Work.IsCancellationRequested.ShouldBeTrue();
        a.Elector.IsLeader.ShouldBeFalse();
        await Leads(b);
        Lease.Current!.Spec!.LeaseTransitions.ShouldBe(1);
    }

    [Fact]
    public Task There_are_never_two_leaders_whichever_are_fit()
    {
        var candidates = new Dictionary<Voting.Candidate, Fitness>();
        return _election.NeverTwoLeadersAsync(
            Environment.TickCount,
            number =>
            {
                var candidate = Start($"c{number}");
                candidates[candidate.Running] = candidate.Fitness;
                return candidate.Running;
            },
            (_, candidate) => candidates[candidate].Fit ^= true
        );
    }

    private bool IsOffered =>
        Lease.Current?.Metadata.Annotation("leader-election.wa-operator.io/offered") is not null;

    private bool IsMarked => Lease.Current?.Metadata.Annotations is { Count: > 0 };

    private Candidate Start(string identity, bool lingers = false, bool fit = true)
    {
        var fitness = new Fitness(_election.Time) { Fit = fit };
        var policy = new FitnessPolicy(
            identity,
            fitness.ProvenAt,
            TimeSpan.FromSeconds(3),
            NullLogger<FitnessPolicy>.Instance,
            _election.Time
        );
        return new(_election.Start(identity, lingers, policy), fitness);
    }

    private Task Leads(Candidate candidate) => _election.Leads(candidate.Running);

    private Task Polls(Candidate candidate, int times) => _election.Polls(candidate.Running, times);

    private sealed record Candidate(Voting.Candidate Running, Fitness Fitness)
    {
        public bool Fit
        {
            set => Fitness.Fit = value;
        }

        public LeaderElector Elector => Running.Elector;
        public Task Ended => Running.Ended;
        public CancellationToken Work => Running.Work;

        public void Freeze() => Fitness.Freeze();
    }

    private sealed class Fitness(FakeTime time)
    {
        private long? _proven;
        private bool _frozen;

        public bool Fit { get; set; }

        public long? ProvenAt() => Fit && !_frozen ? _proven = time.GetTimestamp() : _proven;

        /// <summary>Its last proof is from shortly before an offer of one that cannot work from now on.</summary>
        public void Freeze()
        {
            _proven = time.GetTimestamp() + TimeSpan.FromSeconds(2.9).Ticks;
            _frozen = true;
        }
    }
}
