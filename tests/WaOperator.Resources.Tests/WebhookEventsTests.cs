namespace WaOperator.Resources.Tests;

public sealed class WebhookEventsTests
{
    [Theory]
    [InlineData("message.received", true)]
    [InlineData("message.*", true)]
    [InlineData("group.*", true)]
    [InlineData("identity.*", true)]
    [InlineData("event.*", true)]
    [InlineData("gap", true)]
    [InlineData("gap.*", false)]
    [InlineData("*", false)]
    [InlineData(".*", false)]
    [InlineData("message", false)]
    [InlineData("message.", false)]
    [InlineData("message.rec*", false)]
    [InlineData("messag.*", false)]
    [InlineData("message.received.*", false)]
    [InlineData("Message.received", false)]
    [InlineData("message.recieved", false)]
    [InlineData("", false)]
    public void A_pattern_is_a_type_or_the_beginning_of_one(string pattern, bool isOne) =>
        WebhookEvents.IsPattern(pattern).ShouldBe(isOne);

    [Fact]
    public void A_beginning_matches_all_that_begin_so_and_a_type_itself_alone()
    {
        WebhookEvents
            .All.Where(t => WebhookEvents.Matches("message.*", t))
            .ShouldBe(
                WebhookEvents.All.Where(t => t.StartsWith("message.", StringComparison.Ordinal))
            );
        foreach (var type in WebhookEvents.All)
            WebhookEvents.All.Where(t => WebhookEvents.Matches(type, t)).ShouldBe([type]);
    }

    [Theory]
    [InlineData("presence.changed")]
    [InlineData("presence.*")]
    [InlineData("chat.typing")]
    public void What_is_stored_nowhere_is_for_streams_alone(string pattern)
    {
        WebhookEvents.IsPattern(pattern).ShouldBeFalse();
        WebhookEvents.IsStreamPattern(pattern).ShouldBeTrue();
        WebhookValidation
            .ValidateMeaning(new() { Url = "https://crm.example.org/", Events = [pattern] })
            .ShouldHaveSingleItem()
            .Message.ShouldContain("stored nowhere");
    }

    [Fact]
    public void Names_that_no_event_has_are_told_with_those_that_there_are()
    {
        var wrong = WebhookValidation
            .ValidateMeaning(
                new() { Url = "https://crm.example.org/", Events = ["message.*", "session", "gap"] }
            )
            .ShouldHaveSingleItem();
        wrong.Path.ShouldBe("spec.events[1]");
        wrong.Message.ShouldContain("'session'");
        foreach (var type in WebhookEvents.All)
            wrong.Message.ShouldContain(type);
    }

    [Theory]
    [InlineData("message.*", true)]
    [InlineData("message.vote", true)]
    [InlineData("message.undecryptable", false)]
    [InlineData("group.*", false)]
    [InlineData("gap", false)]
    public void Format_cloud_api_takes_events_alone_that_it_has(string pattern, bool has)
    {
        var spec = new WebhookSpec { Url = "https://crm.example.org/", Events = [pattern] };
        WebhookValidation.ValidateMeaning(spec).ShouldBeEmpty();
        var broken = WebhookValidation.ValidateMeaning(
            spec with
            {
                Format = WebhookFormats.CloudApi,
            }
        );
        broken.Select(v => v.Path).ShouldBe(has ? [] : ["spec.events[0]"]);
    }

    [Theory]
    [InlineData("https://crm.example.org", true)]
    [InlineData("https://crm.example.org:8443/wa?x=1", true)]
    [InlineData("https://[2001:db8::1]/wa", true)]
    [InlineData("https://b\u00fccher.example/wa", true)]
    [InlineData("https://crm.example.org:70000/wa", false)]
    [InlineData("https://:443/", false)]
    [InlineData("https://[::1", false)]
    [InlineData("https://a%20b/", false)]
    public void An_address_that_is_none_is_told(string url, bool isOne) =>
        (WebhookValidation.ValidateMeaning(new() { Url = url }).Count == 0).ShouldBe(isOne);

    [Theory]
    [InlineData("In", "gold", true)]
    [InlineData("NotIn", "gold", true)]
    [InlineData("In", null, false)]
    [InlineData("NotIn", null, false)]
    [InlineData("Exists", null, true)]
    [InlineData("DoesNotExist", null, true)]
    [InlineData("Exists", "gold", false)]
    public void Values_of_a_label_belong_to_operators_that_compare_them(
        string comparing,
        string? value,
        bool isOne
    ) =>
        (
            WebhookValidation
                .ValidateMeaning(
                    new()
                    {
                        Url = "https://crm.example.org/",
                        SessionSelector = new()
                        {
                            MatchExpressions =
                            [
                                new()
                                {
                                    Key = "tier",
                                    Operator = comparing,
                                    Values = value is null ? null : [value],
                                },
                            ],
                        },
                    }
                )
                .Count == 0
        ).ShouldBe(isOne);
}
