using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Groups;

namespace WaOperator.SessionPod.Tests.Api.Groups;

/// <summary>Groups through the API, with the simulator's view of them.</summary>
public sealed class GroupTests
{
    [Fact]
    public async Task A_group_from_creation_to_leaving()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var carl = await rooms.World.PairedAsync(0);

        var made = await rooms.AskedAsync(
            201,
            HttpMethod.Post,
            anna,
            "/groups",
            new { subject = "Team", members = new[] { "+" + bert.Phone } }
        );
        var id = (string)made["id"]!;
        var member = made["members"]!.AsArray().Single()!;
        ((string?)member["outcome"]).ShouldBe("added");
        ((string?)member["phone"]).ShouldBe(bert.Phone);
        ((string?)member["lid"]).ShouldEndWith("@lid");
        ((string?)member["role"]).ShouldBe("member");
        Members(rooms, id).ShouldBe([anna.Phone, bert.Phone]);

        var listed = await rooms.AskedAsync(200, HttpMethod.Get, bert, "/groups");
        ((string?)listed["data"]!.AsArray().Single()!["id"]).ShouldBe(id);
        var path = $"/groups/{id}";
        var seen = await rooms.AskedAsync(200, HttpMethod.Get, bert, path);
        ((string?)seen["subject"]).ShouldBe("Team");
        seen["members"]!
            .AsArray()
            .Select(m => ((string)m!["phone"]!, (string)m["role"]!))
            .ShouldBe([(anna.Phone, "superadmin"), (bert.Phone, "member")]);

        // Members.
        (
            await OutcomesAsync(
                rooms,
                anna,
                path,
                new { add = new[] { carl.Phone, "4915999999999" } }
            )
        ).ShouldBe(["add added", "add failed"]);
        (
            await OutcomesAsync(
                rooms,
                anna,
                path,
                new { promote = new[] { bert.Phone }, remove = new[] { carl.Phone } }
            )
        ).ShouldBe(["remove removed", "promote promoted"]);
        rooms.Find(id)!.Find(bert.Phone)!.Role.ShouldBe(Role.Admin);
        (await OutcomesAsync(rooms, anna, path, new { demote = new[] { bert.Phone } })).ShouldBe([
            "demote demoted",
        ]);
        (await OutcomesAsync(rooms, anna, path, new { add = new[] { bert.Phone } })).ShouldBe([
            "add failed",
        ]);
        Members(rooms, id).ShouldBe([anna.Phone, bert.Phone]);

        // Invitations.
        var code = (string)
            (await rooms.AskedAsync(200, HttpMethod.Get, anna, path + "/invite"))["code"]!;
        code.ShouldBe(rooms.Find(id)!.InviteCode);
        var renewed = await rooms.AskedAsync(200, HttpMethod.Post, anna, path + "/invite");
        (
            await rooms.RefusedAsync(404, HttpMethod.Post, carl, "/groups/join", new { code })
        ).ShouldBe("unknown-to-whatsapp");
        var joined = await rooms.AskedAsync(
            200,
            HttpMethod.Post,
            carl,
            "/groups/join",
            new { code = (string)renewed["url"]! }
        );
        ((string?)joined["id"]).ShouldBe(id);
        ((string?)joined["state"]).ShouldBe("joined");
        Members(rooms, id).ShouldBe([anna.Phone, bert.Phone, carl.Phone]);

