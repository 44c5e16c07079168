using System.Net;
using System.Net.Sockets;
using System.Text;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Twilio;

/// <summary>Doubles: the lock, the look-up, and the constraint that alone decides.</summary>
public sealed class OnceTests(TwilioBench bench) : IClassFixture<TwilioBench>
{
    private const int Times = 10;

    [Fact]
    public async Task The_same_event_ten_times_at_once_is_posted_once_with_redis_and_when_it_went_away()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var adapter = await StartAsync(redis.Configuration);

        var i = 0;
        await Eventually.True(
            "the lock is used",
            async () =>
            {
                await adapter.WriteAsync($"evt_warm_{++i}", "Hi");
                return (await AskAsync(redis, "INFO commandstats")).Contains(
                    "cmdstat_set:",
                    StringComparison.Ordinal
                );
            }
        );
        await AtOnceAsync("evt_redis", "with Redis", adapter);
        // Sooner than they would end by themselves.
        await Eventually.True(
            "the locks are released",
            async () =>
                (await AskAsync(redis, "DBSIZE")).StartsWith(":0", StringComparison.Ordinal),
            TimeSpan.FromSeconds(5)
        );

        await redis.KillAsync();
        await AtOnceAsync("evt_away", "without Redis", adapter);
    }

    [Fact]
    public async Task The_same_event_at_two_replicas_without_redis_is_posted_once()
    {
        await using var one = await StartAsync("");
        await using var other = await StartAsync("", one);
        await AtOnceAsync("evt_two", "two replicas", one, other);
    }

    [Fact]
    public async Task An_event_that_comes_again_behind_later_ones_and_after_a_crash_is_not_posted_again()
    {
        await using var adapter = await StartAsync("");
        await adapter.WriteAsync("evt_again", "again 1");
        await adapter.WriteAsync("evt_later", "again 2");
        await bench.Program.GotAsync("both", 2, IsOf("again"));
        await DoneAsync(adapter);
        await adapter.Process.KillAsync();
        await adapter.StartAgainAsync();
        (await adapter.WriteAsync("evt_again", "again 1")).ShouldBe(HttpStatusCode.OK);
        await adapter.WriteAsync("evt_last", "again 3");

        var posts = await bench.Program.GotAsync("the last", 3, IsOf("again"));
        posts.Select(p => p.Field("Body")).ShouldBe(["again 1", "again 2", "again 3"]);
    }

    private async Task AtOnceAsync(string id, string text, params TwilioAdapter[] adapters)
    {
        var posts = Enumerable
            .Range(0, Times)
            .Select(i => adapters[i % adapters.Length].WriteAsync(id, text));
        (await Task.WhenAll(posts)).ShouldAllBe(status => status == HttpStatusCode.OK);

        // Of the same chat, so that it would come behind all of them.
        await adapters[0].WriteAsync($"{id}_end", $"{text}, the end");
        await bench.Program.GotAsync("the end", 1, g => g.Field("Body") == $"{text}, the end");
        bench.Program.Seen.Count(g => g.Field("Body") == text).ShouldBe(1);
        (await adapters[0].CountAsync($"handled where id = '{id}'")).ShouldBe(1);
        await DoneAsync(adapters[0]);
    }

    private static Task DoneAsync(TwilioAdapter adapter) =>
        Eventually.True("the outbox is empty", async () => await adapter.CountAsync("outbox") == 0);

    private static Func<Got, bool> IsOf(string text) =>
        g => g.Field("Body").StartsWith(text, StringComparison.Ordinal);

    private async Task<TwilioAdapter> StartAsync(string redis, TwilioAdapter? beside = null)
    {
        var database =
            beside?.Database ?? await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        return await TwilioAdapter.StartAsync(
            database,
            bench.ProgramUrl,
            bench.Api.Url,
            settings =>
            {
                settings["Adapter__Redis"] = redis;
                settings["Adapter__WebhookSecrets__0"] =
                    beside?.Secret ?? settings["Adapter__WebhookSecrets__0"];
            }
        );
    }

    private static async Task<string> AskAsync(RedisServer redis, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, redis.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\n"));
        var answer = new byte[16 * 1024];
        return Encoding.ASCII.GetString(answer, 0, await stream.ReadAsync(answer));
    }
}
