using System.Text.RegularExpressions;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Description;

/// <summary>The page that shows the API.</summary>
public sealed partial class ApiPageTests
{
    [Fact]
    public async Task The_page_loads_what_the_gateway_serves_and_nothing_else()
    {
        await using var world = await GatewayWorld.StartAsync();
        var gateway = await world.GatewayAsync();
        using var http = new HttpClient { BaseAddress = gateway.Api };

        // Without the slash it is the same page.
        using var answer = await http.GetAsync("/docs");

        var page = await answer.Content.ReadAsStringAsync();
        answer.RequestMessage!.RequestUri!.AbsolutePath.ShouldBe("/docs/");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        page.ShouldNotContain("://");
        page.ShouldNotContain("href=\"//");
        page.ShouldContain("\"url\":\"openapi/v1.json\"");
        foreach (var off in (string[])["\"telemetry\":false", "\"withDefaultFonts\":false"])
            page.ShouldContain(off);
        page.ShouldContain("\"agent\":{\"disabled\":true}");
        page.ShouldContain("\"mcp\":{\"disabled\":true}");
        var scripts = Source().Matches(page).Select(m => m.Groups["source"].Value).ToArray();
        scripts.Length.ShouldBeGreaterThan(0);
        foreach (var script in scripts)
        {
            using var loaded = await http.GetAsync($"/docs/{script}");
            loaded.IsSuccessStatusCode.ShouldBeTrue(script);
            loaded.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
            Policy(loaded).ShouldContain("default-src 'none'");
        }
    }

    [Fact]
    public async Task A_browser_is_told_to_call_the_gateway_alone_and_to_run_the_page_s_own_scripts()
    {
        await using var world = await GatewayWorld.StartAsync();
        var gateway = await world.GatewayAsync();
        using var http = new HttpClient { BaseAddress = gateway.Api };

        using var first = await http.GetAsync("/docs/");
        using var second = await http.GetAsync("/docs/");

        var policy = Policy(first);
        foreach (var part in policy.Split(';', StringSplitOptions.TrimEntries))
            part.Split(' ')
                .Skip(1)
                .ShouldAllBe(
                    s =>
                        s == "'none'"
                        || s == "'self'"
                        || s == "data:"
                        || s == "blob:"
                        || s.StartsWith("'nonce-")
                        || (part.StartsWith("style-src ") && s == "'unsafe-inline'"),
                    part
                );
        policy.ShouldStartWith("default-src 'none';");
        policy.ShouldContain("connect-src 'self'");
        var nonce = Nonce().Match(policy).Groups["nonce"].Value;
        (await first.Content.ReadAsStringAsync()).ShouldContain($"nonce=\"{nonce}\"");
        Policy(second).ShouldNotContain(nonce);
    }

    private static string Policy(HttpResponseMessage answer) =>
        answer.Headers.GetValues("Content-Security-Policy").Single();

    [GeneratedRegex(
        "<script[^>]* src=\"(?<source>[^\"]+)\"",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex Source();

    [GeneratedRegex(
        "'nonce-(?<nonce>[^']+)'",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex Nonce();
}
