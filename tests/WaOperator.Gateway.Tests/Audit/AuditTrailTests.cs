using WaOperator.Gateway.Audit;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Audit;

public sealed class AuditTrailTests
{
    private static readonly AuditKey Send = new(
        7,
        "acme/key",
        "sendMessage",
        new("ns", "s-1"),
        202
    );
    private static readonly AuditKey Look = Send with { Operation = "getMessage", Status = 200 };
    private readonly FakeTime _time = new();

    [Fact]
    public void Calls_that_are_alike_are_one_entry_with_their_subjects()
    {
        var trail = new AuditTrail(_time);
        trail.Note(Send, reads: false, "m-1");
        trail.Note(Send, reads: false, "m-2");
        trail.Note(Send with { Status = 429 }, reads: false, null);

        var taken = trail.Take(10).Select(e => e.Entry).ToArray();

        taken.Select(e => (e.Status, e.Calls)).ShouldBe([(202, 2), (429, 1)], ignoreOrder: true);
        taken.Single(e => e.Status == 202).Subjects.ShouldBe(["m-1", "m-2"]);
        taken.ShouldAllBe(e => e.Id.Version == 7 && e.At == _time.GetUtcNow());
        trail.Take(10).ShouldBeEmpty();
    }

    [Fact]
    public void Reads_are_taken_together_for_a_minute()
    {
        var trail = new AuditTrail(_time);
        trail.Note(Look, reads: true, null);
        trail.Take(10).ShouldBeEmpty();
        _time.Advance(AuditTrail.ReadsFor);
        trail.Note(Look, reads: true, null);

        trail.Take(10).Single().Entry.Calls.ShouldBe(2);
        trail.Note(Look, reads: true, null);
        trail.Take(10, all: true).Single().Entry.Calls.ShouldBe(1);
    }

    [Fact]
    public void An_entry_with_many_subjects_ends_and_another_begins()
    {
        var trail = new AuditTrail(_time);
        for (var i = 0; i < 1200; i++)
            trail.Note(Send, reads: false, $"m-{i}");

        var taken = trail.Take(10).Select(e => e.Entry).ToArray();

        taken.Sum(e => e.Calls).ShouldBe(1200);
        taken.SelectMany(e => e.Subjects).Distinct().Count().ShouldBe(1200);
        taken.Max(e => e.Subjects.Count).ShouldBe(500);
    }

    [Fact]
    public void Without_room_calls_are_counted_and_what_is_there_stays()
    {
        var trail = new AuditTrail(_time, room: 3);
        for (var i = 0; i < 5; i++)
            trail.Note(Send with { Tenant = i }, reads: false, null);
        trail.Note(Send with { Tenant = 0 }, reads: false, null);

        trail.TakeDropped().ShouldBe(2);
        trail.TakeDropped().ShouldBe(0);
        var taken = trail.Take(2);
        trail.GiveBack(taken);
        trail.Take(10).Sum(e => e.Entry.Calls).ShouldBe(4);
    }

    [Fact]
    public void One_tenant_leaves_room_for_others()
    {
        var trail = new AuditTrail(_time, room: AuditTrail.MaxOfTenant + 10);
        for (var i = 0; i < AuditTrail.MaxOfTenant + 5_000; i++)
            trail.Note(Send with { Session = new("ns", $"s-{i}") }, reads: i % 2 == 0, null);
        trail.Note(Send with { Tenant = 8 }, reads: false, null);

        trail.TakeDropped().ShouldBe(0);
        var taken = trail.Take(100_000, all: true);
        taken.Sum(e => e.Entry.Calls).ShouldBe(AuditTrail.MaxOfTenant + 5_001);
        taken.Count(e => e.Tenant == 7).ShouldBe(AuditTrail.MaxOfTenant + 2);
        taken.Where(e => e.Entry.Session is null).ShouldAllBe(e => e.Entry.Who == null);
        // What was stored makes room.
        trail.Note(Send with { Session = new("ns", "later") }, reads: false, null);
        trail.Take(10).Single().Entry.Session.ShouldBe("later");
    }

    [Fact]
    public void A_subject_is_told_once()
    {
        var trail = new AuditTrail(_time);
        for (var i = 0; i < 2_000; i++)
            trail.Note(Look, reads: true, "m-1");

        var entry = trail.Take(10, all: true).Single().Entry;

        entry.Calls.ShouldBe(2_000);
        entry.Subjects.ShouldBe(["m-1"]);
    }
}
