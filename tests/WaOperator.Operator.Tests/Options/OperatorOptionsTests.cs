using Microsoft.Extensions.Configuration;
using WaOperator.Operator.Options;

namespace WaOperator.Operator.Tests.Options;

public sealed class OperatorOptionsTests
{
    private static OperatorOptions Good() =>
        new()
        {
            Database = new() { ConnectionString = "Host=x;Username=wa" },
            Pod = new() { Namespace = "wa-operator" },
            SessionPod = new() { Image = "x:1" },
        };

    [Fact]
    public void Good_options_pass() => Good().Validate().ShouldBeEmpty();

    [Fact]
    public void Everything_that_is_missing_is_told_at_once()
    {
        var wrong = new OperatorOptions().Validate();
        wrong.ShouldContain(w => w.StartsWith("WA__Database__ConnectionString is not set"));
        wrong.ShouldContain(w => w.StartsWith("WA__Pod__Namespace is not set"));
        wrong.ShouldContain(w => w.StartsWith("WA__SessionPod__Image is not set"));
    }

    [Fact]
    public void Times_of_the_election_must_fit()
    {
        var options = Good();
        options.Leader.RenewSeconds = 6;
        options.Validate().Single().ShouldContain("LeaseDuration");
    }

    [Theory]
    [InlineData("WA:Port", "hunter2", "WA__Port has a value that is no Int32")]
    [InlineData(
        "WA:Leader:RenewSeconds",
        "soon",
        "WA__Leader__RenewSeconds has a value that is no Double"
    )]
    public void A_setting_of_another_type_is_named(string key, string value, string told)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(key, value)])
            .Build();
        OperatorOptions.TryRead(configuration, out _, out var unreadable).ShouldBeFalse();
        unreadable.ShouldBe(told);
    }

    [Theory]
    [InlineData("postgresql://wa:hunter2/@db/wa")]
    [InlineData("Host=db;Username=wa;Password=a;hunter2")]
    [InlineData("Host=db;Username=wa;Pasword=hunter2")]
    public void A_connection_string_that_cannot_be_read_is_named_and_not_told(string text)
    {
        var options = Good();
        options.Database.ConnectionString = text;
        var wrong = options.Validate().Single();
        wrong.ShouldStartWith("WA__Database__ConnectionString ");
        wrong.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Nothing_secret_is_told()
    {
        var options = Good();
        options.Database.ConnectionString = "Host=x;Username=wa;Password=hunter2";
        options.Port = -1;
        string.Join(' ', options.Validate()).ShouldNotContain("hunter2");
    }
}
