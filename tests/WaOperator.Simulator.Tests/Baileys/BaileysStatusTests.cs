using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.Simulator.Tests.Baileys;

/// <summary>Statuses of unmodified Baileys and of our own client, shown to each other.</summary>
public sealed class BaileysStatusTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";
    private const string Carl = "491533333333";
    private const string Status = "status@broadcast";

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
    public async Task Statuses_are_seen_liked_and_deleted_on_both_sides(string library)
    {
        await using var anna = await BaileysClient.StartAsync(
            library,
            _simulation.Host.Url,
            Path.Combine(_folder.FullName, "a")
        );
        await anna.PairAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(_simulation, Bert);
        await using var carl = await Correspondent.ConnectedAsync(_simulation, Carl);
        var annas = new Jid(Anna, Jid.PhoneServer);

        // Baileys posts, our client sees, and only the one that it is shown to.
        var posted = await DoAsync(
            anna,
            new
            {
                cmd = "send",
                to = Status,
                text = "from Baileys",
                audience = new[] { bert.Jid.ToString() },
            }
        );
        var id = (string)posted["id"]!;
        await bert.GotAsync("from Baileys");
        var seen = bert.Messages.Single();
        (seen.Head.Chat, seen.Head.Sender.Account, seen.Head.Id).ShouldBe((Jid.Status, annas, id));
        var like = MessageContent.Reaction(
            new(Jid.Status, id, false, annas),
            "👍",
            DateTimeOffset.UnixEpoch
        );
        await SendAsync(bert, like, annas);
        await anna.WaitAsync("message", e => (string?)e["reaction"]?["id"] == id);
        await DoAsync(
            anna,
            new
            {
                cmd = "delete",
                to = Status,
                id,
                audience = new[] { bert.Jid.ToString() },
            }
        );
        await Eventually.True("Bert to get the deletion", () => bert.Messages.Count() == 2);

        // Our client posts, Baileys sees.
        foreach (var text in new[] { "one", "two" })
        {
            var ours = await SendAsync(bert, MessageContent.Text(text), annas);
            var shown = await anna.WaitAsync("message", e => (string?)e["text"] == text);
            ((string)shown["chat"]!).ShouldBe("status@broadcast");
            Jid.Parse((string)shown["participant"]!).Account.ShouldBe(bert.Jid);
            if (text == "one")
            {
                await DoAsync(
                    anna,
                    new
                    {
                        cmd = "react",
                        to = Status,
                        id = ours.Id,
                        emoji = "❤",
                        audience = new[] { bert.Jid.ToString() },
                    }
                );
                await Eventually.True("Bert to get the reaction", () => bert.Messages.Count() == 3);
                await SendAsync(bert, MessageContent.Delete(new(Jid.Status, ours.Id, true)), annas);
                await anna.WaitAsync("message", e => (string?)e["deletes"] == ours.Id);
            }
        }
        carl.Messages.ShouldBeEmpty();
        bert.Entries("undecryptable").ShouldBeEmpty();
    }

    private static async Task<SendResult> SendAsync(
        Correspondent from,
        MessageContent content,
        Jid viewer
    )
    {
        var result = await from
            .Client.Send(OutgoingMessage.Status([viewer], content))
            .Done.WaitAsync(TimeSpan.FromSeconds(30));
        result.Error.ShouldBeNull();
        return result;
    }

    private static async Task<JsonNode> DoAsync(BaileysClient client, object command)
    {
        var node = JsonSerializer.SerializeToNode(command)!.AsObject();
        await client.SendAsync(node);
        return await client.WaitAsync("done", e => (string?)e["cmd"] == (string?)node["cmd"]);
    }
}
