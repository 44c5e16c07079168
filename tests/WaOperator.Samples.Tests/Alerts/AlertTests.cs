using System.Text.Json;
using Alerts;

namespace WaOperator.Samples.Tests.Alerts;

/// <summary>What events say, and what of it is told when.</summary>
public sealed class AlertTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Well = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("Connected", "Connected", null)]
    [InlineData("Connected", "ReachOutTimelock", "limited by WhatsApp")]
    [InlineData("Reconnecting", "ConnectionLost", "without connection")]
    [InlineData("LoggedOut", "LoggedOut", "logged out")]
    [InlineData("Banned", "Banned", "banned")]
    [InlineData("Replaced", "Replaced", "replaced by another client")]
    [InlineData("PhoneMismatch", "PhoneMismatch", "linked to another phone")]
    [InlineData("Stopped", "Stopped", null)]
    public void A_status_is_well_or_one_thing_that_is_wrong(
        string phase,
        string reason,
        string? what
    ) => StatusOf(phase, reason).First(s => s.Topic == "session").What.ShouldBe(what);

    [Theory]
    [InlineData("Pairing")]
    [InlineData("PairingExpired")]
    [InlineData("OfALaterVersion")]
    public void A_status_that_says_neither_changes_nothing(string phase) =>
        StatusOf(phase, phase).ShouldBeEmpty();

    [Fact]
    public void A_lost_connection_is_told_when_it_lasts()
    {
        var lost = StatusOf("Reconnecting", "ConnectionLost").Single();
        lost.BeginAt.ShouldBe(Now.AddSeconds(-10) + Late);
        StatusOf("Banned", "Banned").Single().BeginAt.ShouldBe(Now);
    }

    [Fact]
    public void Types_and_steps_of_no_interest_say_nothing()
    {
        Read("message.received", new { text = "hi" }).ShouldBeEmpty();
        Read("session.pairing", new { step = "code" }).ShouldBeEmpty();
        Read("session.pairing", new { step = "error", message = "Timed out." })
            .Single()
            .What.ShouldBe("linking failed");
        Read("session.pairing", new { step = "complete" }).Single().What.ShouldBeNull();
    }

    [Fact]
    public void What_comes_and_goes_before_its_time_is_not_told()
    {
        var lost = Wrong("without connection") with { BeginAt = Now + Late };
        var alert = Alert.Unheard.After(1, lost, Now, Well);
        (alert.What, alert.BeginAt).ShouldBe(("without connection", Now + Late));
        // Another reason for the same does not begin it once more.
        var again = alert.After(2, lost with { BeginAt = Now + Late + Late }, Now, Well);
        again.BeginAt.ShouldBe(Now + Late);
        var back = again.After(3, AllWell, Now, Well);
        (back.What, back.BeginAt, back.EndAt, back.Told).ShouldBe(("", null, null, null));
    }

    [Fact]
    public void What_was_told_is_over_when_all_was_well_for_a_while()
    {
        var told = Alert.Unheard.After(1, Wrong("banned"), Now, Well) with { Told = "banned" };
        var back = told.After(2, AllWell, Now, Well);
        (back.What, back.EndAt, back.Told).ShouldBe(("", Now + Well, "banned"));
        // It comes again before that: it is the same alert, of which people know.
        var again = back.After(3, Wrong("banned"), Now, Well);
        (again.What, again.EndAt, again.Told).ShouldBe(("banned", null, "banned"));
    }

    [Fact]
    public void An_event_that_comes_behind_a_later_one_changes_nothing()
    {
        var back = Alert.Unheard.After(7, AllWell, Now, Well);
        back.After(6, Wrong("banned"), Now, Well).ShouldBe(back);
        back.After(7, Wrong("banned"), Now, Well).ShouldBe(back);
    }

    [Fact]
    public void A_limit_that_is_reached_again_is_over_later()
    {
        var first = Read(
            "limit.reached",
            new { limit = "queue", retryAt = "2026-12-01T10:01:00Z" }
        );
        var later = Read(
            "limit.reached",
            new { limit = "queue", retryAt = "2026-12-01T12:03:00+02:00" }
        );
        var alert = Alert.Unheard.After(1, first.Single(), Now, Well);
        alert.EndAt.ShouldBe(Now.AddMinutes(1) + Well);
        alert.After(2, later.Single(), Now, Well).EndAt.ShouldBe(Now.AddMinutes(3) + Well);
    }

    [Fact]
    public void A_gap_is_told_in_words()
    {
        Signs
            .GapOf(
                Event(
                    "gap",
                    new
                    {
                        from = 1,
                        to = 2,
                        reason = "Too old.",
                    }
                )
            )
            .ShouldBe("acme/sales: events were removed before they could be posted. Too old.");
        Signs.GapOf(Event("session.status", new { phase = "Connected" })).ShouldBeNull();
    }

    private static Sign AllWell => new("session", null, "It is connected.");

    private static Sign Wrong(string what) => new("session", what, "", Now);

    private static IReadOnlyList<Sign> StatusOf(string phase, string reason) =>
        Read(
            "session.status",
            new
            {
                phase,
                reason,
                message = "m",
                timestamp = Now.AddSeconds(-10).ToUnixTimeSeconds(),
            }
        );

    private static IReadOnlyList<Sign> Read(string type, object data) =>
        Signs.Of(Event(type, data), Late, Now);

    private static JsonElement Event(string type, object data) =>
        JsonSerializer.SerializeToElement(
            new
            {
                type,
                session = "acme/sales",
                data,
            }
        );
}
