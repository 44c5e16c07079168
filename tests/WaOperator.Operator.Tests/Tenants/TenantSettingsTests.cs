using WaOperator.Operator.Tenants;
using WaOperator.Store;

namespace WaOperator.Operator.Tests.Tenants;

public sealed class TenantSettingsTests
{
    [Fact]
    public void Pods_read_the_limits_and_rules_that_the_operator_projects()
    {
        var tenant = Make.Tenant(
            spec: new()
            {
                Limits = new()
                {
                    MessagesPerMinute = 7,
                    MessagesPerRecipientPerMinute = 3,
                    MessagesPerDay = 0,
                    Pace = new() { PerMinute = 20 },
                },
                PhoneRules = new() { AllowedPrefixes = ["49"], BlockedNumbers = ["491701234567"] },
            }
        );

        var read = TenantSettings.FromJson(TenantBook.RowOf(tenant).SettingsJson);

        read.Limits.ShouldBe(new MessageLimits(7, 3, 0));
        read.Pace.ShouldBe(new SendPace(20, 10));
        read.PhoneRules!.AllowedPrefixes.ShouldBe(["49"]);
        read.PhoneRules.BlockedNumbers.ShouldBe(["491701234567"]);
    }

    [Fact]
    public void The_defaults_of_the_resource_reach_the_pods()
    {
        var read = TenantSettings.FromJson(TenantBook.RowOf(Make.Tenant()).SettingsJson);
        read.Limits.ShouldBe(new MessageLimits(100, 30, 0));
        read.PhoneRules.ShouldBeNull();
        read.Pace.ShouldBeNull();
    }
}
