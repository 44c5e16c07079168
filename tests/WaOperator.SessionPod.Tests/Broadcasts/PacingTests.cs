using System.Globalization;
using WaOperator.SessionPod.Broadcasts;

namespace WaOperator.SessionPod.Tests.Broadcasts;

public sealed class PacingTests
{
    private static readonly DateTimeOffset Noon = At("2026-12-01T12:00:00Z");

    [Theory]
    // Berlin: UTC+1, from the last Sunday of March to that of October UTC+2.
    [InlineData("09:00", "19:00", "Europe/Berlin", "2026-12-01T12:00:00Z", null)]
    [InlineData("09:00", "19:00", "Europe/Berlin", "2026-12-01T08:00:00Z", null)]
    [InlineData("09:00", "19:00", "Europe/Berlin", "2026-12-01T07:59:59Z", "2026-12-01T08:00:00Z")]
    [InlineData("09:00", "19:00", "Europe/Berlin", "2026-12-01T18:00:00Z", "2026-12-02T08:00:00Z")]
    [InlineData("09:00", "19:00", "Europe/Berlin", "2026-12-01T17:59:59Z", null)]
    // The night in which clocks are put forward has an hour less, the one in which they are put back one more.
    [InlineData("09:00", "19:00", "Europe/Berlin", "2026-03-28T18:30:00Z", "2026-03-29T07:00:00Z")]
    [InlineData("09:00", "19:00", "Europe/Berlin", "2026-10-24T17:30:00Z", "2026-10-25T08:00:00Z")]
    // 02:30 is skipped in that night: it opens when clocks go again, at 03:00.
    [InlineData("02:30", "06:00", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z")]
    // 02:30 comes twice: it opens at the first, and when the clock shows 02:00 once more, it waits for the second.
    [InlineData("02:30", "06:00", "Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("02:30", "06:00", "Europe/Berlin", "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z")]
    // Past midnight.
    [InlineData("20:00", "06:00", "Europe/Berlin", "2026-12-01T23:00:00Z", null)]
    [InlineData("20:00", "06:00", "Europe/Berlin", "2026-12-02T04:59:00Z", null)]
    [InlineData("20:00", "06:00", "Europe/Berlin", "2026-12-02T05:00:00Z", "2026-12-02T19:00:00Z")]
    // Where the day is another one than in UTC.
    [InlineData("09:00", "19:00", "Asia/Tokyo", "2026-12-01T22:00:00Z", "2026-12-02T00:00:00Z")]
    [InlineData(
        "09:00",
        "19:00",
        "America/Sao_Paulo",
        "2026-12-01T23:00:00Z",
        "2026-12-02T12:00:00Z"
    )]
    public void A_window_opens_by_the_clocks_of_its_zone(
        string from,
        string to,
        string zone,
        string time,
        string? opens
    ) => Window(from, to, zone).NextOpen(At(time)).ShouldBe(At(opens ?? time));

    [Theory]
    // Perminute, jitter, ramp; the day since the start, chance; seconds until the next.
    [InlineData(20, 0, 0, 0, 0.9, 3)]
    [InlineData(20, 0.4, 0, 0, 0.5, 3)]
    [InlineData(20, 0.4, 0, 0, 0.0, 1.8)]
    [InlineData(20, 0.4, 0, 0, 1.0, 4.2)]
    [InlineData(1, 0, 0, 0, 0.5, 60)]
    [InlineData(20, 0, 7, 0, 0.5, 21)]
    [InlineData(20, 0, 7, 1, 0.5, 10.5)]
    [InlineData(20, 0, 7, 5, 0.5, 3.5)]
    [InlineData(20, 0, 7, 6, 0.5, 3)]
    [InlineData(20, 0, 7, 100, 0.5, 3)]
    public void A_pause_follows_from_pace_chance_and_day(
        int perMinute,
        double jitter,
        int rampDays,
        int day,
        double random,
        double seconds
    )
    {
        var last = Noon.AddDays(day);
        new Pacing(perMinute, jitter, null, rampDays)
            .After(last, Noon, random)
            .ShouldBe(last.AddSeconds(seconds), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void A_day_of_the_ramp_begins_at_midnight_of_the_zone()
    {
        // 23:30 in Berlin; an hour later it is the next day there, and not yet in UTC.
        var started = At("2026-12-01T22:30:00Z");
        Rate("Europe/Berlin").ShouldBe(4);
        Rate("Etc/UTC").ShouldBe(2);

        double Rate(string zone) =>
            new Pacing(20, 0, Window("00:00", "23:59", zone), 10).RateAt(
                started,
                started.AddHours(1)
            );
    }

    [Fact]
    public void What_would_come_after_the_window_closed_comes_in_the_first_pause_after_it_opens()
    {
        var pacing = new Pacing(20, 0.4, Window("09:00", "19:00", "Europe/Berlin"), 0);
        var opens = At("2026-12-02T08:00:00Z");

        var all = Enumerable
            .Range(0, 100)
            .Select(i => pacing.After(At("2026-12-01T17:59:59Z"), Noon, i / 100.0))
            .ToList();

        all.ShouldAllBe(t => t >= opens && t < opens.AddSeconds(3));
        all.Distinct().Count().ShouldBe(100);
    }

    [Theory]
    // Due in the window and not sent then, since the session was away or a limit reached: seconds behind the opening until it is due.
    [InlineData("2026-12-01T17:59:00Z", "2026-12-01T22:00:00Z", "2026-12-02T08:00:01.5Z")]
    [InlineData("2026-12-01T17:59:00Z", "2026-12-01T18:00:00Z", "2026-12-02T08:00:01.5Z")]
    [InlineData("2026-12-01T17:59:00Z", "2026-12-01T17:59:59Z", null)]
    [InlineData("2026-12-01T17:59:00Z", "2026-12-02T08:00:00Z", null)]
    // What is not due yet stays as it is.
    [InlineData("2026-12-02T08:00:02Z", "2026-12-01T22:00:00Z", null)]
    public void What_was_due_before_the_window_closed_waits_until_it_opens(
        string due,
        string now,
        string? then
    ) =>
        new Pacing(20, 0, Window("09:00", "19:00", "Europe/Berlin"), 0)
            .PutOff(At(due), At(now), Noon, 0.5)
            .ShouldBe(At(then ?? due));

    [Theory]
    [InlineData("Hi {{name}}, {{ name }} of {{firm_1}}", "name,name,firm_1", false)]
    [InlineData("no variable", "", false)]
    [InlineData("{{}}", "", true)]
    [InlineData("{{1a}}", "", true)]
    [InlineData("{{a b}}", "", true)]
    [InlineData("{{a}", "", true)]
    [InlineData("a}} {{b}}", "b", true)]
    [InlineData("{ {a} }", "", false)]
    public void A_text_has_variables(string text, string variables, bool stray)
    {
        string.Join(',', TextTemplate.Variables(text)).ShouldBe(variables);
        TextTemplate.HasStray(text).ShouldBe(stray);
    }

    [Fact]
    public void A_value_is_no_template() =>
        TextTemplate
            .Fill(
                "{{a}} and {{b}}",
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["a"] = "{{b}}",
                    ["b"] = "$1 {{a}}",
                }
            )
            .ShouldBe("{{b}} and $1 {{a}}");

    private static SendWindow Window(string from, string to, string zone) =>
        new(
            TimeOnly.Parse(from, CultureInfo.InvariantCulture),
            TimeOnly.Parse(to, CultureInfo.InvariantCulture),
            TimeZoneInfo.FindSystemTimeZoneById(zone)
        );

    private static DateTimeOffset At(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}
