namespace WaOperator.Resources.Tests;

public sealed class RulesOfUseTests
{
    [Theory]
    [InlineData("491701234567", true)]
    [InlineData("431701234567", true)]
    [InlineData("441701234567", false)]
    [InlineData("491700000000", false)]
    [InlineData("5511987654398", true)]
    [InlineData("5511987654399", false)] // blocked in its other form
    public void Phone_rules_allow_by_prefix_and_refuse_by_number(string phone, bool allowed) =>
        new PhoneRules
        {
            AllowedPrefixes = ["49", "43", "55"],
            BlockedNumbers = ["491700000000", "551187654399"],
        }
            .Allow(phone)
            .ShouldBe(allowed);

    [Fact]
    public void Without_prefixes_all_numbers_are_allowed() =>
        new PhoneRules { AllowedPrefixes = [] }
            .Allow("15551234567")
            .ShouldBeTrue();

    [Theory]
    [InlineData(new string[0], "home", true)]
    [InlineData(new string[0], "other", false)]
    [InlineData(new[] { "other" }, "other", true)]
    [InlineData(new[] { "other" }, "home", false)]
    [InlineData(new[] { "*" }, "any", true)]
    public void A_pool_serves_its_own_namespace_or_those_it_lists(
        string[] served,
        string ns,
        bool serves
    ) =>
        new PoolSpec { ServedNamespaces = served }
            .Serves("home", ns)
            .ShouldBe(serves);
}
