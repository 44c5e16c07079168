using WaOperator.Store.Gateway;

namespace WaOperator.Store.Tests;

/// <summary>What is kept of calls of the tenants' API.</summary>
public sealed class AuditTests
{
    private static readonly Guid First = AuditLog.IdAt(DateTimeOffset.UnixEpoch);
    private static readonly Guid End = AuditLog.IdAt(TimeProvider.System.GetUtcNow().AddYears(10));

    [Fact]
    public async Task What_is_added_twice_is_there_once_and_no_other_tenant_sees_it()
    {
        await using var world = await StoreWorld.CreateAsync();
        var log = new AuditLog(world.Admin);
        var mine = await world.Desired.PutTenantAsync(new("ns", "mine", false, "{}"));
        var theirs = await world.Desired.PutTenantAsync(new("ns", "theirs", false, "{}"));
        var now = TimeProvider.System.GetUtcNow();
        (long, AuditEntry)[] entries =
        [
            (mine, Entry(now, "a/b", "s-1", 202) with { Calls = 3, Subjects = ["m-1", "m \"2\""] }),
            (mine, Entry(now.AddSeconds(1), null, null, 200)),
            (mine, Entry(now.AddSeconds(2), "a/c", "s-2", 404)),
            (theirs, Entry(now, "a/b", "s-1", 202)),
            // Its tenant is gone.
            (999, Entry(now, "a/b", "s-1", 202)),
        ];
        await log.AppendAsync(entries);
        await log.AppendAsync(entries);

        var all = await EntriesAsync(log, [new(mine, null)], First, End, new(), 10);
        all.Select(e => e.Session).ShouldBe(["s-2", null, "s-1"]);
        all[2].Subjects.ShouldBe(["m-1", "m \"2\""]);
        (all[2].Id, all[2].Who, all[2].Status, all[2].Calls).ShouldBe(
            (entries[0].Item2.Id, "a/b", 202, 3)
        );
        (await EntriesAsync(log, [new(theirs, null)], First, End, new(), 10)).Count.ShouldBe(1);
        (await EntriesAsync(log, [], First, End, new(), 10)).ShouldBeEmpty();
        // A name counts for the tenant beside which it stands.
        (
            await EntriesAsync(
                log,
                [new(mine, ["s-2"]), new(theirs, ["s-2"])],
                First,
                End,
                new(),
                10
            )
        )
            .Select(e => e.Session)
            .ShouldBe(["s-2"]);
        (await EntriesAsync(log, [new(mine, ["s-2"]), new(theirs, null)], First, End, new(), 10))
            .Select(e => e.Session)
            .ShouldBe(["s-2", "s-1"]);
    }

    [Fact]
    public async Task Entries_are_found_by_what_they_say_and_by_time()
    {
        await using var world = await StoreWorld.CreateAsync();
        var log = new AuditLog(world.Admin);
        var mine = await world.Desired.PutTenantAsync(new("ns", "mine", false, "{}"));
        var now = TimeProvider.System.GetUtcNow().AddHours(-1);
        await log.AppendAsync([
            (mine, Entry(now, "a/b", "s-1", 202)),
            (mine, Entry(now.AddMinutes(1), "a/c", "s-1", 429)),
            (mine, Entry(now.AddMinutes(2), "a/b", "s-2", 202) with { Operation = "getSession" }),
        ]);
        AuditSpan[] whole = [new(mine, null)];

        (await CountAsync(new(Who: "a/b"))).ShouldBe(2);
        (await CountAsync(new(Operation: "getSession"))).ShouldBe(1);
        (await CountAsync(new(Namespace: "ns", Session: "s-1"))).ShouldBe(2);
        (await CountAsync(new(Namespace: "other"))).ShouldBe(0);
        (await CountAsync(new(Status: 429))).ShouldBe(1);
        (await CountAsync(new(), now.AddSeconds(30))).ShouldBe(2);
        (await CountAsync(new(), now.AddSeconds(30), now.AddSeconds(90))).ShouldBe(1);
        (await EntriesAsync(log, whole, First, End, new(), 2)).Count.ShouldBe(2);

        async Task<int> CountAsync(
            AuditFilter filter,
            DateTimeOffset? since = null,
            DateTimeOffset? until = null
        ) =>
            (
                await EntriesAsync(
                    log,
                    whole,
                    since is { } from ? AuditLog.IdAt(from) : First,
                    until is { } to ? AuditLog.IdAt(to) : End,
                    filter,
                    10
                )
            ).Count;
    }

