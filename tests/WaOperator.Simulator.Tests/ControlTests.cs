using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace WaOperator.Simulator.Tests;

public sealed class ControlTests : IAsyncLifetime
{
    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Theory]
    [InlineData("/phones/491511111111/scan", """{"qr": "x", "phone": 1}""", "$.phone")]
    [InlineData("/phones/491511111111/scan", "", "JSON body is expected")]
    [InlineData("/phones/0151/scan", """{"qr": "x"}""", "is not a phone number")]
    [InlineData("/faults/drop", """{"how": "rudely"}""", "$.how")]
    [InlineData("/faults/refuse", """{"reason": 1}""", "reason")]
    [InlineData("/faults/refuse", """{"seconds": 0}""", "seconds")]
    [InlineData("/faults/delay-acks", """{"milliseconds": -1}""", "milliseconds")]
    public async Task A_request_that_makes_no_sense_is_told_why(
        string path,
        string body,
        string why
    )
    {
        using var http = new HttpClient { BaseAddress = _simulation.Host.Control };
        // As kubectl create --raw sends it: without a content type.
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var detail = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!;
        detail.ShouldContain(why);
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        using var unlink = await _simulation.PostAsync("/phones/491511111111/unlink", new { });
        unlink.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var http = new HttpClient();
        using var page = await http.GetAsync(
            new UriBuilder(_simulation.Host.Url) { Scheme = "http" }.Uri
        );
        page.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Endpoints_of_webhooks_remember_what_came_and_answer_as_they_are_told()
    {
        using var client = new HttpClient
        {
            BaseAddress = new UriBuilder(_simulation.Host.Url) { Scheme = "http", Path = "" }.Uri,
        };
        using var told = await _simulation.PostAsync("/hooks/shop", new { status = 503 });
        told.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using var wrong = await _simulation.PostAsync("/hooks/shop", new { status = 99 });
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        using var post = new StringContent("""{"a":1}""");
        post.Headers.Add("webhook-id", "evt_1_2");
        using var refused = await client.PostAsync("/hooks/shop", post);

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var seen = (await _simulation.GetAsync("/hooks/shop"))["posts"]!.AsArray().Single()!;
        ((string?)seen["body"], (string?)seen["headers"]!["webhook-id"]).ShouldBe(
            ("""{"a":1}""", "evt_1_2")
        );
        using var page = await client.GetAsync("/hooks/shop");
        page.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_endpoint_that_counts_tells_what_is_missing_from_what_comes_once_more()
    {
        using var client = new HttpClient
        {
            BaseAddress = new UriBuilder(_simulation.Host.Url) { Scheme = "http", Path = "" }.Uri,
        };
        (await _simulation.PostAsync("/hooks/shop/tally", new { })).Dispose();
        await PostAsync("evt_1_2", 2, "a");
        (await _simulation.PostAsync("/hooks/shop", new { status = 503 })).Dispose();
        await PostAsync("evt_1_3", 3, "a");
        (await _simulation.PostAsync("/hooks/shop", new { status = 204 })).Dispose();
        await PostAsync("evt_1_5", 5, "a");
        await PostAsync("evt_1_2", 2, "a");
        await PostAsync("evt_1_4", 4, "b");
        await PostAsync("evt_1_3", 3, "a");
        await PostAsync("evt_9_9", 6, "a");

        var tally = await _simulation.GetAsync("/hooks/shop/tally");

        var numbers = new[] { "refused", "repeated", "renamed", "disordered" };
        numbers.Select(n => (int)tally[n]!).ShouldBe([1, 1, 1, 1]);
        var line = tally["lines"]!.AsArray().Single()!;
        ((string?)line["session"], (string?)line["type"]).ShouldBe(("ns/s", "message.sent"));
        ((int)line["count"]!, (int)line["sum"]!).ShouldBe((5, 2 + 5 + 4 + 3 + 6));
        ((int)tally["p99Ms"]!).ShouldBeGreaterThan(0);
        // Counted, they are not kept.
        (await _simulation.GetAsync("/hooks/shop"))["posts"]!
            .AsArray()
            .ShouldBeEmpty();

        async Task PostAsync(string id, int seq, string chat)
        {
            using var post = new StringContent(
                $$"""{"id":"evt_1_{{seq}}","session":"ns/s","type":"message.sent","subject":"{{chat}}","sequence":"{{seq}}","time":"2026-01-01T00:00:00Z"}"""
            );
            post.Headers.Add("webhook-id", id);
            (await client.PostAsync("/hooks/shop", post)).Dispose();
        }
    }

    [Fact]
    public async Task The_control_API_is_not_on_the_clients_port()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(
            new UriBuilder(_simulation.Host.Url) { Scheme = "http", Path = "/stats" }.Uri
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        ((string)(await _simulation.GetAsync("/healthz"))["status"]!).ShouldBe("ok");
    }
}
