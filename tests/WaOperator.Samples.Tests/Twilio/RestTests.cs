using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>The REST API as Twilio's library uses it, and what becomes of what was sent.</summary>
public sealed class RestTests(TwilioBench bench) : IClassFixture<TwilioBench>
{
    private const string From = $"whatsapp:+{TwilioAdapter.Number}";
    private const string To = "whatsapp:+4915112345678";
    private const string Whole = "From=whatsapp:%2B4930123456&To=whatsapp:%2B4915112345678";
    private const string Account = $"/2010-04-01/Accounts/{TwilioAdapter.AccountSid}";

    [Fact]
    public async Task A_message_is_queued_told_and_given_to_wa_operator_once()
    {
        Take();
        var before = bench.Api.Seen.Count;
        var sent = await TwilioLibrary.SendAsync(
            bench.Adapter,
            new
            {
                from = From,
                to = To,
                body = "Ä & 👍",
            }
        );
        var sid = (string)sent["sid"]!;
        sid.ShouldMatch("^SM[0-9a-f]{32}$");
        ((string)sent["status"]!).ShouldBe("queued");
        ((string)sent["direction"]!).ShouldBe("outbound-api");
        ((string)sent["accountSid"]!).ShouldBe(TwilioAdapter.AccountSid);
        ((string)sent["body"]!).ShouldBe("Ä & 👍");
        var age = TimeProvider.System.GetUtcNow() - (DateTimeOffset)sent["dateCreated"]!;
        age.Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1));

        var given = JsonNode.Parse(bench.Api.Seen.ElementAt(before).Body)!;
        given
            .ToJsonString()
            .ShouldBe(
                new JsonObject
                {
                    ["to"] = "+4915112345678",
                    ["id"] = sid,
                    ["text"] = "Ä & 👍",
                }.ToJsonString()
            );
        JsonNode.DeepEquals(await TwilioLibrary.GetAsync(bench.Adapter, sid), sent).ShouldBeTrue();
    }

    [Theory]
    [InlineData("From=whatsapp:%2B4930123456&To=whatsapp:%2B49&Body=x", 21211)]
    [InlineData("From=whatsapp:%2B4930123456&To=%2B4915112345678&Body=x", 21211)]
    [InlineData("From=whatsapp:%2B4930123456&To=&Body=x", 21604)]
    [InlineData("To=whatsapp:%2B4915112345678&Body=x", 21603)]
    [InlineData("From=whatsapp:%2B4930999999&To=whatsapp:%2B4915112345678&Body=x", 63007)]
    [InlineData(Whole, 21619)]
    [InlineData(Whole + "&MediaUrl=https://x/1.jpg&MediaUrl=https://x/2.jpg", 21623)]
    [InlineData(Whole + "&MediaUrl=file:///etc/passwd", 21620)]
    [InlineData(Whole + "&MediaUrl=https://x/1.ogg&Body=x", 20001)]
    [InlineData(Whole + "&Body=x&StatusCallback=ftp://x", 21609)]
    [InlineData(Whole + "&ContentSid=HX00000000000000000000000000000001", 20001)]
    [InlineData(Whole + "&Body=x&SendAt=2030-01-01T00:00:00Z", 20001)]
    public async Task What_cannot_be_sent_is_refused_with_twilios_code_and_sent_nowhere(
        string form,
        int code
    )
    {
        var (before, asked) = (await bench.Adapter.CountAsync("message"), bench.Api.Seen.Count);
        ShouldBe(await bench.Adapter.SendAsync(form), HttpStatusCode.BadRequest, code);
        (await bench.Adapter.CountAsync("message")).ShouldBe(before);
        bench.Api.Seen.Count.ShouldBe(asked);
    }

    [Fact]
    public async Task Twilios_library_reads_the_errors()
    {
        var error = await TwilioLibrary.SendAsync(
            bench.Adapter,
            new
            {
                from = From,
                to = To,
                contentSid = "HX00000000000000000000000000000001",
            }
        );
        ((int)error["status"]!).ShouldBe(400);
        ((int)error["code"]!).ShouldBe(20001);
        ((string)error["message"]!).ShouldBe(
            "NotSupported: the parameter ContentSid; there are To, From, Body, MediaUrl, StatusCallback"
        );
        ((string)error["moreInfo"]!).ShouldBe("https://www.twilio.com/docs/errors/20001");
    }

    [Theory]
    [InlineData(
        400,
        """{"type":"urn:wa:problem:invalid-body","detail":"no number","errors":[{"pointer":"#/to"}]}""",
        21211
    )]
    [InlineData(
        403,
        """{"type":"urn:wa:problem:recipient-not-allowed","detail":"blocked"}""",
        21408
    )]
    [InlineData(404, """{"type":"urn:wa:problem:unknown-session","detail":"none"}""", 63007)]
    [InlineData(409, """{"type":"urn:wa:problem:not-paired","detail":"no phone"}""", 63007)]
    [InlineData(422, """{"type":"urn:wa:problem:media-url","detail":"not public"}""", 21620)]
    [InlineData(501, """{"type":"urn:wa:problem:not-supported","detail":"this"}""", 20001)]
    public async Task What_wa_operator_refuses_is_refused_and_was_never_a_message(
        int status,
        string problem,
        int code
    )
    {
        bench.Api.Answers = _ => Task.FromResult(Answer.Json(status, problem));
        var before = await bench.Adapter.CountAsync("message");
        ShouldBe(await bench.Adapter.SendAsync($"{Whole}&Body=x"), HttpStatusCode.BadRequest, code);
        (await bench.Adapter.CountAsync("message")).ShouldBe(before);
        (await bench.Adapter.CountAsync("outbox")).ShouldBe(0);
    }

    [Theory]
    [InlineData(429, """{"type":"urn:wa:problem:rate-limited","detail":"x","retryable":true}""")]
    [InlineData(503, """{"type":"urn:wa:problem:moving","detail":"x","retryable":true}""")]
    [InlineData(401, """{"type":"urn:wa:problem:unauthorized","detail":"x"}""")]
    [InlineData(502, "no JSON")]
    public async Task What_wa_operator_cannot_take_now_is_queued_and_sent_later_with_the_same_id(
        int status,
        string problem
    )
    {
        // One that another case left behind has its turn first, and this one would not be tried at once.
        await Eventually.True(
            "the outbox is empty",
            async () => await bench.Adapter.CountAsync("outbox where given_up_at is null") == 0
        );
        bench.Api.Answers = _ => Task.FromResult(Answer.Json(status, problem));
        var before = bench.Api.Seen.Count;
        var (code, sent) = await bench.Adapter.SendAsync($"{Whole}&Body=later");
        code.ShouldBe(HttpStatusCode.Created);
        ((string)sent["status"]!).ShouldBe("queued");
        Take();
        var tries = (await bench.Api.GotAsync("the second try", before + 2)).Skip(before).ToList();
        tries.Select(g => g.Body).Distinct().Count().ShouldBe(1);
        ((string)JsonNode.Parse(tries[0].Body)!["id"]!).ShouldBe((string)sent["sid"]!);
    }

    [Theory]
    [InlineData("POST", "/Messages.json", TwilioAdapter.AuthToken + "x", 401, 20003)]
    [InlineData("GET", "/Messages/SM1.json", "", 401, 20003)]
    [InlineData("GET", "/Calls.json", "wrong", 401, 20003)]
    [InlineData("GET", "/Messages/SM1.json", TwilioAdapter.AuthToken, 404, 20404)]
    [InlineData("GET", "/Messages.json", TwilioAdapter.AuthToken, 404, 20404)]
    [InlineData("DELETE", "/Messages/SM1.json", TwilioAdapter.AuthToken, 404, 20404)]
    [InlineData("POST", "/Calls.json", TwilioAdapter.AuthToken, 404, 20404)]
    [InlineData("POST", "/../AC1/Messages.json", TwilioAdapter.AuthToken, 404, 20404)]
    public async Task Without_a_login_or_where_there_is_nothing_the_error_has_twilios_shape(
        string method,
        string path,
        string token,
        int status,
        int code
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Account + path);
        if (token.Length > 0)
            request.Headers.Authorization = TwilioAdapter.Login(token);
        using var answer = await bench.Adapter.Process.Http.SendAsync(request);
        ShouldBe(
            (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!),
            (HttpStatusCode)status,
            code
        );
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
            answer.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Basic");
    }

    private void Take() =>
        bench.Api.Answers = _ =>
            Task.FromResult(Answer.Json(202, """{"id":"x","state":"Queued"}"""));

    private static void ShouldBe(
        (HttpStatusCode Status, JsonNode Error) answer,
        HttpStatusCode status,
        int code
    )
    {
        var (said, error) = answer;
        said.ShouldBe(status, error.ToJsonString());
        ((int)error["code"]!).ShouldBe(code, error.ToJsonString());
        ((int)error["status"]!).ShouldBe((int)status);
        ((string)error["message"]!).ShouldNotBeEmpty();
        ((string)error["more_info"]!).ShouldBe($"https://www.twilio.com/docs/errors/{code}");
    }
}
