using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>What waits is posted in the end, in order, and answers are sent once.</summary>
public sealed class OutboxTests : IAsyncLifetime
{
    private readonly TwilioBench _bench = new();

    public Task InitializeAsync() => _bench.InitializeAsync();

    public Task DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_program_that_is_away_gets_all_of_it_later_in_the_order_of_each_chat()
    {
        const string other = "4915119999999";
        var away = true;
        _bench.Program.Answers = got =>
            Task.FromResult(away && got.Field("WaId") != other ? new Answer(500) : Answer.Nothing);
        for (var i = 1; i <= 3; i++)
            await _bench.Adapter.WriteAsync($"evt_{i}", $"{i}");
        await _bench.Program.GotAsync("the first, in vain, twice", 2);
        await _bench.Adapter.WriteAsync("evt_other", "of another chat", other);
        await _bench.Program.GotAsync("the other chat", 1, g => g.Field("WaId") == other);
        _bench.Program.Seen.ShouldNotContain(g => g.Field("Body") == "2");

        // Nothing of it is in memory alone.
        await _bench.Adapter.Process.KillAsync();
        away = false;
        await _bench.Adapter.StartAgainAsync();
        await _bench.Program.GotAsync("the last", 1, g => g.Field("Body") == "3");
        var posts = _bench.Program.Seen.Where(g => g.Field("WaId") != other).ToList();
        posts.Select(g => g.Field("Body")).Distinct().ShouldBe(["1", "2", "3"]);
        posts
            .Where(g => g.Field("Body") == "1")
            .Select(g => g.Headers["I-Twilio-Idempotency-Token"])
            .Distinct()
            .Count()
            .ShouldBe(1);
        await TwilioLibrary.AcceptsAsync(
            TwilioAdapter.AuthToken,
            [.. posts.Select(p => (_bench.Program.Url, p))]
        );
    }

    [Fact]
    public async Task An_answer_in_twiml_is_sent_in_order_and_each_message_with_an_id_of_its_own()
    {
        var twiml = await TwilioLibrary.AnswerAsync(
            ("Ä <b> & 👍", null),
            ("see", "https://example.org/a%20b.JPG?x=1")
        );
        _bench.Program.Answers = _ => Task.FromResult(Answer.Xml(twiml));
        var waits = true;
        _bench.Api.Answers = _ =>
            Task.FromResult(
                waits && !(waits = false)
                    ? Answer.Json(
                        503,
                        """{"type":"urn:wa:problem:moving","detail":"x","retryable":true}"""
                    )
                    : Answer.Json(202, "{}")
            );
        await _bench.Adapter.WriteAsync("evt_twiml", "Hi");

        var sent = await _bench.Api.GotAsync("both messages, the first twice", 3);
        sent[0].Body.ShouldBe(sent[1].Body);
        sent.ShouldAllBe(g => g.Path == $"/v1/sessions/{TwilioAdapter.Session}/messages");
        sent.ShouldAllBe(g => g.Headers["Authorization"] == "Bearer a key");
        var (first, second) = (Json(sent[1].Body), Json(sent[2].Body));
        ((string)first["text"]!).ShouldBe("Ä <b> & 👍");
        ((string)first["to"]!).ShouldBe("+4915112345678");
        ((string)second["image"]!["url"]!).ShouldBe("https://example.org/a%20b.JPG?x=1");
        ((string)second["image"]!["caption"]!).ShouldBe("see");
        ((string)first["id"]!).ShouldMatch("^SM[0-9a-f]{32}$");
        ((string)second["id"]!).ShouldNotBe((string)first["id"]!);
        await Eventually.True(
            "the outbox is empty",
            async () => await _bench.Adapter.CountAsync("outbox") == 0
        );
    }

    private static JsonNode Json(string text) => JsonNode.Parse(text)!;
}
