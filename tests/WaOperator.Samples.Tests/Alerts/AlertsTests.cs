using WaOperator.Samples.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.Alerts;

/// <summary>samples/Alerts from what happens to a session to what people read.</summary>
public sealed class AlertsTests(AlertsWorld alerts) : IClassFixture<AlertsWorld>
{
    [Fact]
    public async Task A_session_that_its_phone_logs_out_is_told_once_and_so_is_that_it_is_back()
    {
        var session = await alerts.World.SessionAsync("491511200001");
        await alerts.World.Phones.UnlinkAsync(session.Phone);
        await session.PhaseAsync("LoggedOut");
        var begun = (await alerts.Channel.OfAsync(session.Name, 1)).Single();
        begun.ShouldStartWith($"\u26a0 {session.Name}: logged out. ");

        await session.AskForCodesAsync("again");
        await session.PairAsync();
        (await alerts.Channel.OfAsync(session.Name, 2))[1]
            .ShouldBe($"\u2705 {session.Name}: no longer logged out. It is connected.");
    }

    [Fact]
    public async Task A_session_without_its_connection_for_too_long_is_told_once_and_so_is_its_return()
    {
        var session = await alerts.World.SessionAsync("491511200002");
        var phones = alerts.World.Phones;
        await phones.PostAsync(
            "/faults/refuse",
            new
            {
                number = session.Phone,
                reason = 503,
                form = "failure",
            }
        );
        await phones.PostAsync("/faults/drop", new { number = session.Phone, how = "abrupt" });
        await session.PhaseAsync("Reconnecting");
        var begun = (await alerts.Channel.OfAsync(session.Name, 1)).Single();
        begun.ShouldStartWith($"\u26a0 {session.Name}: without connection. ");

        await phones.MendAsync();
        await session.PhaseAsync("Connected");
        (await alerts.Channel.OfAsync(session.Name, 2))[1]
            .ShouldBe($"\u2705 {session.Name}: no longer without connection. It is connected.");
    }

    [Fact]
    public async Task A_limit_that_is_reached_again_and_again_is_told_once_and_is_over_by_itself()
    {
        const string session = "acme/limited";
        var retryAt = TimeProvider.System.GetUtcNow().AddSeconds(3);
        var first = alerts.NewId();
        (await LimitAsync(session, "messagesPerDay", retryAt, first)).ShouldBe(204);
        (await LimitAsync(session, "messagesPerDay", retryAt)).ShouldBe(204);
        (await LimitAsync(session, "messagesPerDay", retryAt, first)).ShouldBe(204);
        (await alerts.Channel.OfAsync(session, 1))[0]
            .ShouldBe(
                $"\u26a0 {session}: limit messagesPerDay reached. 60 of 60 messages are used up."
            );
        // Another limit is another alert.
        (await LimitAsync(session, "queue", retryAt.AddHours(1))).ShouldBe(204);
        (await alerts.Channel.OfAsync(session, 2))[1].ShouldContain("limit queue reached");
        (await alerts.Channel.OfAsync(session, 3))[2]
            .ShouldStartWith($"\u2705 {session}: no longer limit messagesPerDay reached.");
    }

    [Fact]
    public async Task What_a_crash_and_an_absent_channel_held_up_is_told_once()
    {
        const string session = "acme/cast";
        alerts.Channel.Status = 500;
        try
        {
            (await CastAsync(session, "Stopped", "Timelocked")).ShouldBe(204);
            (
                await alerts.PostAsync(
                    "gap",
                    session,
                    new
                    {
                        from = 1,
                        to = 9,
                        reason = "Too old.",
                    }
                )
            ).ShouldBe(204);
            await alerts.AgainAsync();
        }
        finally
        {
            alerts.Channel.Status = 200;
        }
        var lines = await alerts.Channel.OfAsync(session, 1);
        lines[0].ShouldBe($"\u26a0 {session}: broadcast November has stopped. Timelocked");
        await Eventually.True(
            "the gap is told",
            () => alerts.Channel.Lines.Any(l => l.StartsWith(session, StringComparison.Ordinal))
        );

        (await CastAsync(session, "Running", null)).ShouldBe(204);
        (await alerts.Channel.OfAsync(session, 2))[1].ShouldContain("It is Running.");
    }

    [Fact]
    public async Task A_post_that_the_webhook_did_not_sign_is_401_and_tells_nothing()
    {
        const string session = "acme/forged";
        var secret = SamplesWorld.NewSecret();
        var id = alerts.NewId();
        var data = new
        {
            phase = "Banned",
            reason = "Banned",
            message = "x",
            timestamp = 1,
        };
        (await alerts.PostAsync("session.status", session, data, id, secret)).ShouldBe(401);
        (await alerts.PostAsync("session.status", session, data, id)).ShouldBe(204);
        (await alerts.Channel.OfAsync(session, 1))[0].ShouldContain("banned");
    }

    [Fact]
    public async Task Without_its_settings_it_says_which_are_missing_and_does_not_start()
    {
        var refused = await Should.ThrowAsync<InvalidOperationException>(() =>
            SampleProcess.StartAsync(
                "Alerts",
                new Dictionary<string, string> { ["Alerts__WebhookSecrets__0"] = "whsec_short" }
            )
        );
        foreach (var name in new[] { "Database", "WebhookSecrets__0", "NotifyUrl" })
            refused.Message.ShouldContain($"Alerts__{name} is not set");
    }

    private Task<int> LimitAsync(
        string session,
        string limit,
        DateTimeOffset retryAt,
        string? id = null
    ) =>
        alerts.PostAsync(
            "limit.reached",
            session,
            new
            {
                limit,
                allowed = 60,
                retryAt = retryAt.ToString("O"),
                message = "60 of 60 messages are used up.",
                timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            },
            id
        );

    private Task<int> CastAsync(string session, string state, string? reason) =>
        alerts.PostAsync(
            "broadcast.progress",
            session,
            new
            {
                id = "NOVEMBER2026",
                name = "November",
                state,
                reason,
            }
        );
}
