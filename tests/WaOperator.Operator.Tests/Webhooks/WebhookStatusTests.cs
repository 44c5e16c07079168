using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Webhooks;
using WaOperator.Resources;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tests.Webhooks;

public sealed class WebhookStatusTests
{
    private static readonly WhatsAppWebhook Webhook = Make.Webhook();
    private static readonly WebhookVerdict Fine = new("uid-crm", 1, null);
    private static readonly WebhookReport Report = new(new(Make.Ns, "crm", "uid-crm"), 1)
    {
        Backlog = 1,
        Parked = 2,
        Dead = 3,
        LastError = "503",
    };

    [Fact]
    public void It_is_delivering_paused_failing_disabled_or_in_trouble()
    {
        Show(Fine, null).ShouldBe("Ready=True/Delivering");
        Show(Fine, Report).ShouldBe("Ready=True/Delivering");
        Show(Fine with { IsSuspended = true }, Report).ShouldBe("Ready=False/TenantSuspended");
        Show(Fine, Report, Make.Webhook(s => s with { Paused = true }))
            .ShouldBe("Ready=False/Paused");
        var failing = Report with { FailingSince = Make.Now - TimeSpan.FromSeconds(60) };
        Show(Fine, failing)
            .ShouldBe("Ready=False/EndpointFailing Reconciling=True/EndpointFailing");
        Show(Fine, Report with { FailingSince = Make.Now - TimeSpan.FromSeconds(59) })
            .ShouldBe("Ready=True/Delivering");
        Show(Fine, failing with { DisabledAt = Make.Now })
            .ShouldBe("Ready=False/Disabled Stalled=True/Disabled");
        Show(Fine with { Trouble = new(Reasons.SecretInvalid, "x") }, failing)
            .ShouldBe("Ready=False/SecretInvalid Stalled=True/SecretInvalid");
        var unanswered = Report with
        {
            FailingSince = Make.Now,
            LastError = "ChallengeFailed: it answered HTTP 403",
        };
        Show(Fine, unanswered)
            .ShouldBe("Ready=False/ChallengeFailed Reconciling=True/ChallengeFailed");
        Message(Fine, unanswered).ShouldContain("until it does: it answered HTTP 403. What to do:");
        Show(Fine, unanswered with { FailingSince = null }).ShouldBe("Ready=True/Delivering");
        var ending = Fine with { Trouble = new(Reasons.CertificateExpiring, "x") };
        Show(ending, Report).ShouldBe("Ready=True/CertificateExpiring");
        Show(ending, failing)
            .ShouldBe("Ready=False/EndpointFailing Reconciling=True/EndpointFailing");
        Show(Fine with { Trouble = new(Reasons.WaitingForPods, "x") }, null)
            .ShouldBe("Ready=False/WaitingForPods Reconciling=True/WaitingForPods");
    }

    [Fact]
    public void What_was_disabled_of_a_former_generation_or_object_does_not_count()
    {
        var disabled = Report with { DisabledAt = Make.Now, DisabledReason = "gone" };
        Show(Fine, disabled with { Generation = 0 }).ShouldBe("Ready=True/Delivering");
        var former = disabled with { Webhook = disabled.Webhook with { Uid = "uid-former" } };
        Show(Fine, former).ShouldBe("Ready=True/Delivering");
        Build(Fine, former).Backlog.ShouldBeNull();
    }

    [Fact]
    public void Messages_say_since_when_why_and_what_to_do()
    {
        var failing = Report with { FailingSince = Make.Now - TimeSpan.FromHours(1) };
        Message(Fine, failing)
            .ShouldBe(
                "the endpoint has taken no events since 2026-01-02T02:04:05Z; they wait: 503"
            );
        Message(Fine, failing with { DisabledAt = Make.Now, DisabledReason = "410" })
            .ShouldContain("since 2026-01-02T03:04:05Z: 410. What to do: mend the endpoint");
    }

    [Fact]
    public void What_matters_is_shown_at_once_counts_and_times_seldom()
    {
        var shown = WebhookSeen.Of(Report, Make.Now);
        shown.IsDue(null, TimeSpan.Zero).ShouldBeTrue();
        shown.IsDue(shown, TimeSpan.FromHours(1)).ShouldBeFalse();
        Due(Report with { DisabledAt = Make.Now }, 0).ShouldBeTrue();
        Due(Report with { Generation = 2 }, 0).ShouldBeTrue();
        Due(Report with { FailingSince = Make.Now - TimeSpan.FromSeconds(60) }, 0).ShouldBeTrue();
        Due(Report with { Backlog = 2 }, 9.9).ShouldBeFalse();
        Due(Report with { Backlog = 2 }, 10).ShouldBeTrue();
        Due(Report with { LastError = "504" }, 9.9).ShouldBeFalse();
        Due(Report with { LastError = "504" }, 10).ShouldBeTrue();
        Due(Report with { LastSuccessAt = Make.Now }, 59.9).ShouldBeFalse();
        Due(Report with { LastSuccessAt = Make.Now }, 60).ShouldBeTrue();

        bool Due(WebhookReport report, double seconds) =>
            WebhookSeen.Of(report, Make.Now).IsDue(shown, TimeSpan.FromSeconds(seconds));
    }

    private static WebhookStatus Build(
        WebhookVerdict verdict,
        WebhookReport? report,
        WhatsAppWebhook? webhook = null
    ) =>
        WebhookStatusBuilder.Build(
            webhook ?? Webhook,
            verdict,
            report is null ? null : WebhookSeen.Of(report, Make.Now),
            Make.Now
        );

    private static string Show(
        WebhookVerdict verdict,
        WebhookReport? report,
        WhatsAppWebhook? webhook = null
    ) =>
        string.Join(
            ' ',
            Build(verdict, report, webhook)
                .Conditions!.Select(c => $"{c.Type}={c.Status}/{c.Reason}")
        );

    private static string Message(WebhookVerdict verdict, WebhookReport report) =>
        Build(verdict, report).Conditions.Find("Ready")!.Message!;
}
