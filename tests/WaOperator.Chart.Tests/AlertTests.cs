using System.Text.RegularExpressions;

namespace WaOperator.Chart.Tests;

/// <summary>Who is woken by an alert finds what to do.</summary>
public sealed partial class AlertTests
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

    [Fact]
    public async Task An_alert_asks_for_metrics_that_there_are()
    {
        var asked = (await Rendered.OfAsync("everything")).Of("PrometheusRule").Single()["spec"]![
            "groups"
        ]!
            .AsArray()
            .SelectMany(g => g!["rules"]!.AsArray())
            .SelectMany(r => Metric().Matches(r!["expr"]!.ToString()).Select(m => m.Value))
            .Distinct()
            .ToList();
        var sources =
            Tool.Read("session-pod/WaOperator.SessionPod/Metrics/PodMetrics.cs")
            + Tool.Read("gateway/WaOperator.Gateway/Metrics/GatewayMetrics.cs");

        asked.Count.ShouldBeGreaterThan(5);
        asked.ShouldAllBe(name =>
            sources.Contains(
                $"\"{name.Replace("_bucket", "", StringComparison.Ordinal)}\"",
                StringComparison.Ordinal
            )
        );
    }

    [GeneratedRegex("wa_[a-z_]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Metric();

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
