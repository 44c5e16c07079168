using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>The program itself: its settings, its ports, its end.</summary>
public sealed class ProcessTests(ITestOutputHelper output)
{
    [Fact]
    public async Task It_tells_its_health_and_releases_its_lease_last()
    {
        await using var world = await World.CreateAsync(output);
        var port = PostgresServer.FreePort();
        using var process = Start(
            new()
            {
                ["KUBECONFIG"] = world.Server.KubeconfigPath,
                ["WA__Database__ConnectionString"] = world.Connection,
                ["WA__Pod__Namespace"] = world.Ns,
                ["WA__Pod__Name"] = "operator-7",
                ["WA__Namespaces__0"] = world.Ns,
                ["WA__SessionPod__Image"] = "x:1",
                ["WA__Port"] = $"{port}",
            }
        );
        var said = process.StandardOutput.ReadToEndAsync();
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        try
        {
            await Eventually.True(
                "it is ready",
                async () =>
                    (await http.GetAsync(new Uri("/readyz", UriKind.Relative))).StatusCode
                    == HttpStatusCode.OK
            );
            (await http.GetAsync(new Uri("/livez", UriKind.Relative))).StatusCode.ShouldBe(
                HttpStatusCode.OK
            );
            await world.TenantAsync();
            await world.UntilAsync<Resources.WhatsAppTenant>(
                "acme",
                "it is looked after",
                t => t.Status?.Conditions.IsTrue("Ready") == true
            );
            var metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
            metrics.ShouldContain("leader_election_master_status{name=\"wa-operator\"} 1");
            metrics.ShouldContain("controller_runtime_reconcile_total{");
            metrics.ShouldContain("wa_placement_plan_duration_seconds");
            metrics.ShouldContain("wa_redis_connected 0");
            metrics.ShouldContain("wa_redis_fault{kind=\"LogIn\"} 0");
        }
        finally
        {
            using var stop = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await process.WaitForExitAsync();
        }

        process.ExitCode.ShouldBe(0);
        var lines = (await said)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)
            .ToList();
        var leads = lines.Single(l =>
            l.GetProperty("EventId").GetInt32() == EventIds.LeaderWorkLeads
        );
        leads.GetProperty("LogLevel").GetString().ShouldBe("Information");
        leads.GetProperty("State").GetProperty("Term").GetInt64().ShouldBe(1);
        DateTimeOffset
            .Parse(leads.GetProperty("Timestamp").GetString()!, CultureInfo.InvariantCulture)
            .ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
        var lease = await world.Client.GetAsync<Lease>("wa-operator", world.Ns);
        lease!.Spec!.HolderIdentity.ShouldBe("");
    }

    [Fact]
    public async Task Without_its_settings_it_says_all_that_is_missing()
    {
        using var process = Start([]);
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(1);
        said.ShouldContain("WA__Database__ConnectionString is not set");
        said.ShouldContain("WA__SessionPod__Image is not set");
    }

    private static Process Start(Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "WaOperator.Operator.dll")]
        )
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
