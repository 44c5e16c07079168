using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>Communities as the server keeps them: what they are made of, who may do what, and who hears of it.</summary>
public sealed class CommunityTests : IAsyncLifetime
{
    private const string Anna = RawDevice.Number;
    private const string Bert = "491522222222";
    private const string Cleo = "491533333333";

    private readonly RawDevice _anna = new();
    private readonly RawDevice _bert = new();
    private Simulation _simulation = null!;
    private RawClient _annas = null!;
    private RawClient _berts = null!;

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync();
        await Task.WhenAll(_anna.PairAsync(_simulation), _bert.PairAsync(_simulation, Bert));
        using var cleo = await _simulation.PutAsync($"/phones/{Cleo}", new { name = "Cleo" });
        (_annas, _berts) = (
            await _anna.LoginAsync(_simulation),
            await _bert.LoginAsync(_simulation)
        );
        await _annas.ActivateAsync();
        await _berts.ActivateAsync();
    }

    public async Task DisposeAsync()
    {
        await _annas.DisposeAsync();
        await _berts.DisposeAsync();
        await _simulation.DisposeAsync();
    }

    [Fact]
    public async Task A_community_is_made_with_its_announcement_group_and_a_chat_for_all()
    {
        var (id, made) = await CommunityAsync("create_general_chat");
        made.Child("parent")!["default_membership_approval_mode"].ShouldBe("request_required");
        made.Child("description")!.Child("body")!.Text.ShouldBe("All about plants");

        var groups = (await AskAsync(_annas, "get", id, new("sub_groups")))
            .Child("sub_groups")!
            .Children;
        groups
            .Select(g => (g["subject"], g.Child("default_sub_group") is not null))
            .ShouldBe([("Plants", true), ("General", false)]);
        var announcements = await GroupAsync(_annas, $"{groups[0]["id"]}@g.us");
        announcements.Child("default_sub_group").ShouldNotBeNull();
        announcements.Child("announcement").ShouldNotBeNull();
        announcements.Child("linked_parent")!["jid"].ShouldBe(id);
        announcements.Child("parent").ShouldBeNull();
        var general = await GroupAsync(_annas, $"{groups[1]["id"]}@g.us");
        general.Child("general_chat").ShouldNotBeNull();
        general.Child("announcement").ShouldBeNull();
        general.Child("membership_approval_mode").ShouldBeNull();
    }

    [Fact]
    public async Task Who_comes_into_a_group_comes_into_the_community_and_its_announcement_group()
    {
        var (id, _) = await CommunityAsync();
        var group = await MakeAsync(_annas, id, Bert);
        (await GroupAsync(_annas, group))
            .Child("membership_approval_mode")
            .ShouldNotBeNull("the community says so of groups that are made in it");

        (await MembersAsync(id)).ShouldBe([Anna, Bert]);
        (await MembersAsync(await AnnouncementsAsync(id))).ShouldBe([Anna, Bert]);
        var told = await _berts.WaitAsync(
            "notification",
            n => n.Child("create")?.Child("group")?.Child("default_sub_group") is not null
        );
        told.Child("create")!.Child("group")!.Child("linked_parent")!["jid"].ShouldBe(id);

        await AskAsync(_annas, "set", group, Members("add", Cleo));
        (await ParticipantsAsync(id)).ShouldBe([Anna, Bert, Cleo]);
        (await MembersAsync(await AnnouncementsAsync(id))).ShouldBe([Anna, Bert, Cleo]);
    }

    [Fact]
    public async Task A_group_is_linked_by_an_admin_of_both_and_all_hear_of_it()
    {
        var (id, _) = await CommunityAsync();
        var group = await MakeAsync(_annas, null, Bert);
        Code(await AskAsync(_berts, "set", id, Links(group))).ShouldBe("403");
        Code(await AskAsync(_annas, "set", group, Links(group))).ShouldBe("400", "no community");
        var berts = await MakeAsync(_berts, null, Anna);
        Code(await AskAsync(_annas, "set", id, Links(berts))).ShouldBe("403", "no admin of it");

        // Anna hears it before the answer, for which she would pass it over.
        var link = Query("set", id, Links(group));
        link["id"] = "link";
        await _annas.SendAsync(link);
        var seen = await _annas.WaitAsync(
            "notification",
            n => n["from"] == id && n.Child("link") is not null
        );
        seen.Child("link")!["link_type"].ShouldBe("sub_group");
        seen.Child("link")!.Child("group")!["jid"].ShouldBe(group);
        (await _annas.WaitAsync("iq", n => n["id"] == "link"))["type"].ShouldBe("result");
        var linked = await _berts.WaitAsync("notification", n => n.Child("link") is not null);
        (linked["from"], linked.Child("link")!["link_type"]).ShouldBe((group, "parent_group"));
        linked.Child("link")!.Child("group")!["jid"].ShouldBe(id);
        (await GroupAsync(_berts, group)).Child("linked_parent")!["jid"].ShouldBe(id);
        (await ParticipantsAsync(id)).ShouldBe([Anna, Bert]);
        Code(await AskAsync(_annas, "set", id, Links(group))).ShouldBe("409");
        var (other, _) = await CommunityAsync();
        Code(await AskAsync(_annas, "set", other, Links(id))).ShouldBe("406");

        (await AskAsync(_annas, "set", id, Unlink(group)))["type"].ShouldBe("result");
        var cut = await _berts.WaitAsync(
            "notification",
            n => n["from"] == group && n.Child("unlink") is not null
        );
        cut.Child("unlink")!["unlink_reason"].ShouldBe("unlink_group");
        (await GroupAsync(_berts, group)).Child("linked_parent").ShouldBeNull();
        (await ParticipantsAsync(id)).ShouldBe([Anna, Bert], "who was in it stays");
        Code(await AskAsync(_annas, "set", id, Unlink(group))).ShouldBe("404");
        Code(await AskAsync(_annas, "set", id, Unlink(await AnnouncementsAsync(id))))
            .ShouldBe("406");
    }

    [Fact]
    public async Task Members_make_groups_where_the_community_lets_them()
    {
        var (closed, _) = await CommunityAsync();
        await MakeAsync(_annas, closed, Bert);
        Code(await AskAsync(_berts, "set", "@g.us", Create(closed))).ShouldBe("403");
        var (open, _) = await CommunityAsync("allow_non_admin_sub_group_creation");
        await MakeAsync(_annas, open, Bert);
        (await GroupAsync(_berts, await MakeAsync(_berts, open)))
            .Child("linked_parent")!["jid"]
            .ShouldBe(open);
        Code(await AskAsync(_berts, "set", "@g.us", Create(await AnnouncementsAsync(open))))
            .ShouldBe("400");
    }

    [Fact]
    public async Task Who_leaves_or_is_removed_is_in_no_group_of_the_community()
    {
        var (id, _) = await CommunityAsync();
        var group = await MakeAsync(_annas, id, Bert, Cleo);
        var announcements = await AnnouncementsAsync(id);
        foreach (var tied in new[] { id, announcements })
        {
            Code(await AskAsync(_annas, "set", tied, Members("remove", Bert))).ShouldBe("406");
            Code(await AskAsync(_berts, "set", "@g.us", Leave("group", tied))).ShouldBe("406");
        }
        Code(await AskAsync(_berts, "set", id, RemoveFromAll(Cleo))).ShouldBe("403");
        var removed = (await AskAsync(_annas, "set", id, RemoveFromAll(Cleo, Cleo, Anna)))
            .Child("remove")!
            .Children.Select(p => p["error"]);
        removed.ShouldBe([null, null, "403"]);
        await AskAsync(_berts, "set", "@g.us", Leave("community", id));
        foreach (var one in new[] { id, announcements, group })
        {
            (await MembersAsync(one)).ShouldBe([Anna]);
            Code(await AskAsync(_berts, "get", one, new("query"))).ShouldBe("403");
        }
    }

    [Fact]
    public async Task Only_admins_of_the_community_write_to_its_announcement_group_and_none_to_itself()
    {
        var (id, _) = await CommunityAsync();
        await MakeAsync(_annas, id, Bert);
        var announcements = await AnnouncementsAsync(id);
        (await SendAsync(_annas, announcements)).ShouldBeNull();
        (await SendAsync(_annas, id)).ShouldBe("403");
        (await SendAsync(_berts, announcements)).ShouldBe("403");

        Code(await AskAsync(_annas, "set", announcements, Members("promote", Bert)))
            .ShouldBe("406");
        Code(await AskAsync(_annas, "set", announcements, new("not_announcement"))).ShouldBe("406");
        await AskAsync(_annas, "set", id, Members("promote", Bert));
        (await SendAsync(_berts, announcements)).ShouldBeNull();
        await AskAsync(_annas, "set", id, Members("demote", Bert));
        (await SendAsync(_berts, announcements)).ShouldBe("403");
    }

    private async Task<(string Id, BinaryNode Group)> CommunityAsync(params string[] more)
    {
        var create = new BinaryNode("create")
        {
            ["subject"] = "Plants",
            Children =
            [
                new("description")
                {
                    ["id"] = "D1",
                    Children = [new("body") { Bytes = "All about plants"u8.ToArray() }],
                },
                new("parent") { ["default_membership_approval_mode"] = "request_required" },
                .. more.Select(tag => new BinaryNode(tag)),
            ],
        };
        var group = (await AskAsync(_annas, "set", "@g.us", create)).Child("group")!;
        return ($"{group["id"]}@g.us", group);
    }

    private static async Task<string> MakeAsync(
        RawClient client,
        string? community,
        params string[] members
    ) =>
        $"{(await AskAsync(client, "set", "@g.us", Create(community, members))).Child("group")!["id"]}@g.us";

    private async Task<string> AnnouncementsAsync(string community)
    {
        var groups = await AskAsync(_annas, "get", community, new("sub_groups"));
        return $"{groups.Child("sub_groups")!.Children.Single(g => g.Child("default_sub_group") is not null)["id"]}@g.us";
    }

    private static async Task<BinaryNode> GroupAsync(RawClient client, string id) =>
        (await AskAsync(client, "get", id, new("query"))).Child("group")!;

    private async Task<IEnumerable<string>> MembersAsync(string id) =>
        Numbers((await GroupAsync(_annas, id)).ChildrenWith("participant"));

    private async Task<IEnumerable<string>> ParticipantsAsync(string id) =>
        Numbers(
            (await AskAsync(_annas, "get", id, new("linked_groups_participants")))
                .Child("linked_groups_participants")!
                .Children
        );

    private static IEnumerable<string> Numbers(IEnumerable<BinaryNode> participants) =>
        participants.Select(p => p["phone_number"]!.Split('@')[0]);

    private static async Task<string?> SendAsync(RawClient client, string to)
    {
        var message = StanzaTests.Message(
            $"m-{Guid.NewGuid():N}",
            WaOperator.WhatsApp.Jid.Parse(to)
        );
        await client.SendAsync(message);
        return (await client.WaitAsync("ack", a => a["id"] == message["id"]))["error"];
    }

    private static BinaryNode Create(string? community, params string[] members) =>
        new("create")
        {
            ["subject"] = "Roses",
            Children =
            [
                .. members.Select(Participant),
                .. community is null
                    ? Array.Empty<BinaryNode>()
                    : [new("linked_parent") { ["jid"] = community }],
            ],
        };

    private static BinaryNode Links(string group) =>
        new("links")
        {
            Children =
            [
                new("link")
                {
                    ["link_type"] = "sub_group",
                    Children = [Named("group", "jid", group)],
                },
            ],
        };

    private static BinaryNode Unlink(string group) =>
        new("unlink") { ["unlink_type"] = "sub_group", Children = [Named("group", "jid", group)] };

    private static BinaryNode Leave(string kind, string id) =>
        new("leave") { Children = [Named(kind, "id", id)] };

    private static BinaryNode RemoveFromAll(params string[] numbers)
    {
        var remove = Members("remove", numbers);
        remove["linked_groups"] = "true";
        return remove;
    }

    private static BinaryNode Members(string change, params string[] numbers) =>
        new(change) { Children = [.. numbers.Select(Participant)] };

    private static BinaryNode Participant(string number) =>
        Named("participant", "jid", $"{Phone.LidOf(number)}@lid");

    private static BinaryNode Named(string tag, string attribute, string value) =>
        new(tag) { [attribute] = value };

    private static string? Code(BinaryNode answer) => answer.Child("error")?["code"];

    private static Task<BinaryNode> AskAsync(
        RawClient client,
        string type,
        string to,
        BinaryNode child
    ) => client.AskAsync(Query(type, to, child));

    private static BinaryNode Query(string type, string to, BinaryNode child) =>
        new("iq")
        {
            ["type"] = type,
            ["xmlns"] = "w:g2",
            ["to"] = to,
            Children = [child],
        };
}
