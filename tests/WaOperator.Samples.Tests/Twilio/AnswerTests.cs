using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>Answers of the program that are not TwiML as the adapter knows it.</summary>
public sealed class AnswerTests(TwilioBench bench) : IClassFixture<TwilioBench>
{
    private static int _events;

    public static TheoryData<string, string, string> Refused =>
        new()
        {
            {
                "text/xml",
                "<Response><Redirect>https://example.org</Redirect></Response>",
                "NotSupported: <Redirect>"
            },
            {
                "text/xml",
                "<Response><Message method=\"GET\">x</Message></Response>",
                "NotSupported: <Message method"
            },
            {
                "text/xml",
                "<Response><Message><Media>https://x/1</Media><Media>https://x/2</Media></Message></Response>",
                "NotSupported: more than one"
            },
            { "text/xml", "<Response><Message>x</Message><Message/></Response>", "14103" },
            {
                "text/xml",
                "<Response><Message from=\"whatsapp:+4930999999\">x</Message></Response>",
                "63007"
            },
            {
                "text/xml",
                "<!DOCTYPE r [<!ENTITY e \"x\">]><Response><Message>&e;</Message></Response>",
                "12100"
            },
            { "application/xml", "<Answer/>", "12100" },
            { "application/json", "{}", "12300" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task An_answer_that_cannot_be_done_is_given_up_as_a_whole_and_says_why(
        string type,
        string text,
        string why
    )
    {
        var sid = await WriteAsync(new(200, type, text));
        await Eventually.True(
            $"the entry is given up for {why}",
            async () =>
                await bench.Adapter.CountAsync(
                    $"outbox where sid = '{sid}' and given_up_at is not null and position('{why}' in error) > 0"
                ) == 1
        );
        (
            await bench.Adapter.CountAsync(
                "message where direction = 'outbound-reply' and body <> 'plain'"
            )
        ).ShouldBe(0);

        // What is behind it in its chat continues.
        var before = bench.Api.Seen.Count;
        await WriteAsync(new(200, Text: "pl\0ain"));
        var sent = (await bench.Api.GotAsync("the plain answer", before + 1))[before];
        ((string)JsonNode.Parse(sent.Body)!["text"]!).ShouldBe("pl\0ain");
    }

    [Theory]
    [InlineData("text/xml", "<Response/>")]
    [InlineData("text/plain", "")]
    public async Task An_answer_that_says_nothing_sends_nothing(string type, string text)
    {
        var before = bench.Api.Seen.Count;
        var sid = await WriteAsync(new(200, type, text));
        await Eventually.True(
            "the entry is done",
            async () => await bench.Adapter.CountAsync($"outbox where sid = '{sid}'") == 0
        );
        bench.Api.Seen.Count.ShouldBe(before);
    }

    /// <returns>The SID under which the program got it.</returns>
    private async Task<string> WriteAsync(Answer answer)
    {
        bench.Program.Answers = _ => Task.FromResult(answer);
        var text = $"message {Interlocked.Increment(ref _events)}";
        await bench.Adapter.WriteAsync($"evt_{text}", text);
        var got = await bench.Program.GotAsync(text, 1, g => g.Field("Body") == text);
        return got[0].Field("MessageSid");
    }
}
