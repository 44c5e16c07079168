using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api.Profile;

/// <summary>Name, About text and privacy through the API.</summary>
public sealed class ProfileTests
{
    [Fact]
    public async Task The_account_says_something_about_itself()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var server = rooms.World.Simulator.Server;
        server.Directory.TryGet(anna.Phone, out var phone).ShouldBeTrue();

        await rooms.AskedAsync(
            204,
            HttpMethod.Patch,
            anna,
            "/profile",
            new { name = "Anna's shop", about = "open until six" }
        );
        phone!.About.ShouldBe("open until six");
        var own = await rooms.AskedAsync(200, HttpMethod.Get, anna, "/profile");
        ((string?)own["name"], (string?)own["about"]).ShouldBe(("Anna's shop", "open until six"));
        ((long)own["aboutSince"]!).ShouldBe(phone.AboutAt);
        var seen = await rooms.AskedAsync(
            200,
            HttpMethod.Get,
            bert,
            $"/contacts/{anna.Phone}/about"
        );
        ((string?)seen["about"]).ShouldBe("open until six");

        // Empty says nothing; the name stays.
        await rooms.AskedAsync(204, HttpMethod.Patch, anna, "/profile", new { about = "" });
        own = await rooms.AskedAsync(200, HttpMethod.Get, anna, "/profile");
        ((string?)own["name"], (string?)own["about"]).ShouldBe(("Anna's shop", ""));

        server.Profiles.SetPrivacy(phone, by: null, "status", "none");
        (
            await rooms.RefusedAsync(404, HttpMethod.Get, bert, $"/contacts/{anna.Phone}/about")
        ).ShouldBe("no-about");
        await rooms.RefusedAsync(400, HttpMethod.Get, bert, "/contacts/anna/about");
        foreach (
            var body in new object[]
            {
                new { },
                new { name = "" },
                new { about = new string('x', 140) },
                new { about = "a\u0001" },
            }
        )
            await rooms.RefusedAsync(400, HttpMethod.Patch, anna, "/profile", body);
        phone.About.ShouldBe("");
    }

    [Fact]
    public async Task Privacy_is_read_and_changed_field_by_field()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var server = rooms.World.Simulator.Server;
        server.Directory.TryGet(anna.Phone, out var phone).ShouldBeTrue();
        var before = await rooms.AskedAsync(200, HttpMethod.Get, anna, "/privacy");
        ((string?)before["lastSeen"], (long)before["disappearAfter"]!).ShouldBe(("all", 0));

        var after = await rooms.AskedAsync(
            200,
            HttpMethod.Patch,
            anna,
            "/privacy",
            new
            {
                lastSeen = "contacts",
                online = "match_last_seen",
                picture = "none",
                about = "contacts",
                groupAdd = "contacts",
                readReceipts = "none",
                calls = "known",
                messages = "contacts",
                defense = "on_standard",
                stickers = "none",
                disappearAfter = 604_800,
            }
        );
        after
            .ToJsonString()
            .ShouldBe(
                """{"lastSeen":"contacts","online":"match_last_seen","picture":"none","about":"contacts","groupAdd":"contacts","readReceipts":"none","calls":"known","messages":"contacts","defense":"on_standard","stickers":"none","disappearAfter":604800}"""
            );
        phone!.Privacy["readreceipts"].ShouldBe("none");
        phone.DefaultTimer.ShouldBe(604_800);

        // What the phone changes is seen with the next question.
        server.Profiles.SetPrivacy(phone, by: null, "last", "none");
        var seen = await rooms.AskedAsync(200, HttpMethod.Get, anna, "/privacy");
        ((string?)seen["lastSeen"]).ShouldBe("none");

        foreach (
            var body in new object[]
            {
                new { },
                new { lastSeen = "friends" },
                new { calls = "none" },
                new { disappearAfter = 60 },
                new { mood = "all" },
            }
        )
            await rooms.RefusedAsync(400, HttpMethod.Patch, anna, "/privacy", body);
        await rooms.RefusedAsync(
            501,
            HttpMethod.Patch,
            anna,
            "/privacy",
            new { online = "all", lastSeen = "contact_blacklist" }
        );
        phone.Privacy["online"].ShouldBe("match_last_seen");
    }
}
