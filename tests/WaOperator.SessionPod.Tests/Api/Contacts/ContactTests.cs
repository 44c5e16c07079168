using WaOperator.SessionPod.Api.Contacts;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Contacts;

/// <summary>Numbers and the block list through the API.</summary>
public sealed class ContactTests
{
    [Fact]
    public async Task Numbers_are_looked_up_in_their_order_within_a_budget()
    {
        await using var rooms = await RoomWorld.StartAsync(change: o =>
            o with
            {
                NumberChecksPerHour = 500,
            }
        );
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);

        var found = await rooms.AskedAsync(
            200,
            HttpMethod.Post,
            anna,
            "/contacts/check",
            new { numbers = new[] { "+49 1599 9999999", "+" + bert.Phone, bert.Phone } }
        );
        found["data"]!
            .AsArray()
            .Select(n => ((string)n!["input"]!, (bool)n["registered"]!, (string?)n["phone"]))
            .ShouldBe([
                ("+49 1599 9999999", false, null),
                ("+" + bert.Phone, true, bert.Phone),
                (bert.Phone, true, bert.Phone),
            ]);
        ((string?)found["data"]![1]!["lid"]).ShouldEndWith("@lid");
        found["data"]![0]!["lid"].ShouldBeNull();

        // Two numbers are gone: the third was the second in another form.
        string[] many = [.. Enumerable.Range(0, 499).Select(i => $"4915{i:00000000}")];
        var refused = await rooms.AskedAsync(
            429,
            HttpMethod.Post,
            anna,
            "/contacts/check",
            new { numbers = many }
        );
        ((string?)refused["type"]).ShouldBe("urn:wa:problem:rate-limited");
        // Refused ones are not counted, and other tenants' sessions are none of this one's business.
        await rooms.AskedAsync(
            200,
            HttpMethod.Post,
            bert,
            "/contacts/check",
            new { numbers = many[..498] }
        );
        await rooms.AskedAsync(
            429,
            HttpMethod.Post,
            bert,
            "/contacts/check",
            new { numbers = many[..1] }
        );
    }

    [Fact]
    public async Task Wrong_numbers_are_named_by_their_place()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var refused = await rooms.AskedAsync(
            400,
            HttpMethod.Post,
            anna,
            "/contacts/check",
            new { numbers = new[] { "+491701234567", "x", "0170" } }
        );
        refused["errors"]!
            .AsArray()
            .Select(e => (string)e!["pointer"]!)
            .ShouldBe(["#/numbers/1", "#/numbers/2"]);
        (
            await rooms.RefusedAsync(
                400,
                HttpMethod.Post,
                anna,
                "/contacts/check",
                new { numbers = Enumerable.Repeat("491701234567", 501) }
            )
        ).ShouldBe("invalid-body");
    }

    [Fact]
    public async Task Who_is_blocked_is_not_heard_until_it_is_taken_back()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var path = $"/blocks/+{bert.Phone}";
        rooms.World.Simulator.Server.Directory.TryGet(anna.Phone, out var phone).ShouldBeTrue();

        (
            (bool)(await rooms.AskedAsync(200, HttpMethod.Get, anna, path))["blocked"]!
        ).ShouldBeFalse();
        await rooms.AskedAsync(204, HttpMethod.Put, anna, path);
        phone!.Blocked.ShouldBe([bert.Phone]);
        var one = await rooms.AskedAsync(200, HttpMethod.Get, anna, path);
        ((bool)one["blocked"]!).ShouldBeTrue();
        ((string?)one["phone"]).ShouldBe(bert.Phone);
        var list = await rooms.AskedAsync(200, HttpMethod.Get, anna, "/blocks");
        ((string?)list["data"]!.AsArray().Single()!["phone"]).ShouldBe(bert.Phone);
        ((string?)list["data"]![0]!["lid"]).ShouldEndWith("@lid");
        await rooms.AskedAsync(204, HttpMethod.Put, anna, path);

        await rooms.AskedAsync(204, HttpMethod.Delete, anna, path);
        phone.Blocked.ShouldBeEmpty();
        await rooms.AskedAsync(204, HttpMethod.Delete, anna, path);
        (await rooms.RefusedAsync(404, HttpMethod.Put, anna, "/blocks/4915999999999")).ShouldBe(
            "unknown-to-whatsapp"
        );
    }

    [Fact]
    public void A_budget_comes_back_evenly()
    {
        var time = new FakeTime();
        var budget = new NumberBudget(600, time);
        budget.Take(1, 600).ShouldBeNull();
        budget.Take(1, 10)!.Value.TotalSeconds.ShouldBe(60, 0.01);
        budget.Take(2, 600).ShouldBeNull();
        time.Advance(TimeSpan.FromSeconds(59));
        budget.Take(1, 10).ShouldNotBeNull();
        time.Advance(TimeSpan.FromSeconds(1));
        budget.Take(1, 10).ShouldBeNull();
        time.Advance(TimeSpan.FromHours(2));
        budget.Take(1, 600).ShouldBeNull();
        budget.Take(1, 1).ShouldNotBeNull();
    }
}
