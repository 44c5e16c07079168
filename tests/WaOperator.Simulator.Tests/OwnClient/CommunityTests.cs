using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Our own clients in communities over the simulator.</summary>
public sealed class CommunityTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";
    private const string Carl = "491533333333";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task A_community_is_written_to_through_its_groups()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var communities = anna.Client.Groups.Communities;
        var community = await communities.CreateAsync(
            new("Plants") { Description = "All about plants", WithGeneralChat = true },
            default
        );
        (community.IsCommunity, community.Description).ShouldBe((true, "All about plants"));
        var groups = await communities.ListGroupsAsync(community.Jid, default);
        groups
            .Select(g => (g.Subject, g.IsAnnouncementGroup, g.Size))
            .ShouldBe([("Plants", true, 1), ("General", false, 1)]);
        var general = await anna.Client.Groups.GetAsync(groups[1].Jid, default);
        (general.IsGeneralChat, general.Community).ShouldBe((true, community.Jid));

        // The announcement group has a key before there is another member.
        var announcements = groups[0].Jid;
        (await anna.TextAsync(announcements, "alone")).Succeeded.ShouldBeTrue();
        var roses = await communities.CreateGroupAsync(community.Jid, "Roses", [bert.Jid], default);
        roses.Community.ShouldBe(community.Jid);
        (await communities.ListMembersAsync(community.Jid, default))
            .Select(m => m.Phone)
            .ShouldBe([anna.Jid, bert.Jid]);
        (await anna.TextAsync(announcements, "for all")).Succeeded.ShouldBeTrue();
        await bert.GotAsync("for all");
        var refused = await anna.TextAsync(community.Jid, "to no group");
        (refused.Succeeded, refused.Code).ShouldBe((false, null));
    }

    [Fact]
    public async Task Groups_come_into_a_community_and_go_and_keep_their_names()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var groups = anna.Client.Groups;
        var community = (await groups.Communities.CreateAsync(new("Plants"), default)).Jid;
        var group = (await groups.CreateAsync("Roses", [bert.Jid], default)).Jid;

        await groups.Communities.LinkAsync(community, group, default);
        (await groups.GetAsync(group, default)).Community.ShouldBe(community);
        var again = await Should.ThrowAsync<QueryRefusedException>(() =>
            groups.Communities.LinkAsync(community, group, default)
        );
        again.Code.ShouldBe(409);
        await groups.Communities.UnlinkAsync(community, group, default);
        (await groups.GetAsync(group, default)).Community.ShouldBeNull();
        await Eventually.True("Bert to hear of both", () => Changes().Count == 2);
        Changes().ShouldAllBe(c => c["subject"] == null);
        Changes().ShouldAllBe(c => (string)c["linked"]![0]! == community.ToString());

        List<System.Text.Json.Nodes.JsonNode> Changes() =>
            [
                .. bert.Entries("group")
                    .Where(e => (string)e["chat"]! == group.ToString())
                    .SelectMany(e => e["changes"]!.AsArray())
                    .Select(c => c!)
                    .Where(c => (string)c["action"]! is "link" or "unlink"),
            ];
    }

    [Fact]
    public async Task Who_leaves_or_is_removed_is_sent_nothing_in_any_group()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var communities = anna.Client.Groups.Communities;
        var community = (await communities.CreateAsync(new("Plants"), default)).Jid;
        var group = (
            await communities.CreateGroupAsync(community, "Roses", [bert.Jid, carl.Jid], default)
        ).Jid;
        (await anna.TextAsync(group, "one")).Succeeded.ShouldBeTrue();
        await bert.GotAsync("one");
        await carl.GotAsync("one");

        (await communities.RemoveAsync(community, [carl.Jid], default))
            .Single()
            .Error.ShouldBeNull();
        (await anna.TextAsync(group, "two")).Succeeded.ShouldBeTrue();
        await bert.GotAsync("two");
        carl.Texts.ShouldBe(["one"]);
        await bert.Client.Groups.Communities.LeaveAsync(community, default);
        (await communities.ListMembersAsync(community, default))
            .Select(m => m.Phone)
            .ShouldBe([anna.Jid]);
        (await bert.Client.Groups.ListAsync(default)).ShouldBeEmpty();
    }
}
