namespace WaOperator.Chart.Tests;

/// <summary>Who is woken by an alert finds what to do.</summary>
public sealed class AlertTests
{
    [Fact]
    public async Task Every_alert_has_a_runbook_and_every_runbook_its_alert()
    {
        var rules = (await Rendered.OfAsync("everything")).Of("PrometheusRule").Single();
        var alerts = rules["spec"]!["groups"]!
            .AsArray()
            .SelectMany(g => g!["rules"]!.AsArray())
            .Select(r => r!["alert"]!.ToString())
            .ToList();
        alerts.ShouldNotBeEmpty();
        Runbooks().ShouldBe(alerts, ignoreOrder: true);
    }

    [Fact]
    public async Task An_alert_links_to_its_runbook()
    {
        var rendered = await Rendered.OfAsync(
            "everything",
            "1.36",
            "--set",
            "metrics.prometheusRule.runbookBaseUrl=https://example.com/README.md"
        );
        foreach (
            var rule in rendered.Of("PrometheusRule").Single()["spec"]!["groups"]!
                .AsArray()
                .SelectMany(g => g!["rules"]!.AsArray())
        )
            rule!["annotations"]!["runbook_url"]!
                .ToString()
                .ShouldBe(
                    $"https://example.com/README.md#{rule["alert"]!.ToString().ToLowerInvariant()}"
                );
    }

    private static List<string> Runbooks() =>
        [
            .. Tool.Read($"{Rendered.Chart}/README.md")
                .Split("\n## ", StringSplitOptions.None)
                .Single(s => s.StartsWith("Runbooks\n", StringComparison.Ordinal))
                .Split('\n')
                .Where(l => l.StartsWith("### ", StringComparison.Ordinal))
                .Select(l => l[4..]),
        ];
}
