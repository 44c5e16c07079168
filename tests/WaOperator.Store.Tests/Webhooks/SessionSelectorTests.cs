using Npgsql;

namespace WaOperator.Store.Tests.Webhooks;

/// <summary>Which sessions a webhook asks for, as pods decide it and as the database does.</summary>
public sealed class SessionSelectorTests
{
    private const string Labels = "team=sales,example.com/tier=gold,empty=";

    [Theory]
    [InlineData("""{"selector":{}}""", true)]
    [InlineData("""{"sessions":[],"selector":{"names":["s-1"]}}""", true)]
    [InlineData("""{"sessions":[],"selector":{"names":["s-2"]}}""", false)]
    [InlineData("""{"selector":{"matchLabels":{"team":"sales","empty":""}}}""", true)]
    [InlineData("""{"selector":{"matchLabels":{"team":"sale"}}}""", false)]
    [InlineData("""{"selector":{"matchLabels":{"eam":"sales"}}}""", false)]
    [InlineData("""{"selector":{"matchLabels":{"team":"sales","none":"x"}}}""", false)]
    [InlineData("""{"selector":{"names":["s-2"],"matchLabels":{"team":"sales"}}}""", false)]
    [InlineData(
        """{"selector":{"matchExpressions":[{"key":"example.com/tier","operator":"In","values":["silver","gold"]}]}}""",
        true
    )]
    [InlineData(
        """{"selector":{"matchExpressions":[{"key":"example.com/tier","operator":"NotIn","values":["gold"]}]}}""",
        false
    )]
    [InlineData(
        """{"selector":{"matchExpressions":[{"key":"none","operator":"NotIn","values":["gold"]},{"key":"none","operator":"DoesNotExist"},{"key":"empty","operator":"Exists"}]}}""",
        true
    )]
    [InlineData(
        """{"selector":{"matchExpressions":[{"key":"none","operator":"Exists"}]}}""",
        false
    )]
    [InlineData(
        """{"selector":{"matchExpressions":[{"key":"team","operator":"DoesNotExist"}]}}""",
        false
    )]
    public async Task Both_decide_the_same(string settings, bool asked)
    {
        await using var world = await StoreWorld.CreateAsync();
        var selector = WebhookSettings
            .FromJson($$"""{"url":"https://x.example/",{{settings[1..]}}""")
            .Selector!;
        var labels = SessionSelector.Write(
            Labels.Split(',').Select(l => l.Split('=')).ToDictionary(l => l[0], l => l[1])
        );

        (selector.Names?.Contains("s-1") != false && selector.Matches(labels)).ShouldBe(asked);
        await using var command = world.Admin.CreateCommand(
            "select wa.webhook_asks_for($1::jsonb, 's-1', $2)"
        );
        command.Parameters.Add(new NpgsqlParameter { Value = settings });
        command.Parameters.Add(new NpgsqlParameter { Value = labels });
        ((bool)(await command.ExecuteScalarAsync())!).ShouldBe(asked);
    }

    [Fact]
    public void Labels_are_written_in_one_order_and_settings_are_read_as_they_were_written()
    {
        SessionSelector.Write(null).ShouldBe("");
        SessionSelector
            .Write(new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" })
            .ShouldBe(",a=1,b=2,");
        var settings = new WebhookSettings
        {
            Url = "https://x.example/",
            Sessions = [],
            Selector = new()
            {
                MatchLabels = new Dictionary<string, string> { ["Team"] = "Sales" },
                MatchExpressions = [new("tier", LabelOperator.In, ["gold"])],
            },
        };

        var read = WebhookSettings.FromJson(settings.ToJson());

        read.Sessions.ShouldBeEmpty("pods that know no selectors would post of all");
        read.Selector!.MatchLabels!["Team"].ShouldBe("Sales");
        read.Selector.Matches(",Team=Sales,tier=gold,").ShouldBeTrue();
        read.Selector.Matches(",Team=Sales,").ShouldBeFalse();
    }
}
