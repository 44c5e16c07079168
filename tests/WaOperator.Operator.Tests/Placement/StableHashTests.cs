using WaOperator.Operator.Placement;

namespace WaOperator.Operator.Tests.Placement;

public sealed class StableHashTests
{
    /// <summary>Recorded once: a change here moves every session of every installation.</summary>
    [Fact]
    public void Hashes_never_change()
    {
        StableHash.Mix(1).ShouldBe(0xB456BCFC34C2CB2Cul);
        StableHash.Of("").ShouldBe(0x9CA066F1A4AB2EEAul);
        StableHash.Of("wa-operator").ShouldBe(0xA139DC606694CAB9ul);
        Rendezvous.Draw(1, 2).ShouldBe(StableHash.Mix(3));
    }

    [Fact]
    public void Texts_which_differ_only_by_trailing_zeros_differ()
    {
        StableHash.Of("a").ShouldNotBe(StableHash.Of("a\0"));
        StableHash.Of(new byte[8]).ShouldNotBe(StableHash.Of(new byte[16]));
    }

    [Fact]
    public void The_integer_logarithm_follows_the_real_one_and_never_turns()
    {
        var random = new Random(7);
        var hashes = Enumerable
            .Range(0, 20_000)
            .Select(_ => (ulong)random.NextInt64() << 1)
            .Append(1ul)
            .Append(ulong.MaxValue);
        ulong? last = null;
        foreach (var hash in hashes.Order())
        {
            var log = Rendezvous.NegativeLog2(hash);
            (log / Math.Pow(2, 40)).ShouldBe(64 - Math.Log2(hash | 1), 1e-7);
            if (last is { } before)
                log.ShouldBeLessThanOrEqualTo(before);
            last = log;
        }
    }

    [Fact]
    public void A_shard_of_half_the_weight_wins_half_as_often()
    {
        var random = new Random(11);
        const int draws = 60_000;
        var wins = 0;
        for (var i = 0; i < draws; i++)
            if (
                Rendezvous.Beats(
                    (ulong)random.NextInt64() << 1,
                    1000,
                    (ulong)random.NextInt64() << 1,
                    500
                )
            )
                wins++;
        ((double)wins / draws).ShouldBe(2.0 / 3, 0.01);
    }
}