        await rooms.AskedAsync(204, HttpMethod.Delete, anna, path);
        Members(rooms, id).ShouldBe([bert.Phone, carl.Phone]);
        (await rooms.RefusedAsync(403, HttpMethod.Get, anna, path)).ShouldBe(
            "forbidden-by-whatsapp"
        );
    }

    [Fact]
    public async Task What_a_group_says_of_itself_and_its_rules_are_changed()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var path = $"/groups/{await CreateAsync(rooms, anna)}";

        var changed = await rooms.AskedAsync(
            200,
            HttpMethod.Patch,
            anna,
            path,
            new
            {
                subject = "Crew",
                description = "Who sails.\nAnd who does not.",
                announceOnly = true,
                locked = true,
                memberAddMode = "all",
                joinApproval = true,
                disappearAfter = 86_400,
            }
        );
        var group = rooms.Find((string)changed["id"]!)!;
        (group.Subject, group.Description).ShouldBe(("Crew", "Who sails.\nAnd who does not."));
        (group.Announcement, group.Locked, group.Ephemeral).ShouldBe((true, true, 86_400));
        (group.MembersAdd, group.JoinApproval).ShouldBe((true, true));
        ((string?)changed["memberAddMode"]).ShouldBe("all");
        ((bool)changed["joinApproval"]!).ShouldBeTrue();
        ((string?)changed["subject"]).ShouldBe("Crew");
        ((string?)changed["description"]).ShouldBe("Who sails.\nAnd who does not.");
        ((bool)changed["announceOnly"]!).ShouldBeTrue();
        ((long)changed["disappearAfter"]!).ShouldBe(86_400);

        await rooms.AskedAsync(
            200,
            HttpMethod.Patch,
            anna,
            path,
            new
            {
                description = "",
                announceOnly = false,
                locked = false,
                memberAddMode = "admins",
                joinApproval = false,
                disappearAfter = 0,
            }
        );
        group = rooms.Find((string)changed["id"]!)!;
        (group.Description, group.Announcement, group.Locked, group.Ephemeral).ShouldBe(
            ("", false, false, 0)
        );
        (group.MembersAdd, group.JoinApproval).ShouldBe((false, false));
        group.Subject.ShouldBe("Crew");
    }

    [Fact]
    public async Task Who_asks_to_join_is_let_in_or_not()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var carl = await rooms.World.PairedAsync(0);
        var id = await CreateAsync(rooms, anna);
        var path = $"/groups/{id}";
        await rooms.AskedAsync(200, HttpMethod.Patch, anna, path, new { joinApproval = true });
        foreach (var one in (TestSession[])[bert, carl])
            (
                (string?)
                    (
                        await rooms.AskedAsync(
                            200,
                            HttpMethod.Post,
                            one,
                            "/groups/join",
                            new { code = rooms.Find(id)!.InviteCode }
                        )
                    )["state"]
            ).ShouldBe("requested");

        var requests = await rooms.AskedAsync(200, HttpMethod.Get, anna, path + "/requests");
        requests["data"]!
            .AsArray()
            .Select(r => (string)r!["phone"]!)
            .ShouldBe([bert.Phone, carl.Phone]);
        var answered = await rooms.AskedAsync(
            200,
            HttpMethod.Post,
            anna,
            path + "/requests",
            new { approve = new[] { bert.Phone }, reject = new[] { carl.Phone, "4915999999999" } }
        );
        answered["members"]!
            .AsArray()
            .Select(m => (string)m!["outcome"]!)
            .ShouldBe(["approved", "rejected", "failed"]);
        Members(rooms, id).ShouldBe([anna.Phone, bert.Phone]);
        rooms.Find(id)!.Requests.ShouldBeEmpty();
        (await rooms.RefusedAsync(403, HttpMethod.Get, bert, path + "/requests")).ShouldBe(
            "forbidden-by-whatsapp"
        );
    }

    [Fact]
    public async Task Who_can_only_be_invited_is_told_with_the_invitation()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        rooms.World.Simulator.Server.Directory.TryGet(bert.Phone, out var phone).ShouldBeTrue();
        phone!.JoinsByInviteOnly = true;

        var made = await rooms.AskedAsync(
            201,
            HttpMethod.Post,
            anna,
            "/groups",
            new { subject = "Team", members = new[] { bert.Phone } }
        );
        var member = made["members"]!.AsArray().Single()!;
        ((string?)member["outcome"]).ShouldBe("inviteNeeded");
        ((string?)member["phone"]).ShouldBe(bert.Phone);
        ((string?)member["invite"]!["code"]).ShouldNotBeNullOrEmpty();
        Members(rooms, (string)made["id"]!).ShouldBe([anna.Phone]);
        (
            await OutcomesAsync(
                rooms,
                anna,
                $"/groups/{made["id"]}",
                new { add = new[] { bert.Phone } }
            )
        ).ShouldBe(["add inviteNeeded"]);
    }

    [Fact]
    public async Task Refusals_are_told_in_words()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var stranger = await rooms.World.PairedAsync(0);
        var path = $"/groups/{await CreateAsync(rooms, anna, bert.Phone)}";

        (await rooms.RefusedAsync(400, HttpMethod.Get, anna, "/groups/4917012345")).ShouldBe(
            "not-a-group"
        );
        (await rooms.RefusedAsync(404, HttpMethod.Get, anna, "/groups/120399@g.us")).ShouldBe(
            "unknown-to-whatsapp"
        );
        (await rooms.RefusedAsync(403, HttpMethod.Get, stranger, path)).ShouldBe(
            "forbidden-by-whatsapp"
        );
        var refused = await rooms.AskedAsync(
            403,
            HttpMethod.Post,
            bert,
            path + "/members",
            new { remove = new[] { anna.Phone } }
        );
        ((string)refused["detail"]!).ShouldContain("not an admin");
        ((bool)refused["retryable"]!).ShouldBeFalse();

        await bert.WantAsync(s => s with { Desired = Store.DesiredState.Stopped });
        await bert.PhaseAsync(Store.SessionPhase.Stopped);
        (await rooms.RefusedAsync(503, HttpMethod.Get, bert, path)).ShouldBe("not-connected");
        var unlinked = await rooms.World.SessionAsync(0);
        await Testing.Eventually.True(
            "the new session is run here",
            async () => (await rooms.AskAsync(HttpMethod.Get, unlinked, "")).Status == 200
        );
        (await rooms.RefusedAsync(409, HttpMethod.Get, unlinked, "/groups")).ShouldBe("not-paired");
    }

    [Fact]
    public async Task The_tenants_phone_rules_hold_for_members()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var bert = await rooms.World.PairedAsync(0);
        var path = $"/groups/{await CreateAsync(rooms, anna)}";
        await rooms.World.Desired.PutTenantAsync(
            new Store.Operator.TenantRow(
                "ns",
                "acme",
                false,
                $$$"""{"phoneRules":{"blockedNumbers":["{{{bert.Phone}}}"]}}"""
            )
        );

        await Testing.Eventually.True(
            "the rules to be known",
            async () =>
                (
                    await rooms.AskAsync(
                        HttpMethod.Post,
                        anna,
                        path + "/members",
                        new { add = new[] { anna.Phone, bert.Phone } }
                    )
                ).Status == 403
        );
        var refused = await rooms.AskedAsync(
            403,
            HttpMethod.Post,
            anna,
            "/groups",
            new { subject = "Team", members = new[] { bert.Phone } }
        );
        ((string?)refused["type"]).ShouldBe("urn:wa:problem:recipient-not-allowed");
        ((string?)refused["errors"]![0]!["pointer"]).ShouldBe("#/members/0");
    }

    internal static async Task<string> CreateAsync(
        RoomWorld rooms,
        TestSession by,
        params string[] members
    ) =>
        (string)
            (
                await rooms.AskedAsync(
                    201,
                    HttpMethod.Post,
                    by,
                    "/groups",
                    new { subject = "Team", members }
                )
            )["id"]!;

    internal static async Task<string[]> OutcomesAsync(
        RoomWorld rooms,
        TestSession by,
        string path,
        object body
    ) =>
        [
            .. (await rooms.AskedAsync(200, HttpMethod.Post, by, path + "/members", body))[
                "members"
            ]!
                .AsArray()
                .Select(m => $"{m!["action"]} {m["outcome"]}"),
        ];

    private static string[] Members(RoomWorld rooms, string id) =>
        [.. rooms.Find(id)!.Members.Select(m => m.Number)];
}
