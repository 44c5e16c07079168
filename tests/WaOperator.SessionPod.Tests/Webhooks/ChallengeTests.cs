using System.Text;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Addresses that are asked as Meta asks before anything is posted to them.</summary>
public sealed class ChallengeTests
{
    [Fact]
    public async Task Nothing_is_posted_before_an_address_answered_and_another_one_is_asked_again()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.VerifyToken = "another";
        var webhook = await world.WebhookAsync(
            session.Tenant,
            s => s with { Format = WebhookFormat.CloudApi, Url = $"{world.Receiver.Address}?a=b" },
            Secrets
        );
        await phone.JournalAsync(WebhookWorld.Text("M1"));
        await Eventually.True(
            "it is told",
            async () =>
                (await world.World.SqlAsync("select last_error from wa.webhook_report") as string)
                == "ChallengeFailed: it answered HTTP 403 Forbidden in the place of HTTP 200"
        );
        (await world.NumberAsync("select count(failing_since) from wa.webhook_report")).ShouldBe(1);
        world.Receiver.Seen.ShouldBeEmpty();
        var asked = world.Receiver.Challenges.First();
        (
            (string?)asked["hub.mode"],
            (string?)asked["hub.verify_token"],
            (string?)asked["a"]
        ).ShouldBe(("subscribe", "verify me+&", "b"));

        world.Receiver.VerifyToken = "verify me+&";
        await world.Receiver.TakenAsync(1);
        await Eventually.True(
            "its answer is noted",
            async () =>
                await world.NumberAsync(
                    $"select count(challenged_url) from wa.webhook where id = {webhook}"
                ) == 1
        );
        var challenges = world.Receiver.Challenges.Count;

        // Neither another pod nor another change asks again.
        await world.ChangeAsync(webhook, s => s with { TimeoutSeconds = 7 });
        await pod.StopAsync();
        await world.PodAsync(uid: "pod-b");
        phone = await world.Network.ConnectionAsync(session, 3);
        await phone.EstablishAsync();
        await phone.JournalAsync(WebhookWorld.Text("M2"));
        await world.Receiver.TakenAsync(2);
        world.Receiver.Challenges.Count.ShouldBe(challenges);
        await world.ChangeAsync(webhook, s => s with { Url = $"{world.Receiver.Address}new" });
        await Eventually.True(
            "the new address is asked",
            () => world.Receiver.Challenges.Count > challenges
        );
        await phone.JournalAsync(WebhookWorld.Text("M3"));
        await world.Receiver.TakenAsync(3);
    }

    [Fact]
    public async Task An_address_that_may_not_be_reached_is_not_asked()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, _) = await world.SessionAsync();
        await world.WebhookAsync(
            session.Tenant,
            s => s with { Format = WebhookFormat.CloudApi, Url = "https://10.0.0.1/hook" },
            Secrets
        );

        await Eventually.True(
            "it is told",
            async () =>
                (
                    await world.World.SqlAsync("select last_error from wa.webhook_report") as string
                )?.StartsWith("ChallengeFailed: AddressRefused", StringComparison.Ordinal) == true
        );
    }

    [Theory]
    [InlineData(200, "17", null)]
    [InlineData(200, " 17\n", null)]
    [InlineData(200, "18", "it answered HTTP 200 without hub.challenge")]
    [InlineData(200, "", "it answered HTTP 200 without hub.challenge")]
    [InlineData(204, "", "it answered HTTP 204 in the place of HTTP 200")]
    [InlineData(403, "17", "it answered HTTP 403 in the place of HTTP 200")]
    public void Only_what_repeats_the_challenge_is_an_answer(
        int status,
        string body,
        string? wrong
    ) =>
        WebhookChallenge
            .Judge(
                new(PostVerdict.Of(status, null, null), status)
                {
                    Body = Encoding.UTF8.GetBytes(body),
                },
                "17"
            )
            .ShouldBe(wrong is null ? null : $"ChallengeFailed: {wrong}");

    private static WebhookSecrets Secrets { get; } =
        new() { Signing = [WebhookWorld.Secret], VerifyToken = "verify me+&" };
}
