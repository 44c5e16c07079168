using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Our own clients in groups over the simulator.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";
    private const string Carl = "491533333333";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task A_group_hears_all_its_members_in_order()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var second = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var group = await anna.Client.Groups.CreateAsync("Trip", [bert.Jid, carl.Jid], default);
        group.Subject.ShouldBe("Trip");
        group.Members.Count.ShouldBe(3);

        string[] texts = [.. Enumerable.Range(0, 50).Select(i => $"anna {i}")];
        foreach (var ticket in texts.Select(text => anna.Text(group.Jid, text)).ToList())
            (await ticket.Done).Succeeded.ShouldBeTrue();
        (await bert.TextAsync(group.Jid, "bert")).Succeeded.ShouldBeTrue();
        (await second.TextAsync(group.Jid, "second")).Succeeded.ShouldBeTrue();

        foreach (var one in new[] { bert, carl, second })
        {
            await one.GotAsync(texts[^1]);
            one.Texts.Where(text => text.StartsWith("anna", StringComparison.Ordinal))
                .ShouldBe(texts);
        }
        await anna.GotAsync("bert");
        await anna.GotAsync("second");
        var copy = await second.GotAsync("anna 0");
        ((bool)copy["fromMe"]!).ShouldBeTrue();
        ((string)copy["chat"]!).ShouldBe(group.Jid.ToString());
        var heard = await carl.GotAsync("bert");
        ((string)heard["senderPn"]!).ShouldBe(bert.Jid.ToString());
        foreach (var one in new[] { anna, second, bert, carl })
            one.Entries("undecryptable").ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_left_does_not_get_the_next_key_and_who_has_it_is_not_given_it_again()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var group = await anna.Client.Groups.CreateAsync("Trip", [bert.Jid, carl.Jid], default);
        await anna.TextAsync(group.Jid, "one");
        await carl.GotAsync("one");
        var first = Key(anna);
        await anna.TextAsync(group.Jid, "two");
        Key(anna).ShouldBe(first);

        await carl.Client.Groups.LeaveAsync(group.Jid, default);
        await Eventually.True(
            "Anna to hear that Carl left",
            () => anna.Entries("group").Any(entry => entry.ToJsonString().Contains("remove"))
        );
        await anna.TextAsync(group.Jid, "three");
        await bert.GotAsync("three");
        Key(anna).ShouldNotBe(first);
        carl.Texts.ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Admins_change_members_and_name_and_invite()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var groups = anna.Client.Groups;
        var group = (await groups.CreateAsync("Trip", [bert.Jid], default)).Jid;
        (await groups.AddAsync(group, [carl.Jid], default)).Single().Error.ShouldBeNull();
        await groups.PromoteAsync(group, [bert.Jid], default);
        await groups.SetSubjectAsync(group, "Journey", default);
        var seen = await carl.Client.Groups.GetAsync(group, default);
        seen.Subject.ShouldBe("Journey");
        seen.Members.Single(m => m.Phone == bert.Jid).Role.ShouldBe(GroupRole.Admin);
        seen.Members.Count.ShouldBe(3);
        await groups.DemoteAsync(group, [bert.Jid], default);
        await groups.RemoveAsync(group, [carl.Jid], default);
        (await anna.TextAsync(group, "without Carl")).Succeeded.ShouldBeTrue();
        await bert.GotAsync("without Carl");

        var code = await groups.GetInviteAsync(group, default);
        (await groups.RevokeInviteAsync(group, default)).ShouldNotBe(code);
        (
            await Should.ThrowAsync<QueryRefusedException>(() =>
                carl.Client.Groups.JoinAsync(code, default)
            )
        ).Code.ShouldNotBeNull();
        code = await groups.GetInviteAsync(group, default);
        (await carl.Client.Groups.JoinAsync(code, default)).ShouldBe(group);
        await Eventually.True(
            "Anna to hear that Carl is back",
            () => anna.Entries("group").Count >= 6
        );
        (await anna.TextAsync(group, "with Carl")).Succeeded.ShouldBeTrue();
        await carl.GotAsync("with Carl");
        (await carl.Client.Groups.ListAsync(default)).Single().Jid.ShouldBe(group);
        carl.Texts.ShouldBe(["with Carl"]);
    }

    [Fact]
    public async Task Admins_change_what_the_group_says_and_its_rules_and_all_hear_it()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        var groups = anna.Client.Groups;
        var group = (await groups.CreateAsync("Trip", [bert.Jid], default)).Jid;

        await groups.SetDescriptionAsync(group, "To the sea", default);
        await groups.SetDescriptionAsync(group, "To the hills", default);
        await groups.SetAnnouncementAsync(group, true, default);
        await groups.SetLockedAsync(group, true, default);
        await groups.SetMembersMayAddAsync(group, true, default);
        await groups.SetJoinApprovalAsync(group, true, default);
        await groups.SetDisappearingAsync(group, TimeSpan.FromDays(7), default);
        var seen = await bert.Client.Groups.GetAsync(group, default);
        seen.Description.ShouldBe("To the hills");
        (seen.IsAnnouncement, seen.IsLocked, seen.MembersMayAdd, seen.JoinNeedsApproval).ShouldBe(
            (true, true, true, true)
        );
        seen.DisappearAfter.ShouldBe(TimeSpan.FromDays(7));
        await Eventually.True(
            "Bert to hear of all",
            () =>
            {
                var told = string.Concat(bert.Entries("group").Select(e => e.ToJsonString()));
                return Task.FromResult(
                    new[]
                    {
                        "To the hills",
                        "announcement",
                        "locked",
                        "member_add_mode",
                        "membership_approval_mode",
                        "604800",
                    }.All(told.Contains)
                );
            }
        );

        await groups.SetDescriptionAsync(group, "", default);
        await groups.SetAnnouncementAsync(group, false, default);
        await groups.SetLockedAsync(group, false, default);
        await groups.SetMembersMayAddAsync(group, false, default);
        await groups.SetJoinApprovalAsync(group, false, default);
        await groups.SetDisappearingAsync(group, TimeSpan.Zero, default);
        seen = await bert.Client.Groups.GetAsync(group, default);
        (seen.Description, seen.DescriptionId).ShouldBe((null, null));
        (seen.IsAnnouncement, seen.IsLocked, seen.MembersMayAdd, seen.JoinNeedsApproval).ShouldBe(
            (false, false, false, false)
        );
        seen.DisappearAfter.ShouldBe(TimeSpan.Zero);
        (
            await Should.ThrowAsync<QueryRefusedException>(() =>
                bert.Client.Groups.SetJoinApprovalAsync(group, true, default)
            )
        ).Code.ShouldBe(403);
    }

    [Fact]
    public async Task Who_asks_to_join_is_let_in_or_not()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var groups = anna.Client.Groups;
        var group = (await groups.CreateAsync("Trip", [], default)).Jid;
        await groups.SetJoinApprovalAsync(group, true, default);
        var code = await groups.GetInviteAsync(group, default);

        (await bert.Client.Groups.JoinAsync(code, default)).ShouldBeNull();
        (await carl.Client.Groups.JoinAsync(code, default)).ShouldBeNull();
        var waiting = await groups.GetRequestsAsync(group, default);
        waiting.Select(r => r.Phone).ShouldBe([bert.Jid, carl.Jid]);
        waiting[0].Requested.ShouldNotBeNull();
        await Eventually.True(
            "Anna to hear of both",
            () =>
                Task.FromResult(
                    anna.Entries("group")
                        .Count(e =>
                            e.ToJsonString()
                                .Contains("created_membership_requests", StringComparison.Ordinal)
                        ) == 2
                )
        );

        (await groups.ApproveAsync(group, [bert.Jid], default)).Single().Error.ShouldBeNull();
        (await groups.RejectAsync(group, [carl.Jid], default)).Single().Error.ShouldBeNull();
        (await groups.RejectAsync(group, [carl.Jid], default)).Single().Error.ShouldBe(404);
        (await groups.GetRequestsAsync(group, default)).ShouldBeEmpty();
        (await groups.GetAsync(group, default))
            .Members.Select(m => m.Phone)
            .ShouldBe([anna.Jid, bert.Jid]);
        (await anna.TextAsync(group, "welcome")).Succeeded.ShouldBeTrue();
        await bert.GotAsync("welcome");
    }

    [Fact]
    public async Task An_account_that_cannot_be_added_joins_by_an_invitation()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        using var _ = await _simulation.PutAsync(
            $"/phones/{Bert}",
            new { joinsByInviteOnly = true }
        );

        var group = await anna.Client.Groups.CreateAsync("Trip", [bert.Jid], default);
        group.Members.Select(m => m.Phone).ShouldBe([anna.Jid]);
        var refused = group.Refused.Single();
        (refused.Error, refused.Phone).ShouldBe((403, bert.Jid));
        refused.Invite!.Code.ShouldNotBeEmpty();
        refused.Invite.Expires.ShouldNotBeNull();
        var added = await anna.Client.Groups.AddAsync(group.Jid, [bert.Jid], default);
        added.Single().Error.ShouldBe(403);
        added.Single().Invite!.Code.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Who_is_no_member_is_told_so()
    {
        await using var anna = await Correspondent.ConnectedAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var group = await anna.Client.Groups.CreateAsync("Trip", [bert.Jid], default);
        var refused = await carl.TextAsync(group.Jid, "let me in");
        refused.Succeeded.ShouldBeFalse();
        refused.Code.ShouldBe(403);
        carl.Store.Outbound.Single().State.ShouldBe(OutboundState.Failed);
        carl.Entries("failed").Count.ShouldBe(1);
    }

    /// <summary>Which key the device sends with: the first number of what is stored of its holders.</summary>
    private static string Key(Correspondent one)
    {
        var name = one.Store.RecordKeys.Single(key => key.Kind == RecordKinds.SenderKeyHolders);
        var bytes = one.Store.LoadAsync([name], default).Result[0]!;
        return System.Text.Encoding.UTF8.GetString(bytes).Split(' ')[0];
    }
}
