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
