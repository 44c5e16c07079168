using WaOperator.Ownership.Judging;

namespace WaOperator.Ownership.Tests;

public sealed class PatienceTests
{
    private readonly Patience _patience = new(
        TimeSpan.FromSeconds(30),
        100,
        10,
        5,
        TimeSpan.FromMinutes(5)
    );

    [Fact]
    public void Nothing_gets_on_although_leases_are_renewed_is_stuck()
    {
        Judge(0, new(2, 10, 0, 0, 5)).ShouldBeNull();
        Judge(29, new(2, 10, 400, 400, 5)).ShouldBeNull();
        Judge(30, new(2, 10, 420, 420, 5))!
            .ShouldStartWith("stuck: 420 renewals and 420 watched lives of a lease in 30 s");
    }

    [Fact]
    public void A_claim_begins_the_bound_again()
    {
        Judge(0, new(2, 10, 0, 0, 5)).ShouldBeNull();
        Judge(29, new(2, 11, 400, 400, 5)).ShouldBeNull();
        Judge(58, new(2, 11, 800, 800, 5)).ShouldBeNull();
        Judge(59, new(2, 11, 810, 810, 5))!.ShouldStartWith("stuck");
    }

    [Fact]
    public void A_session_that_found_its_owner_begins_it_again()
    {
        Judge(0, new(2, 10, 0, 0, 5)).ShouldBeNull();
        Judge(29, new(1, 10, 400, 400, 5)).ShouldBeNull();
        Judge(31, new(1, 10, 420, 420, 5)).ShouldBeNull();
    }

    [Fact]
    public void Owners_without_processor_time_are_slow()
    {
        Judge(0, new(2, 10, 0, 0, 5)).ShouldBeNull();
        Judge(60, new(2, 10, 20, 20, 5)).ShouldBeNull();
        Judge(90, new(2, 10, 100, 100, 5))!.ShouldStartWith("stuck");
    }

    [Fact]
    public void An_operator_that_looks_too_rarely_for_its_word_had_no_chance()
    {
        Judge(0, new(2, 10, 0, 0, 5)).ShouldBeNull();
        Judge(60, new(2, 10, 2_000, 3, 5)).ShouldBeNull();
        Judge(90, new(2, 10, 3_000, 10, 5))!.ShouldStartWith("stuck");
    }

    [Fact]
    public void Owners_that_cannot_connect_had_no_chance()
    {
        Judge(0, new(2, 10, 0, 0, 0)).ShouldBeNull();
        Judge(60, new(2, 10, 2_000, 100, 4)).ShouldBeNull();
        Judge(61, new(2, 10, 2_010, 101, 5))!.ShouldStartWith("stuck");
    }

    [Fact]
    public void Without_a_chance_there_is_no_verdict()
    {
        Judge(0, new(2, 10, 0, 0, 5)).ShouldBeNull();
        Judge(299, new(2, 10, 9_000, 3, 5)).ShouldBeNull();
        Should
            .Throw<TimeoutException>(() => Judge(300, new(2, 10, 9_100, 4, 5)))
            .Message.ShouldContain("too little time");
    }

    [Fact]
    public void Leases_that_flap_are_waited_for_to_an_end()
    {
        for (var second = 0; second < 300; second += 10)
            Judge(second, new(2, second, second, second, 5)).ShouldBeNull();
        Judge(300, new(2, 300, 300, 300, 5))!.ShouldStartWith("slow");
    }

    private string? Judge(int second, Standing standing) =>
        _patience.Judge(TimeSpan.FromSeconds(second), standing);
}
