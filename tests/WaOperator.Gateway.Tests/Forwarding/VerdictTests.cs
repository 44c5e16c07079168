using WaOperator.Gateway.Forwarding;

namespace WaOperator.Gateway.Tests.Forwarding;

/// <summary>The gateway's table: what is done after each outcome of each kind of request.</summary>
public sealed class VerdictTests
{
    private static readonly RequestKind[] Kinds = Enum.GetValues<RequestKind>();

    [Theory]
    [InlineData(nameof(RequestKind.Read), 0, nameof(Step.Resend))]
    [InlineData(nameof(RequestKind.Read), Verdict.MaxResends, nameof(Step.SayMoving))]
    [InlineData(nameof(RequestKind.Events), 0, nameof(Step.Resend))]
    [InlineData(nameof(RequestKind.Events), Verdict.MaxResends, nameof(Step.SayMoving))]
    [InlineData(nameof(RequestKind.Message), 0, nameof(Step.Resend))]
    [InlineData(nameof(RequestKind.Message), Verdict.MaxResends, nameof(Step.SayUnknown))]
    [InlineData(nameof(RequestKind.Write), 0, nameof(Step.SayUnknown))]
    [InlineData(nameof(RequestKind.Write), Verdict.MaxResends, nameof(Step.SayUnknown))]
    public void After_a_loss(string kind, int resends, string step) =>
        Verdict
            .After(Outcome.Lost, new(Enum.Parse<RequestKind>(kind), Resends: resends))
            .ToString()
            .ShouldBe(step);

    [Theory]
    [InlineData(nameof(Outcome.Lost), false, nameof(Step.Wait))]
    [InlineData(nameof(Outcome.Lost), true, nameof(Step.SayUnknown))]
    [InlineData(nameof(Outcome.NotOwner), false, nameof(Step.Follow))]
    [InlineData(nameof(Outcome.NotOwner), true, nameof(Step.SayMoving))]
    [InlineData(nameof(Outcome.Moving), false, nameof(Step.Wait))]
    [InlineData(nameof(Outcome.Moving), true, nameof(Step.SayMoving))]
    [InlineData(nameof(Outcome.Unreachable), false, nameof(Step.Wait))]
    public void A_file_goes_to_another_pod_only_while_nothing_of_it_has_been_read(
        string outcome,
        bool begun,
        string step
    ) =>
        Verdict
            .After(Enum.Parse<Outcome>(outcome), new(RequestKind.Upload, BodyBegun: begun))
            .ToString()
            .ShouldBe(step);

    [Fact]
    public void Whatever_it_is_it_follows_to_the_owner_once_and_waits_where_nothing_was_done()
    {
        foreach (var kind in Kinds)
        {
            Verdict.After(Outcome.NotOwner, new(kind)).ShouldBe(Step.Follow);
            Verdict.After(Outcome.NotOwner, new(kind, Followed: true)).ShouldBe(Step.Wait);
            Verdict.After(Outcome.Moving, new(kind, true, Verdict.MaxResends)).ShouldBe(Step.Wait);
            Verdict
                .After(Outcome.Unreachable, new(kind, true, Verdict.MaxResends))
                .ShouldBe(Step.Wait);
            Verdict.After(Outcome.StoreAway, new(kind)).ShouldBe(Step.Wait);
        }
    }

    [Fact]
    public void Nothing_is_done_for_a_client_that_has_an_answer_or_has_gone()
    {
        foreach (var kind in Kinds)
        {
            Verdict.After(Outcome.Answered, new(kind)).ShouldBe(Step.Done);
            Verdict.After(Outcome.ClientGone, new(kind)).ShouldBe(Step.Done);
            Verdict.After(Outcome.Busy, new(kind)).ShouldBe(Step.SayBusy);
            Verdict.After(Outcome.BodyBroken, new(kind)).ShouldBe(Step.SayUnreadable);
        }
    }

    [Theory]
    [InlineData("GET", null, nameof(RequestKind.Read))]
    [InlineData("GET", "messages/3EB0", nameof(RequestKind.Read))]
    [InlineData("HEAD", "media/med_1", nameof(RequestKind.Read))]
    [InlineData("HEAD", "events", nameof(RequestKind.Read))]
    [InlineData("GET", "events", nameof(RequestKind.Events))]
    [InlineData("GET", "pairing", nameof(RequestKind.Read))]
    [InlineData("POST", "messages", nameof(RequestKind.Message))]
    [InlineData("POST", "messages/", nameof(RequestKind.Message))]
    [InlineData("POST", "messages/retry", nameof(RequestKind.Write))]
    [InlineData("POST", "media", nameof(RequestKind.Upload))]
    [InlineData("POST", "media/med_1/link", nameof(RequestKind.Write))]
    [InlineData("PATCH", "messages", nameof(RequestKind.Write))]
    [InlineData("DELETE", "messages/3EB0", nameof(RequestKind.Write))]
    [InlineData("POST", null, nameof(RequestKind.Write))]
    public void Kinds_are_told_by_method_and_path(string method, string? rest, string kind) =>
        RequestKinds.Of(method, rest).ToString().ShouldBe(kind);

    [Theory]
    [InlineData(nameof(RequestKind.Write), 421, "", nameof(Outcome.NotOwner))]
    [InlineData(nameof(RequestKind.Write), 503, "moving", nameof(Outcome.Moving))]
    [InlineData(nameof(RequestKind.Read), 503, "store-away", nameof(Outcome.StoreAway))]
    [InlineData(nameof(RequestKind.Message), 503, "store-away", nameof(Outcome.StoreAway))]
    [InlineData(nameof(RequestKind.Write), 503, "store-away", null)]
    [InlineData(nameof(RequestKind.Upload), 503, "store-away", null)]
    [InlineData(nameof(RequestKind.Message), 503, "outcome-unknown", nameof(Outcome.Lost))]
    [InlineData(nameof(RequestKind.Write), 503, "outcome-unknown", null)]
    [InlineData(nameof(RequestKind.Read), 503, "", null)]
    [InlineData(nameof(RequestKind.Read), 409, "moving", null)]
    [InlineData(nameof(RequestKind.Message), 202, "moving", null)]
    public void What_an_answer_says(string kind, int status, string slug, string? outcome) =>
        PodAnswer
            .Unserved(
                Enum.Parse<RequestKind>(kind),
                status,
                System.Text.Encoding.UTF8.GetBytes($$"""{"type":"urn:wa:problem:{{slug}}"}""")
            )
            ?.ToString()
            .ShouldBe(outcome);

    [Theory]
    [InlineData("moving")]
    [InlineData("")]
    [InlineData("{\"type\":")]
    public void An_answer_that_is_no_problem_is_for_the_client(string body) =>
        PodAnswer
            .Unserved(RequestKind.Message, 503, System.Text.Encoding.UTF8.GetBytes(body))
            .ShouldBeNull();

    [Fact]
    public void A_tenth_of_the_requests_may_be_sent_twice_and_a_few_of_a_gateway_without_load()
    {
        var budget = new ResendBudget(10);
        Take(budget).ShouldBe(ResendBudget.Least);
        for (var i = 0; i < 50; i++)
            budget.Earn();
        Take(budget).ShouldBe(5);
        Take(new ResendBudget(0)).ShouldBe(0);

        static int Take(ResendBudget from)
        {
            var taken = 0;
            while (from.TryTake())
                taken++;
            return taken;
        }
    }
}
