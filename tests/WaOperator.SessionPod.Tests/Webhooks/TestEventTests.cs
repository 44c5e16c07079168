using System.Security.Cryptography;
using System.Text;
using WaOperator.Domain;
using WaOperator.SessionPod.Tests.World;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Test events, asked for over the API of a whole pod.</summary>
public sealed class TestEventTests
{
    private const string Narrow = "narrow-0123456789abcdef0123456789abcde";

    [Theory]
    [InlineData(WebhookFormat.Native)]
    [InlineData(WebhookFormat.CloudApi)]
    public async Task What_the_endpoint_says_is_told_and_nothing_else_is_changed(
        WebhookFormat format
    )
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, _) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(
            session.Tenant,
            s => s with { Format = format, Events = ["message.received"], Paused = true }
        );
        using var api = new ApiClient(pod.Api);
        var path = await PathAsync(api, session.Name);

        world.Receiver.Says = "welcome";
        var (status, told, _) = await api.AskAsync(HttpMethod.Post, path);

        (status, (bool)told!["delivered"]!, (int)told["status"]!).ShouldBe((200, true, 200));
        ((string?)told["answer"]).ShouldBe("welcome");
        ((long)told["milliseconds"]!).ShouldBeInRange(0, 20_000);
        told["error"].ShouldBeNull();
        world.Receiver.Answer = _ => Task.FromResult(410);
        (status, told, _) = await api.AskAsync(HttpMethod.Post, path);
        (status, (bool)told!["delivered"]!, (int)told["status"]!).ShouldBe((200, false, 410));
        ((string?)told["error"]).ShouldBe("HTTP 410 Gone");

        var seen = world.Receiver.Seen.ToArray();
        // Those that found the pod ready for them are among them.
        seen.Length.ShouldBeGreaterThanOrEqualTo(2);
        seen.ShouldAllBe(p => p.IsSignedBy(WebhookWorld.Secret) && p.Attempt == 1);
        seen.Select(p => p.Id).ShouldBeUnique();
        if (format == WebhookFormat.Native)
            seen[0].Type.ShouldBe("webhook.test");
        else
            ((string?)seen[0].Json["object"]).ShouldBe("whatsapp_business_account");
        (
            await world.NumberAsync(
                $"select count(*) from wa.webhook where id = {webhook} and disabled_at is null"
            )
        ).ShouldBe(1);
        (await world.NumberAsync("select count(*) from wa.webhook_parked")).ShouldBe(0);
        (
            await world.NumberAsync(
                "select count(*) from wa.webhook_report where last_error is not null"
            )
        ).ShouldBe(0);
    }

    [Fact]
    public async Task An_address_that_may_not_be_reached_is_told_as_that()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, _) = await world.SessionAsync();
        await world.WebhookAsync(session.Tenant, s => s with { Url = "https://10.0.0.1/hook" });
        using var api = new ApiClient(pod.Api);

        var (status, told, _) = await api.AskAsync(
            HttpMethod.Post,
            await PathAsync(api, session.Name)
        );

        (status, (bool)told!["delivered"]!).ShouldBe((200, false));
        ((string?)told["error"])!.ShouldStartWith("AddressRefused");
        told["status"].ShouldBeNull();
    }

    [Fact]
    public async Task A_tenant_has_one_at_a_time_and_no_key_that_is_limited_to_sessions_has_any()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, _) = await world.SessionAsync();
        await world.WebhookAsync(session.Tenant);
        using var api = new ApiClient(pod.Api);
        var path = await PathAsync(api, session.Name);
        await world.World.Desired.PutApiKeysAsync(
            session.Tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal)
                {
                    ["all/key"] = SHA256.HashData(Encoding.ASCII.GetBytes(PodWorld.ApiKey)),
                    ["narrow/key"] = SHA256.HashData(Encoding.ASCII.GetBytes(Narrow)),
                },
                [],
                true
            )
            {
                Limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal)
                {
                    ["narrow/key"] = new(null, [session.Name], null),
                },
            }
        );
        using var narrow = new ApiClient(pod.Api, Narrow);
        (await narrow.GetAsync($"/v1/sessions/ns/{session.Name}")).Status.ShouldBe(200);

        var (status, problem, _) = await narrow.AskAsync(HttpMethod.Post, path);
        (status, (string?)problem!["type"]).ShouldBe((404, "urn:wa:problem:unknown-webhook"));

        var answer = new TaskCompletionSource<int>();
        var seen = world.Receiver.Seen.Count;
        world.Receiver.Answer = _ => answer.Task;
        var first = api.AskAsync(HttpMethod.Post, path);
        await Eventually.True("it is posted", () => world.Receiver.Seen.Count > seen);
        (status, problem, _) = await api.AskAsync(HttpMethod.Post, path);
        (status, (string?)problem!["type"]).ShouldBe((429, "urn:wa:problem:rate-limited"));
        answer.SetResult(200);
        (await first).Status.ShouldBe(200);
    }

    [Fact]
    public void A_tenant_has_six_a_minute()
    {
        var time = new FakeTime();
        var shares = new WebhookTestShares(time);
        for (var i = 0; i < WebhookTestShares.EachMinute; i++)
        {
            shares.Enter(1, out _).ShouldBeNull();
            shares.Enter(1, out _).ShouldNotBeNull();
            shares.Leave(1);
            time.Advance(TimeSpan.FromSeconds(1));
        }
        shares.Enter(1, out var wait).ShouldNotBeNull();
        wait.ShouldBe(TimeSpan.FromSeconds(54));
        shares.Enter(2, out _).ShouldBeNull();
        time.Advance(wait);
        shares.Enter(1, out _).ShouldBeNull();
    }

    /// <summary>The path of its test, once the pod has the webhook; one test is used up by that at most.</summary>
    private static async Task<string> PathAsync(ApiClient api, string session)
    {
        await Eventually.True(
            "the pod has the webhook",
            async () =>
                (
                    await api.AskAsync(
                        HttpMethod.Post,
                        $"/v1/sessions/ns/{session}/webhooks/hook-1/test"
                    )
                ).Status == 200
        );
        return $"/v1/sessions/ns/{session}/webhooks/hook-1/test";
    }
}
