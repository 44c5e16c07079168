using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.Api.Groups;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api.Communities;

/// <summary>Communities through the API, with the simulator's view of them.</summary>
public sealed class CommunityTests
{
    [Fact]
    public async Task A_community_from_creation_to_leaving()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var carl = await rooms.World.PairedAsync(0);

        var made = await rooms.AskedAsync(
            201,
            HttpMethod.Post,
            anna,
            "/communities",
            new
            {
                subject = "Plants",
                description = "All who grow them.",
                groupsNeedApproval = true,
                generalChat = true,
            }
        );
        var id = (string)made["id"]!;
        ((string?)made["kind"]).ShouldBe("community");
        ((string?)made["description"]).ShouldBe("All who grow them.");
        var there = rooms.Find(id)!;
        (there.IsCommunity, there.GroupsNeedApproval, there.MembersMakeGroups).ShouldBe(
            (true, true, false)
        );
        var path = $"/communities/{id}";

        // Its groups: two that came with it, one that is made in it, one that is taken into it.
        var roses = await rooms.AskedAsync(
            201,
            HttpMethod.Post,
            anna,
            path + "/groups",
            new { subject = "Roses", members = new[] { bert.Phone } }
        );
        ((string?)roses["members"]!.AsArray().Single()!["outcome"]).ShouldBe("added");
        var ferns = await GroupTests.CreateAsync(rooms, anna, carl.Phone);
        await rooms.AskedAsync(204, HttpMethod.Put, anna, $"{path}/groups/{ferns}");
        (await rooms.RefusedAsync(409, HttpMethod.Put, anna, $"{path}/groups/{ferns}")).ShouldBe(
            "conflict-at-whatsapp"
        );
        var groups = await ListAsync(rooms, bert, path + "/groups");
        groups
            .Select(g => ((string)g!["subject"]!, (string)g["kind"]!))
            .ShouldBe(
                [
                    ("Plants", "announcements"),
                    ("General", "group"),
                    ("Roses", "group"),
                    ("Team", "group"),
                ],
                ignoreOrder: true
            );
        var seen = await rooms.AskedAsync(200, HttpMethod.Get, bert, $"/groups/{roses["id"]}");
        ((string?)seen["community"]).ShouldBe(id);
        ((string?)seen["kind"]).ShouldBe("group");
        ((string?)seen["addressing"]).ShouldBe("lid");
        var announcements = groups.Single(g => (string?)g!["kind"] == "announcements")!;
        (
            (string?)
                (
                    await rooms.AskedAsync(
                        200,
                        HttpMethod.Get,
                        bert,
                        $"/groups/{announcements["id"]}"
                    )
                )["kind"]
        ).ShouldBe("announcements");
        ((int?)announcements["size"]).ShouldBe(3);

        // Its members are those of its groups.
        (await ListAsync(rooms, anna, path + "/members"))
            .Select(m => ((string)m!["phone"]!, (string)m["role"]!))
            .ShouldBe(
                [(anna.Phone, "superadmin"), (bert.Phone, "member"), (carl.Phone, "member")],
                ignoreOrder: true
            );
        (await ListAsync(rooms, carl, "/communities"))
            .Select(c => (string)c!["id"]!)
            .ShouldBe([id]);
        (
            await GroupTests.OutcomesAsync(
                rooms,
                anna,
                path,
                new { remove = new[] { bert.Phone, "4915999999999" } }
            )
        ).ShouldBe(["remove removed", "remove failed"]);
        rooms.Find((string)roses["id"]!)!.Find(bert.Phone).ShouldBeNull();
        rooms.Find(id)!.Find(bert.Phone).ShouldBeNull();

        // It is renamed as a group is.
        await rooms.AskedAsync(
            200,
            HttpMethod.Patch,
            anna,
            $"/groups/{id}",
            new { subject = "Garden" }
        );
        ((string?)(await rooms.AskedAsync(200, HttpMethod.Get, carl, path))["subject"]).ShouldBe(
            "Garden"
        );

