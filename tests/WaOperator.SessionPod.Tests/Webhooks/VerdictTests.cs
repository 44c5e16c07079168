using WaOperator.SessionPod.Webhooks;

namespace WaOperator.SessionPod.Tests.Webhooks;

public sealed class VerdictTests
{
    private static readonly PostVerdict Taken = new(PostOutcome.Delivered);
    private static readonly PostVerdict Refused = PostVerdict.Of(400, "Bad Request", null);
    private static readonly PostVerdict Broken = PostVerdict.Of(500, null, null);

    [Theory]
    [InlineData(200, "Delivered")]
    [InlineData(202, "Delivered")]
    [InlineData(204, "Delivered")]
    [InlineData(301, "EndpointFailure")]
    [InlineData(307, "EndpointFailure")]
    [InlineData(400, "MessageFailure")]
    [InlineData(401, "MessageFailure")]
    [InlineData(404, "MessageFailure")]
    [InlineData(408, "EndpointFailure")]
    [InlineData(410, "Gone")]
    [InlineData(422, "MessageFailure")]
    [InlineData(425, "EndpointFailure")]
    [InlineData(429, "EndpointFailure")]
    [InlineData(500, "EndpointFailure")]
    [InlineData(503, "EndpointFailure")]
    public void A_status_means(int status, string outcome) =>
        PostVerdict.Of(status, null, null).Outcome.ToString().ShouldBe(outcome);

    [Fact]
    public void What_is_told_of_an_answer_is_short_and_in_one_line()
    {
        PostVerdict
            .Of(503, "Service Unavailable", null)
            .Error.ShouldBe("HTTP 503 Service Unavailable");
        PostVerdict.Of(302, "Found", null).Error.ShouldContain("never followed");
        var told = PostVerdict.Of(500, "a\r\nb" + new string('x', 1000), null).Error;
        told.Length.ShouldBeLessThanOrEqualTo(PostVerdict.MaxError);
        told.ShouldNotContain('\n');
        PostVerdict
            .Unanswered(new string('x', 1000))
            .Error.Length.ShouldBeLessThanOrEqualTo(PostVerdict.MaxError);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(-5, null)]
    [InlineData(86_400, 3_600)]
    public void How_long_an_endpoint_asks_to_be_left_alone_is_bounded(int asked, int? counts) =>
        PostVerdict
            .Of(429, null, TimeSpan.FromSeconds(asked))
            .RetryAfter.ShouldBe(counts is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    [Fact]
    public void An_event_that_a_server_fails_on_while_it_takes_others_is_at_fault_itself()
    {
        var blame = new Blame();
        for (var i = 1; i < Blame.MaxFailures; i++)
        {
            Judge(blame, 7, Broken).ShouldBe(PostOutcome.EndpointFailure);
            // Once more without another in between says nothing new.
            Judge(blame, 7, Broken).ShouldBe(PostOutcome.EndpointFailure);
            Judge(blame, 100 + i, Taken).ShouldBe(PostOutcome.Delivered);
        }
        Judge(blame, 7, Broken).ShouldBe(PostOutcome.MessageFailure);
        blame.TriesOf(1, 7).ShouldBe(0);
    }

    [Fact]
    public void A_server_that_takes_nothing_else_is_at_fault()
    {
        var blame = new Blame();
        for (var i = 0; i < 100; i++)
            Judge(blame, 7, Broken).ShouldBe(PostOutcome.EndpointFailure);
        blame.TriesOf(1, 7).ShouldBe(100);
    }

    [Fact]
    public void An_endpoint_that_refuses_one_event_after_the_other_is_at_fault()
    {
        var blame = new Blame();
        for (var i = 1; i <= Blame.MaxRefusals; i++)
            Judge(blame, i, Refused).ShouldBe(PostOutcome.MessageFailure);
        Judge(blame, 50, Refused).ShouldBe(PostOutcome.EndpointFailure);
        Judge(blame, 1, Refused, parked: true).ShouldBe(PostOutcome.EndpointFailure);
        Judge(blame, 50, Taken);
        Judge(blame, 51, Refused).ShouldBe(PostOutcome.MessageFailure);
    }

    [Fact]
    public void A_parked_event_that_a_server_fails_on_does_not_stop_the_others()
    {
        var blame = new Blame();
        Judge(blame, 7, Broken, parked: true).ShouldBe(PostOutcome.MessageFailure);
        Judge(blame, 7, Broken, parked: true, isProbe: true).ShouldBe(PostOutcome.EndpointFailure);
        var away = PostVerdict.Unanswered("timed out after 15 s");
        Judge(blame, 7, away, parked: true).ShouldBe(PostOutcome.EndpointFailure);
    }

    private static PostOutcome Judge(
        Blame blame,
        long seq,
        PostVerdict verdict,
        bool parked = false,
        bool isProbe = false
    ) => blame.Judge(1, seq, verdict, parked, isProbe).Outcome;
}
