using Microsoft.Extensions.Logging;
using WaOperator.SessionPod.Api;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Tests.Ownership;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class UnreadableEntriesTests
{
    [Fact]
    public async Task Each_is_counted_and_one_a_minute_is_logged_without_what_stands_in_it()
    {
        var (time, metrics) = (new FakeTime(), new PodMetrics());
        using var log = new Logs();
        var entries = new UnreadableEntries(metrics, time, log.CreateLogger<UnreadableEntries>());
        var session = AssignmentDiffTests.Placed(1);
        for (var i = 1; i <= 1_000; i++)
            entries.Given(session, i, "message");
        time.Advance(UnreadableEntries.LogEvery);
        entries.Given(session, 1_001, "receipt");

        var lines = log.Lines;
        lines.Count.ShouldBe(2);
        lines[0].ShouldContain("session ns/s-1: event 1 (message)");
        lines[1].ShouldContain("event 1001 (receipt)");
        lines[1].ShouldContain("999 other(s)");
        lines.ShouldAllBe(l => !l.Contains(session.Phone, StringComparison.Ordinal));
        (await Exposition.ReadAsync(metrics.Registry)).ShouldContain(
            "wa_events_unreadable_total 1001"
        );
    }
}
