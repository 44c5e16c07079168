using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.Streams;
using WaOperator.SessionPod.Tests.World;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>What votes chose, in each of the ways in which events are had.</summary>
public sealed class VoteTests
{
    [Fact]
    public async Task What_was_chosen_of_a_poll_that_was_sent_here_is_told()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        await world.WebhookAsync(session.Tenant, s => s with { Events = ["message.vote"] });
        var (own, voter) = (new Jid(session.Phone, Jid.PhoneServer), WebhookWorld.Chat(1));
        var poll = MessageContent.Poll("When?", ["Mon", "Tue"]);
        await phone.CommitAsync(
            new DeviceChange
            {
                Outbound =
                [
                    new("P1", voter.ToString(), OutboundState.Queued, poll.ToBytes(), null, null),
                ],
            }
        );
        using var api = new ApiClient(pod.Api);
        using var stream = await api.FollowAsync(session.Name);
        using var feed = await FeedClient.OpenAsync(
            pod,
            new() { [session.Id] = null },
            types: ["message.vote"]
        );

        await phone.JournalAsync(
            WebhookWorld.Vote("V1", "P1", ["Tue"], poll.Secret!, own, voter),
            WebhookWorld.Vote("V2", "P1", [], poll.Secret!, own, voter),
            WebhookWorld.Vote("V3", "P2", ["Tue"], poll.Secret!, own, voter),
            WebhookWorld.Vote("V4", "P1", ["Tue"], new byte[32], own, voter)
        );

        string?[] chosen = ["""["Tue"]""", "[]", null, null];
        await world.Receiver.TakenAsync(4);
        world
            .Receiver.Taken.OrderBy(t => t.MessageId, StringComparer.Ordinal)
            .Select(t => Chosen(t.Json["data"]!))
            .ShouldBe(chosen);
        var (streamed, fed) = (new List<string?>(), new List<string?>());
        while (streamed.Count < chosen.Length)
            streamed.Add(Chosen((await stream.NextAsync("message")).Data));
        streamed.ShouldBe(chosen);
        while (fed.Count < chosen.Length)
            if ((await feed.NextAsync())! is { Type: "message.vote" } item)
                fed.Add(Chosen(item.Data!["data"]!));
        fed.ShouldBe(chosen);
    }

    private static string? Chosen(JsonNode data) => data["content"]!["chosen"]?.ToJsonString();
}
