using WaOperator.Operator.Shards;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Shards;

/// <summary>One shard, watched once a second as the operator does: tests change the row and the pod and let time pass.</summary>
internal sealed class ShardScene
{
    public static readonly ShardTerms Terms = new(
        LeaseTtl: TimeSpan.FromSeconds(10),
        RenewEvery: TimeSpan.FromSeconds(2),
        FailoverAfter: TimeSpan.FromSeconds(30)
    );
    private static readonly TimeSpan MaxGap = TimeSpan.FromSeconds(3);
    private readonly FakeTime _clock = new();
    private LeaseWatch? _watch;

    public ShardLease? Lease { get; set; }
    public PodFacts? Pod { get; set; } = Running("pod-a");
    public bool HolderTerminated { get; set; }
    public bool OutOfService { get; set; }
    public bool Leaving { get; set; }

    public static PodFacts Running(string uid) =>
        new(uid, "wa-0", true, false, false, false, "node-1");

    public static ShardLease Held(string uid = "pod-a", long epoch = 1) =>
        new(new("pool", 0), epoch, LeaseState.Held, uid, "wa-0", 0, false, false, null);

    /// <summary>The state after a look now.</summary>
    public ShardVerdict Look()
    {
        if (Lease is not null)
            _watch = LeaseWatch.Next(
                _watch,
                Lease,
                _clock.GetTimestamp(),
                _clock.GetTimestamp(),
                MaxGap,
                _clock
            );
        var verdict = ShardJudge.Decide(
            new(_watch, Pod, HolderTerminated, OutOfService, Leaving),
            Terms
        );
        _watch = _watch?.Decided(verdict.IsAway);
        return verdict;
    }

    /// <summary>Looks once a second; the last verdict.</summary>
    public ShardVerdict After(int seconds, bool renewing = false)
    {
        var verdict = Look();
        for (var i = 0; i < seconds; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            if (renewing)
                Lease = Lease! with { Counter = Lease.Counter + 1 };
            verdict = Look();
        }
        return verdict;
    }

    /// <summary>PostgreSQL is away for so long: no look in between.</summary>
    public ShardVerdict AfterOutage(int seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        return Look();
    }

    public void Expire() => Lease = Lease! with { ExpiredByDatabase = true };
}
