using System.Net;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>What becomes of messages, as their callbacks are told it.</summary>
public sealed class StatusTests(TwilioBench bench) : IClassFixture<TwilioBench>
{
    [Fact]
    public async Task Statuses_are_posted_signed_in_order_and_never_go_back()
    {
        var sid = await SentAsync("/status?id=1%202");
        await TellAsync("message.delivered", $$"""{"ids":["3A","{{sid}}"],"fromMe":true}""");
        await TellAsync("message.sent", $$"""{"id":"{{sid}}"}""");
        await TellAsync("message.delivered", $$"""{"ids":["{{sid}}"]}""");
        await TellAsync("message.read", $$"""{"ids":["{{sid}}"]}""");
        await TellAsync("message.delivered", $$"""{"ids":["{{sid}}"]}""");
        await TellAsync("message.played", $$"""{"ids":["{{sid}}"]}""");
        await TellAsync("message.failed", $$"""{"id":"{{sid}}","code":400}""");

        await StatusesAsync(sid, "sent", "delivered", "read");
        var posts = bench.Program.Seen.Where(g => g.Field("MessageSid") == sid).ToArray();
        posts.ShouldAllBe(g => g.Path == "/status?id=1%202");
        posts.ShouldAllBe(g =>
            g.Field("From") == $"whatsapp:+{TwilioAdapter.Number}"
            && g.Field("To") == "whatsapp:+4915112345678"
        );
        posts.ShouldAllBe(g => g.Field("AccountSid") == TwilioAdapter.AccountSid);
        posts.ShouldAllBe(g => g.Field("ErrorCode") == "");
        await TwilioLibrary.AcceptsAsync(
            TwilioAdapter.AuthToken,
            [.. posts.Select(p => (bench.Program.Url, p))]
        );
        ((string)(await TwilioLibrary.GetAsync(bench.Adapter, sid))["status"]!).ShouldBe("read");
    }

    [Fact]
    public async Task What_failed_stays_so_and_says_why()
    {
        var sid = await SentAsync("/status");
        await TellAsync("message.failed", $$"""{"id":"{{sid}}","code":463}""");
        await TellAsync("message.sent", $$"""{"id":"{{sid}}"}""");
        await StatusesAsync(sid, "failed");
        var post = bench.Program.Seen.Single(g => g.Field("MessageSid") == sid);
        post.Field("ErrorCode").ShouldBe("63018");
        var got = await TwilioLibrary.GetAsync(bench.Adapter, sid);
        ((string)got["status"]!).ShouldBe("failed");
        ((int)got["errorCode"]!).ShouldBe(63018);

        var late = await SentAsync("/status");
        await TellAsync("message.sent", $$"""{"id":"{{late}}"}""");
        await TellAsync("message.failed", $$"""{"id":"{{late}}"}""");
        await StatusesAsync(late, "sent", "undelivered");
    }

    /// <returns>The SID of a message whose statuses are to be told.</returns>
    private async Task<string> SentAsync(string callback)
    {
        var (_, sent) = await bench.Adapter.SendAsync(
            $"From=whatsapp:%2B4930123456&To=whatsapp:%2B4915112345678&Body=x&StatusCallback={Uri.EscapeDataString(bench.Program.Url + callback)}"
        );
        return (string)sent["sid"]!;
    }

    private static int _events;

    private async Task TellAsync(string type, string data) =>
        (
            await bench.Adapter.PostAsync(
                $"evt_status_{Interlocked.Increment(ref _events)}",
                TwilioEvents.Of(type, data)
            )
        ).ShouldBe(HttpStatusCode.OK);

    /// <summary>Demands these and no others: all events were handled, and nothing waits any more.</summary>
    private async Task StatusesAsync(string sid, params string[] statuses)
    {
        await Eventually.True(
            "the outbox is empty",
            async () => await bench.Adapter.CountAsync($"outbox where sid = '{sid}'") == 0
        );
        bench
            .Program.Seen.Where(g => g.Field("MessageSid") == sid)
            .Select(g => g.Field("MessageStatus"))
            .ShouldBe(statuses);
    }
}
