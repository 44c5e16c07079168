using System.ComponentModel.DataAnnotations;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.LeaderElection;

/// <summary>The rules of the election, on a clock that moves only when told to.</summary>
public sealed class LeaderElectorTests : IAsyncDisposable
{
    private readonly Election _election = new();

    private FakeTime Time => _election.Time;
    private FakeLease Lease => _election.Lease;

    public ValueTask DisposeAsync() => _election.DisposeAsync();

    [Fact]
    public async Task The_first_candidate_leads_and_the_record_says_so()
    {
        var a = _election.Start("a");
        await _election.Leads(a);

        var spec = Lease.Current!.Spec!;
        spec.HolderIdentity.ShouldBe("a");
        spec.LeaseDurationSeconds.ShouldBe(6);
        spec.LeaseTransitions.ShouldBe(0);
        spec.AcquireTime.ShouldBe(spec.RenewTime);
        a.Elector.Leader.ShouldBe("a");
    }

    [Fact]
    public async Task A_dead_leader_is_followed_when_its_record_stood_still_for_its_duration_on_the_candidates_own_clock()
    {
        // Its clock was two days ahead: a candidate that compares wall clocks waits for two days.
        Lease.Set(
            new()
            {
                HolderIdentity = "dead",
                LeaseDurationSeconds = 6,
                RenewTime = Time.GetUtcNow().AddDays(2),
                LeaseTransitions = 4,
            }
        );
        var seen = Time.GetUtcNow();
        var a = _election.Start("a");
        while (!a.Elector.IsLeader)
        {
            (Time.GetUtcNow() - seen).ShouldBeLessThan(
                TimeSpan.FromSeconds(6 + 1.2 + 0.2),
                "the record has stood still for long enough"
            );
            await _election.Polls(a, 1);
        }
        (Time.GetUtcNow() - seen).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(6));
        Lease.Current!.Spec!.LeaseTransitions.ShouldBe(5);
    }

    [Fact]
    public async Task Every_renewal_starts_the_wait_again_whatever_its_times_say()
    {
        var old = Time.GetUtcNow().AddYears(-1);
        Lease.Set(
            new()
            {
                HolderIdentity = "other",
                LeaseDurationSeconds = 6,
                RenewTime = old,
            }
        );
        var a = _election.Start("a");
        for (var i = 1; i < 30; i++)
        {
            await _election.Polls(a, 1);
            Lease.Set(
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
        var a = _election.Start("a");
        await _election.Leads(a);
        Lease.Before = _ => FakeApi.Refusal(500, "InternalError");
        var last = Lease.Current!.Spec!.RenewTime!.Value;
        await Eventually.True(
            "the leader gives up",
            () =>
            {
                if (!a.Elector.IsLeader)
                    return true;
                Time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            }
        );
        (Time.GetUtcNow() - last).ShouldBeInRange(
            TimeSpan.FromSeconds(4),
            TimeSpan.FromSeconds(4.2)
        );
        await Eventually.True("its end is told", _election.Advancing(() => a.Ended.IsCompleted));
        await Should.ThrowAsync<LeadershipLostException>(() => a.Ended);
        a.Work.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_leader_whose_record_is_anothers_stops_at_once()
    {
        var a = _election.Start("a");
        await _election.Leads(a);
        Lease.Set(new() { HolderIdentity = "thief", LeaseDurationSeconds = 6 });
        await Eventually.True("the leader stops", _election.Advancing(() => a.Ended.IsCompleted));
        (await Should.ThrowAsync<LeadershipLostException>(() => a.Ended)).Message.ShouldContain(
            "thief leads now"
        );
        Lease.Current!.Spec!.HolderIdentity.ShouldBe("thief");
    }

    [Fact]
    public async Task A_renewal_whose_answer_was_lost_loses_no_lease()
    {
        var a = _election.Start("a");
        await _election.Leads(a);
        var lost = 0;
        Lease.After = c =>
            c.Method == "PUT" && Interlocked.Increment(ref lost) == 1
                ? FakeApi.Refusal(504, "Timeout")
                : null;
        var renewed = Lease.Current!.Spec!.RenewTime;
        await Eventually.True(
            "it was renewed after the lost answer",
            _election.Advancing(() => lost > 3)
        );
        a.Elector.IsLeader.ShouldBeTrue();
        Lease.Current.Spec.LeaseTransitions.ShouldBe(0);
        Lease.Current.Spec.RenewTime.ShouldNotBe(renewed);
    }

    [Fact]
    public async Task On_stop_the_work_ends_first_under_a_lease_that_is_still_renewed_and_then_the_lease_is_free()
    {
        var a = _election.Start("a", lingers: true);
        await _election.Leads(a);
        a.RequestStop();
        await Eventually.True("the work is told to end", () => a.Work.IsCancellationRequested);
        var renewed = Lease.Current!.Spec!.RenewTime;
        await Eventually.True(
            "the lease is still renewed",
            _election.Advancing(() => Lease.Current.Spec.RenewTime > renewed)
        );
        Lease.Current.Spec.HolderIdentity.ShouldBe("a");
        a.Elector.IsLeader.ShouldBeTrue();

        a.EndWork();
        await Eventually.True("all has ended", _election.Advancing(() => a.Ended.IsCompleted));
        await a.Ended;
        Lease.Current.Spec.HolderIdentity.ShouldBe("");
        var b = _election.Start("b");
        await _election.Leads(b);
        Lease.Current.Spec.LeaseTransitions.ShouldBe(1);
    }

    [Fact]
    public async Task Work_that_fails_leaves_the_lease_to_run_out()
    {
        var a = _election.Start("a", lingers: true);
        await _election.Leads(a);
        a.FailWork();
        await Eventually.True("it has ended", _election.Advancing(() => a.Ended.IsCompleted));
        await Should.ThrowAsync<InvalidOperationException>(() => a.Ended);
        Lease.Current!.Spec!.HolderIdentity.ShouldBe("a", "something of it may still run");
    }

    [Fact]
    public Task There_are_never_two_leaders() =>
        _election.NeverTwoLeadersAsync(
            Environment.TickCount,
            number => _election.Start($"c{number}")
        );

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
        var options = Election.Options("a") with
        {
            LeaseDuration = TimeSpan.FromSeconds(duration),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };
        Should.Throw<ValidationException>(options.Validate).Message.ShouldContain(words);
        Should.NotThrow(Election.Options("a").Validate);
    }
}
