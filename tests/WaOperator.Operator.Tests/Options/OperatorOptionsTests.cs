using WaOperator.Operator.Options;

namespace WaOperator.Operator.Tests.Options;

public sealed class OperatorOptionsTests
{
    private static OperatorOptions Good() =>
        new()
        {
            Database = new() { ConnectionString = "Host=x" },
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

    [Fact]
    public void Nothing_secret_is_told()
    {
        var options = Good();
        options.Database.ConnectionString = "Host=x;Password=hunter2";
        options.Port = -1;
        string.Join(' ', options.Validate()).ShouldNotContain("hunter2");
    }
}
