using System.Text.Json;
using Orders;

namespace WaOperator.Samples.Tests.Orders;

/// <summary>Votes, as the format CloudApi tells them.</summary>
public sealed class VoteTests
{
    private static readonly Guid Order = Guid.NewGuid();

    [Fact]
    public void A_vote_brings_back_the_id_that_its_option_was_sent_with() =>
        Read(
                $$$"""{"interactive":{"type":"list_reply","list_reply":{"id":"{{{new Vote(Order, 4).Id}}}"} } }"""
            )
            .ShouldBe(new(Order, 4));

    [Theory]
    [InlineData("""{"type":"text","text":{"body":"4"}}""")]
    [InlineData("""{"interactive":{"button_reply":{"id":"yes"}}}""")]
    [InlineData("""{"interactive":{"list_reply":{"id":"Tue"}}}""")]
    [InlineData("""{"interactive":{"list_reply":{"id":"7:5"}}}""")]
    public void Other_messages_and_answers_to_other_polls_are_none(string message) =>
        Read(message).ShouldBeNull();

    [Fact]
    public void Statuses_are_none() =>
        Vote.Read(JsonElement.Parse("""{"entry":[{"changes":[{"value":{"statuses":[{}]}}]}]}"""))
            .ShouldBeNull();

    private static Vote? Read(string message) =>
        Vote.Read(
            JsonElement.Parse(
                $$$"""{"entry":[{"changes":[{"value":{"messages":[{{{message}}}]}}]}]}"""
            )
        );
}
