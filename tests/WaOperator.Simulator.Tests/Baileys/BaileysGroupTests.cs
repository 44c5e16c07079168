using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Tests.Baileys;

/// <summary>What groups say of themselves, and their rules: unmodified Baileys and our own client see the same.</summary>
public sealed class BaileysGroupTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";
    private const string Carl = "491533333333";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baileys-");
    private Simulation _simulation = null!;

    public async Task InitializeAsync() =>
        _simulation = await Simulation.StartAsync(
            Simulation.Options with
            {
                FirstStanzaAfter = TimeSpan.FromMilliseconds(300),
            }
        );

    public async Task DisposeAsync()
    {
        await _simulation.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(BaileysClient.Release7)]
    [InlineData(BaileysClient.Release6)]
    public async Task Text_rules_and_requests_are_seen_by_each_other(string library)
    {
        await using var anna = await BaileysClient.StartAsync(
            library,
            _simulation.Host.Url,
            Path.Combine(_folder.FullName, "a")
        );
        await anna.PairAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var made = await DoAsync(
            anna,
            "group",
            new { subject = "Garden", members = new[] { bert.Jid.ToString() } }
        );
        var id = (string)made["group"]!["id"]!;
        var group = Jid.Parse(id);

        // Baileys changes, our client sees.
        await DoAsync(anna, "group-description", new { group = id, text = "Roses" });
        await DoAsync(anna, "group-adders", new { group = id, mode = "all_member_add" });
        await DoAsync(anna, "group-approval", new { group = id, mode = "on" });
        await DoAsync(anna, "group-ephemeral", new { group = id, seconds = 86_400 });
        var seen = await bert.Client.Groups.GetAsync(group, default);
        (
            seen.Description,
            seen.MembersMayAdd,
            seen.JoinNeedsApproval,
            seen.DisappearAfter
        ).ShouldBe(("Roses", true, true, TimeSpan.FromDays(1)));

        // Someone asks to join, Baileys lets it in.
        var code = await InviteAsync(anna, id);
        (await carl.Client.Groups.JoinAsync(code, default)).ShouldBeNull();
        var requests = await DoAsync(anna, "group-requests", new { group = id });
        var asking = (string)requests["requests"]!.AsArray().Single()!["jid"]!;
        var answered = await DoAsync(
            anna,
            "group-answer",
            new
            {
                group = id,
                members = new[] { asking },
                action = "approve",
            }
        );
        ((string)answered["results"]![0]!["status"]!).ShouldBe("200");
        (await carl.Client.Groups.GetAsync(group, default)).Members.Count.ShouldBe(3);

        // Our client changes, Baileys sees.
        await DoAsync(
            anna,
            "group-promote",
            new
            {
                group = id,
                members = new[] { seen.Members.Single(m => m.Phone == bert.Jid).Jid.ToString() },
            }
        );
        var groups = bert.Client.Groups;
        await groups.SetDescriptionAsync(group, "Tulips", default);
        await groups.SetMembersMayAddAsync(group, false, default);
        await groups.SetJoinApprovalAsync(group, false, default);
        await groups.SetDisappearingAsync(group, TimeSpan.FromDays(7), default);
        await groups.SetAnnouncementAsync(group, true, default);
        await groups.SetLockedAsync(group, true, default);
        var info = (await DoAsync(anna, "group-info", new { group = id }))["group"]!;
        ((string)info["desc"]!).ShouldBe("Tulips");
        ((bool)info["memberAddMode"]!).ShouldBeFalse();
        ((bool)info["joinApprovalMode"]!).ShouldBeFalse();
        ((int)info["ephemeralDuration"]!).ShouldBe(604_800);
        ((bool)info["announce"]!).ShouldBeTrue();
        ((bool)info["restrict"]!).ShouldBeTrue();
        (await _simulation.EventsAsync("unsupportedQuery")).ShouldBeEmpty();
    }

    private static async Task<string> InviteAsync(BaileysClient client, string group) =>
        (string)(await DoAsync(client, "group-invite", new { group }))["code"]!;

    private static async Task<JsonNode> DoAsync(BaileysClient client, string command, object what)
    {
        var node = JsonSerializer.SerializeToNode(what)!.AsObject();
        node["cmd"] = command;
        await client.SendAsync(node);
        return await client.WaitAsync("done", e => (string?)e["cmd"] == command);
    }
}