        await rooms.AskedAsync(204, HttpMethod.Delete, anna, $"{path}/groups/{ferns}");
        rooms.Find(ferns)!.Community.ShouldBeNull();
        rooms.Find(ferns)!.Find(carl.Phone).ShouldNotBeNull();
        await rooms.AskedAsync(204, HttpMethod.Delete, carl, path);
        rooms.Find(id)!.Find(carl.Phone).ShouldBeNull();
        (await rooms.RefusedAsync(403, HttpMethod.Get, carl, path)).ShouldBe(
            "forbidden-by-whatsapp"
        );
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_words()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var group = await GroupTests.CreateAsync(rooms, anna, bert.Phone);
        var made = await rooms.AskedAsync(
            201,
            HttpMethod.Post,
            anna,
            "/communities",
            new { subject = "Plants" }
        );
        var path = $"/communities/{made["id"]}";

        foreach (
            var body in new object[]
            {
                new { },
                new { subject = " " },
                new { subject = new string('x', 101) },
                new { subject = "Plants", description = new string('x', 2049) },
                new { subject = "Plants", members = new[] { bert.Phone } },
                new { subject = "Plants", generalChat = "yes" },
            }
        )
            await rooms.AskedAsync(400, HttpMethod.Post, anna, "/communities", body);
        foreach (var wrong in new[] { "/communities/4917012345", path + "/groups/4917012345" })
            (await rooms.RefusedAsync(400, HttpMethod.Delete, anna, wrong)).ShouldBe("not-a-group");
        (await rooms.RefusedAsync(404, HttpMethod.Get, anna, $"/communities/{group}")).ShouldBe(
            "not-a-community"
        );
        (await rooms.RefusedAsync(404, HttpMethod.Get, anna, "/communities/120399@g.us")).ShouldBe(
            "unknown-to-whatsapp"
        );
        await rooms.AskedAsync(400, HttpMethod.Post, anna, path + "/members", new { });
        (
            await rooms.RefusedAsync(422, HttpMethod.Get, anna, $"/communities/{group}/groups")
        ).ShouldBe("refused-by-whatsapp");
        (await rooms.RefusedAsync(403, HttpMethod.Get, bert, path + "/groups")).ShouldBe(
            "forbidden-by-whatsapp"
        );
        (await rooms.RefusedAsync(403, HttpMethod.Put, bert, $"{path}/groups/{group}")).ShouldBe(
            "forbidden-by-whatsapp"
        );
        rooms.Find(group)!.Community.ShouldBeNull();
    }

    [Fact]
    public async Task The_tenants_phone_rules_hold_for_the_members_of_a_new_group()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var made = await rooms.AskedAsync(
            201,
            HttpMethod.Post,
            anna,
            "/communities",
            new { subject = "Plants" }
        );
        await rooms.World.Desired.PutTenantAsync(
            new Store.Operator.TenantRow(
                "ns",
                "acme",
                false,
                $$$"""{"phoneRules":{"blockedNumbers":["{{{bert.Phone}}}"]}}"""
            )
        );
        JsonNode? refused = null;
        await Testing.Eventually.True(
            "the rules to be known",
            async () =>
            {
                var answer = await rooms.AskAsync(
                    HttpMethod.Post,
                    anna,
                    $"/communities/{made["id"]}/groups",
                    new { subject = "Roses", members = new[] { bert.Phone } }
                );
                refused = answer.Body;
                return answer.Status == 403;
            }
        );
        ((string?)refused!["type"]).ShouldBe("urn:wa:problem:recipient-not-allowed");
    }

    private static async Task<JsonArray> ListAsync(RoomWorld rooms, TestSession by, string path) =>
        (await rooms.AskedAsync(200, HttpMethod.Get, by, path))["data"]!.AsArray();
}
