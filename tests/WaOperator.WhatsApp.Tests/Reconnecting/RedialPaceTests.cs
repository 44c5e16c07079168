using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.WhatsApp.Tests.Reconnecting;

public sealed class RedialPaceTests
{
    private static readonly Disconnect End = new(DisconnectKind.StreamEnd, null, "");

    [Fact]
    public void A_restart_is_at_once_and_a_second_one_without_a_connection_between_is_not()
    {
        var first = default(RedialPace).After(Redial.AtOnce, End, TimeSpan.Zero, 0.5);
        first.Wait.ShouldBe(TimeSpan.Zero);
        first.After(Redial.AtOnce, End, TimeSpan.Zero, 0.5).Wait.ShouldBe(Backoff.First * 0.5);
        first.Connected.After(Redial.AtOnce, End, TimeSpan.Zero, 0.5).Wait.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Failures_in_a_row_wait_longer_and_a_stable_connection_ends_the_row()
    {
        var pace = default(RedialPace);
        for (var i = 0; i < 4; i++)
            pace = pace.After(Redial.Backoff, End, TimeSpan.Zero, 0.5);
        pace.Wait.ShouldBe(Backoff.First * 8 * 0.5);
        pace.After(Redial.Backoff, End, Backoff.Stable, 0.5).Wait.ShouldBe(Backoff.First * 0.5);
    }

    [Fact]
    public void A_ban_lasts_as_long_as_the_server_says_or_an_hour()
    {
        var told = End with { RetryAfter = TimeSpan.FromMinutes(7) };
        default(RedialPace)
            .After(Redial.Banned, told, TimeSpan.Zero, 0.5)
            .Wait.ShouldBe(TimeSpan.FromMinutes(7));
        default(RedialPace)
            .After(Redial.Banned, End, TimeSpan.Zero, 0.5)
            .Wait.ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_replacement_and_a_refused_version_wait_long()
    {
        default(RedialPace)
            .After(Redial.Replaced, End, TimeSpan.Zero, 0.5)
            .Wait.ShouldBe(Backoff.FirstReplaced);
        default(RedialPace)
            .After(Redial.Slowly, End, TimeSpan.Zero, 0.5)
            .Wait.ShouldBe(Backoff.Most);
    }
}
