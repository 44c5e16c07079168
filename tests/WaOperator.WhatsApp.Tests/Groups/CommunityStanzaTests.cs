using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Groups;

namespace WaOperator.WhatsApp.Tests.Groups;

/// <summary>What is read of communities, also of answers that no honest server gives.</summary>
public sealed class CommunityStanzaTests
{
    private static readonly Jid Plants = new("120363000000000001", Jid.GroupServer);
    private static readonly Jid Roses = new("120363000000000002", Jid.GroupServer);

    [Fact]
    public void A_group_says_what_it_has_to_do_with_communities()
    {
        var community = GroupStanzas.Read(Group(new BinaryNode("parent")))!;
        (community.IsCommunity, community.Community).ShouldBe((true, null));
        var announcements = GroupStanzas.Read(
            Group(Linked(Plants.ToString()), new("default_sub_group"))
        )!;
        (announcements.IsCommunity, announcements.Community).ShouldBe((false, Plants));
        (announcements.IsAnnouncementGroup, announcements.IsGeneralChat).ShouldBe((true, false));
        GroupStanzas.Read(Group(new BinaryNode("general_chat")))!.IsGeneralChat.ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@g.us")]
    [InlineData("491511111111@s.whatsapp.net")]
    public void A_parent_that_is_no_group_is_none(string? jid) =>
        GroupStanzas.Read(Group(Linked(jid)))!.Community.ShouldBeNull();

    [Fact]
    public void Groups_of_a_community_are_read()
    {
        var groups = CommunityStanzas.ReadSubGroups(
            Answer(
                "sub_groups",
                new("group")
                {
                    ["id"] = Plants.User,
                    ["subject"] = "Plants",
                    ["size"] = "3",
                    Children = [new("default_sub_group")],
                },
                new("group") { ["id"] = Roses.ToString(), ["size"] = "many" }
            )
        );
        groups.ShouldBe([new(Plants, "Plants", true, 3), new(Roses, "", false, null)]);
    }

    [Fact]
    public void A_list_that_cannot_be_read_whole_is_none()
    {
        CommunityStanzas.ReadSubGroups(new("iq")).ShouldBeNull();
        CommunityStanzas.ReadParticipants(new("iq")).ShouldBeNull();
        foreach (var id in new[] { null, "", "@g.us", "491511111111@s.whatsapp.net", "a@b@c" })
            CommunityStanzas
                .ReadSubGroups(Answer("sub_groups", new BinaryNode("group") { ["id"] = id }))
                .ShouldBeNull(id);
        foreach (var jid in new[] { null, "", "@lid", "nothing@" })
            CommunityStanzas
                .ReadParticipants(Participants([new("participant") { ["jid"] = jid }]))
                .ShouldBeNull(jid);
    }

    [Theory]
    [InlineData(CommunityStanzas.MaxListed, true)]
    [InlineData(CommunityStanzas.MaxListed + 1, false)]
    public void A_list_that_no_community_has_is_none(int members, bool read) =>
        (
            CommunityStanzas.ReadParticipants(
                Participants(
                    Enumerable
                        .Range(1, members)
                        .Select(i => new BinaryNode("participant")
                        {
                            ["jid"] = i.ToString(CultureInfo.InvariantCulture) + "@lid",
                        })
                )
            )
                is { } list
            && list.Count == members
        ).ShouldBe(read);

    [Theory]
    [InlineData("link")]
    [InlineData("unlink")]
    public void A_link_does_not_give_a_group_the_name_of_the_other(string action)
    {
        var told = GroupChanged.Of(
            new("notification")
            {
                Children =
                [
                    new(action)
                    {
                        [action + "_type"] = "sub_group",
                        Children =
                        [
                            new("group") { ["jid"] = Roses.ToString(), ["subject"] = "Roses" },
                            new("group") { ["subject"] = "Without an address" },
                            new("group") { ["jid"] = "491511111111@s.whatsapp.net" },
                        ],
                    },
                ],
            },
            Plants
        );
        var change = told.Changes.Single();
        (change.Action, change.Subject).ShouldBe((action, null));
        change.Linked.ShouldBe([Roses]);
        change.Attributes[action + "_type"].ShouldBe("sub_group");
    }

    [Theory]
    [InlineData(null, false, null)]
    [InlineData("409", true, 409)]
    [InlineData("", true, null)]
    [InlineData("-1", true, null)]
    public void A_result_says_of_each_group_whether_it_was_linked(
        string? error,
        bool refused,
        int? code
    )
    {
        BinaryNode[] groups =
        [
            new("group") { ["jid"] = Plants.ToString(), ["error"] = "500" },
            new("group") { ["jid"] = Roses.ToString(), ["error"] = error },
        ];
        foreach (
            var answer in new[]
            {
                Answer("links", new BinaryNode("link") { Children = groups }),
                Answer("unlink", groups),
            }
        )
            (CommunityStanzas.IsRefused(answer, Roses, out var found), found).ShouldBe(
                (refused, code)
            );
        CommunityStanzas.IsRefused(new("iq"), Roses, out _).ShouldBeFalse();
    }

    private static BinaryNode Linked(string? jid) => new("linked_parent") { ["jid"] = jid };

    private static BinaryNode Group(params BinaryNode[] children) =>
        new("group") { ["id"] = "120363000000000003", Children = children };

    private static BinaryNode Participants(IEnumerable<BinaryNode> participants) =>
        Answer("linked_groups_participants", [.. participants]);

    private static BinaryNode Answer(string tag, params BinaryNode[] children) =>
        new("iq") { Children = [new(tag) { Children = children }] };
}
