using System.Text;
using Microsoft.AspNetCore.Http;
using WaOperator.Api;
using WaOperator.Gateway.Cloud;
using WaOperator.Gateway.Forwarding;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>Pods' answers as programs see them.</summary>
public sealed class CloudErrorsTests
{
    [Theory]
    [InlineData("rate-limited", 429, 130429)]
    [InlineData("queue-full", 429, 130429)]
    [InlineData("not-registered", 422, 131026)]
    [InlineData("recipient-not-allowed", 403, 131026)]
    [InlineData("not-supported", 501, 131051)]
    [InlineData("media-url", 422, 131053)]
    [InlineData("media-too-large", 413, 131053)]
    [InlineData("unknown-media", 404, 131053)]
    [InlineData("invalid-body", 400, 131009)]
    [InlineData("unknown-message", 404, 131009)]
    [InlineData("idempotency-mismatch", 422, 131009)]
    [InlineData("unknown-session", 404, 100)]
    [InlineData("unauthorized", 401, 190)]
    [InlineData("forbidden-scope", 403, 10)]
    [InlineData("not-paired", 409, 133010)]
    [InlineData("stopped", 409, 133010)]
    [InlineData("banned", 409, 131031)]
    [InlineData("moving", 503, 131016)]
    [InlineData("store-away", 503, 131016)]
    [InlineData("not-connected", 503, 131016)]
    [InlineData("outcome-unknown", 502, 131000)]
    [InlineData("something-new", 500, 131000)]
    [InlineData("something-new", 418, 100)]
    public void A_problem_has_Metas_number_and_keeps_its_status(string slug, int status, int code)
    {
        var refused = PodAnswers.Refused(Reply(status, Problem(slug, status)));

        (refused.Code.Number, refused.Status, refused.Detail).ShouldBe(
            (code, status, "what to do")
        );
    }

    [Theory]
    [InlineData("\"tenant-minute\";r=3;t=2, \"recipient-minute\";r=0;t=9", 131056)]
    [InlineData("\"tenant-minute\";r=0;t=2, \"recipient-minute\";r=4;t=9", 130429)]
    public void A_limit_of_one_recipient_is_told_apart(string limits, int code)
    {
        var reply = Reply(429, Problem("rate-limited", 429));
        reply.Headers["RateLimit"] = limits;
        reply.Headers.RetryAfter = "9";

        var refused = PodAnswers.Refused(reply);

        (refused.Code.Number, refused.RetryAfter).ShouldBe((code, "9"));
    }

    [Theory]
    [InlineData(202, "")]
    [InlineData(202, "{}")]
    [InlineData(202, "[]")]
    [InlineData(202, """{"id":5}""")]
    public void An_answer_that_cannot_be_read_is_no_success(int status, string body)
    {
        var reply = Reply(status, body);

        PodAnswers.Sent(reply, "1").ShouldBeNull();
        PodAnswers.Uploaded(reply, "1").ShouldBeNull();
        PodAnswers.Media(reply, "1", "http://a").ShouldBeNull();
        var refused = PodAnswers.Refused(reply);
        (refused.Code.Number, refused.Status).ShouldBe((131000, 502));
    }

    [Theory]
    [InlineData("491700000002@s.whatsapp.net", "491700000002")]
    [InlineData("123@lid", "123@lid")]
    [InlineData("1203@g.us", "1203@g.us")]
    public void A_recipient_is_told_as_webhooks_name_it(string to, string shown) =>
        PodAnswers
            .Sent(Reply(202, $$"""{"id":"3EB0A1B2","to":"{{to}}"}"""), "+49 170 0000002")!
            .Contacts.ShouldBe([new CloudRecipient("+49 170 0000002", shown)]);

    private static string Problem(string slug, int status) =>
        $$"""{"type":"{{ProblemAnswer.TypePrefix}}{{slug}}","title":"t","status":{{status}},"detail":"what to do","retryable":false}""";

    private static PodReply Reply(int status, string body) =>
        new(status, new HeaderDictionary(), Encoding.UTF8.GetBytes(body));
}
