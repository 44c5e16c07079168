using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;

namespace WaOperator.Operator.Tests.Tenants;

public sealed class TenantStatusTests
{
    private static TenantStatus Build(WhatsAppTenant tenant, params WhatsAppSession[] sessions) =>
        TenantStatusBuilder.Build(tenant, sessions, null, Make.Now);

    private static string Show(TenantStatus status) =>
        string.Join(' ', status.Conditions!.Select(c => $"{c.Type}={c.Status}/{c.Reason}"));

    [Fact]
    public void Sessions_are_counted()
    {
        var connected = Make.Session(
            "a",
            status: new()
            {
                Shard = 0,
                Phase = "Connected",
                Conditions = [new() { Type = "Connected", Status = "True" }],
            }
        );
        var pairing = Make.Session("b", status: new() { Shard = 1, Phase = "Pairing" });
        var stalled = Make.Session(
            "c",
            status: new() { Conditions = [new() { Type = "Stalled", Status = "True" }] }
        );
        Build(Make.Tenant(), connected, pairing, stalled, Make.Session("d"))
            .Sessions.ShouldBe(
                new TenantSessionCounts
                {
                    Total = 4,
                    Placed = 2,
                    Connected = 1,
                    Pairing = 1,
                    Failed = 1,
                }
            );
    }

    [Fact]
    public void It_is_ready_suspended_or_stalled()
    {
        Show(Build(Make.Tenant())).ShouldBe("Ready=True/AsDeclared");
        Show(Build(Make.Tenant(spec: new() { Suspended = true })))
            .ShouldBe("Ready=True/TenantSuspended");
        Show(Build(Make.Tenant(spec: new() { Limits = new() { Sessions = -1 } })))
            .ShouldBe("Ready=False/InvalidSpec Stalled=True/InvalidSpec");
    }

    [Fact]
    public void A_field_that_nothing_acts_on_is_not_as_declared()
    {
        var status = Build(
            Make.Tenant(spec: new() { Webhooks = [new() { Url = "https://hooks.example.com" }] })
        );
        Show(status).ShouldBe("Ready=False/NotSupported Stalled=True/NotSupported");
        status.Conditions.Find("Ready")!.Message!.ShouldContain("spec.webhooks");
        status.Conditions.Find("Ready")!.Message!.ShouldContain("WhatsAppWebhook");
        Show(Build(Make.Tenant(spec: new() { Webhooks = [] }))).ShouldBe("Ready=True/AsDeclared");
    }

    [Fact]
    public void Keys_that_cannot_be_used_are_told() =>
        Show(
                TenantStatusBuilder.Build(
                    Make.Tenant(),
                    [],
                    new(Reasons.SecretInvalid, "Secret keys has no usable API key"),
                    Make.Now
                )
            )
            .ShouldBe("Ready=False/SecretInvalid Stalled=True/SecretInvalid");

    [Fact]
    public void A_tenant_with_sessions_says_what_its_deletion_waits_for()
    {
        var status = Build(Make.Tenant(deleting: true), Make.Session());
        Show(status).ShouldBe("Ready=False/SessionsRemain Reconciling=True/Deleting");
        status.Conditions.Find("Reconciling")!.Message!.ShouldContain("1 session");
    }
}