    [Fact]
    public async Task Entries_go_after_90_days_and_none_is_of_the_future()
    {
        await using var world = await StoreWorld.CreateAsync();
        var log = new AuditLog(world.Admin);
        var mine = await world.Desired.PutTenantAsync(new("ns", "mine", false, "{}"));
        var now = TimeProvider.System.GetUtcNow();
        await log.AppendAsync([
            (mine, Entry(now.AddDays(-91), "a/b", "old", 202)),
            (mine, Entry(now.AddDays(-89), "a/b", "young", 202)),
            (mine, Entry(now.AddDays(4000), "a/b", "late", 202)),
        ]);

        (await log.TrimAsync()).ShouldBe(1);
        (await log.TrimAsync()).ShouldBe(0);
        var left = await EntriesAsync(
            log,
            [new(mine, null)],
            First,
            AuditLog.IdAt(now.AddDays(5000)),
            new(),
            10
        );
        left.Select(e => e.Session).ShouldBe(["late", "young"]);
        await world.StepClockAsync(TimeSpan.FromDays(2));
        (await log.TrimAsync()).ShouldBe(1);
        await world.StepClockAsync(TimeSpan.FromDays(92));
        (await log.TrimAsync()).ShouldBe(1, "its clock does not keep it for ever");
    }

    [Fact]
    public async Task Of_many_entries_a_part_is_looked_at_and_the_rest_is_named()
    {
        await using var world = await StoreWorld.CreateAsync();
        var log = new AuditLog(world.Admin);
        var mine = await world.Desired.PutTenantAsync(new("ns", "mine", false, "{}"));
        var theirs = await world.Desired.PutTenantAsync(new("ns", "theirs", false, "{}"));
        var now = TimeProvider.System.GetUtcNow();
        await log.AppendAsync([
            .. Enumerable
                .Range(0, 100)
                .Select(n =>
                    (
                        n % 4 == 0 ? theirs : mine,
                        Entry(now.AddSeconds(-n), "a/b", n % 10 == 0 ? "rare" : "s-1", 202)
                    )
                ),
        ]);
        AuditSpan[] spans = [new(mine, null), new(theirs, ["rare"])];
        var seen = new List<AuditEntry>();
        var pages = 0;

        Guid? before = End;
        while (before is { } at)
        {
            var page = await log.ReadAsync(spans, First, at, new(Session: "rare"), 3, look: 8);
            seen.AddRange(page.Entries);
            before = page.Entries.Count == 3 ? page.Entries[^1].Id : page.Rest;
            pages++;
        }

        seen.Count.ShouldBe(10);
        seen.Select(e => e.Id).ShouldBe(seen.Select(e => e.Id).OrderDescending());
        seen.ShouldBeUnique();
        pages.ShouldBeInRange(8, 20);
    }

    private static async Task<IReadOnlyList<AuditEntry>> EntriesAsync(
        AuditLog log,
        IReadOnlyCollection<AuditSpan> spans,
        Guid after,
        Guid before,
        AuditFilter filter,
        int limit
    )
    {
        var found = await log.ReadAsync(spans, after, before, filter, limit);
        found.Rest.ShouldBeNull();
        return found.Entries;
    }

    private static AuditEntry Entry(DateTimeOffset at, string? who, string? session, int status) =>
        new(
            Guid.CreateVersion7(at),
            at,
            who,
            "sendMessage",
            session is null ? null : "ns",
            session,
            status,
            1,
            []
        );
}
