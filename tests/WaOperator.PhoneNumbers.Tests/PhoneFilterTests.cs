namespace WaOperator.PhoneNumbers.Tests;

public sealed class PhoneFilterTests
{
    [Theory]
    [InlineData("5511987654399")]
    [InlineData("551187654399")]
    public void A_blocked_number_is_refused_in_each_form(string blocked)
    {
        var filter = new PhoneFilter(null, [blocked]);
        filter.Allows("5511987654399").ShouldBeFalse();
        filter.Allows("551187654399").ShouldBeFalse();
        filter.Allows("551187654398").ShouldBeTrue();
    }

    [Theory]
    [InlineData("5491123456789", true)]
    [InlineData("541123456789", true)]
    [InlineData("543512345678", false)]
    public void A_prefix_is_compared_with_each_form(string number, bool allowed) =>
        new PhoneFilter(["54911"], []).Allows(number).ShouldBe(allowed);

    [Fact]
    public void Without_rules_all_is_allowed()
    {
        var filter = new PhoneFilter(null, null);
        filter.AllowsAll.ShouldBeTrue();
        filter.Allows("376312345").ShouldBeTrue();
    }
}
