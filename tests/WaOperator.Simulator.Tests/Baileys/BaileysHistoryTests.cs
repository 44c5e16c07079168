using System.Text.Json.Nodes;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.Baileys;

/// <summary>
/// The past of a phone, read by unmodified Baileys and by our own client, both linked to the same phone: what a foreign client reads
/// proves the simulator's form, and ours must read the same. Over TLS, for Baileys loads files in no other way.
/// </summary>
public sealed class BaileysHistoryTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const int Chats = 12;
    private const int Messages = 30;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baileys-history-");
    private Simulation _simulation = null!;
    private string _authority = "";

    public async Task InitializeAsync()
    {
        var files = TestCertificates.Write(_folder.FullName);
        _authority = files.Authority;
        _simulation = await Simulation.StartAsync(
            Simulation.Options with
            {
                FirstStanzaAfter = TimeSpan.FromMilliseconds(300),
                TlsCert = files.Certificate,
                TlsKey = files.Key,
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _simulation.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(BaileysClient.Release7)]
    [InlineData(BaileysClient.Release6)]
    public async Task Both_read_the_same_past_and_ask_for_more(string library)
    {
        (await _simulation.PutAsync($"/phones/{Anna}", new { })).EnsureSuccessStatusCode();
        (
            await _simulation.PutAsync(
                $"/phones/{Anna}/history",
                new
                {
                    seed = 3,
                    chats = Chats,
                    messages = Messages,
                    inline = library == BaileysClient.Release7,
                }
            )
        ).EnsureSuccessStatusCode();
        await using var ours = new Correspondent(
            _simulation,
            Anna,
            await File.ReadAllTextAsync(_authority)
        )
        {
            Options = new() { FirstPreKeys = 40, History = HistoryDepth.Recent },
        };
        await ours.PairAsync();
        await ours.ConnectAsync();
        await Eventually.True(
            "our client to have the recent history",
            () =>
                Task.FromResult(
                    ours.Store.Events.OfType<HistorySynced>()
                        .Any(e => e is { Part: "recent", Progress: 100 })
                )
        );
        var read = ours.Store.History.SelectMany(b => b.Messages).ToList();
        read.Count.ShouldBe(Chats * Messages / 2);

        await using var theirs = await BaileysClient.StartAsync(
            library,
            _simulation.Host.Url,
            Path.Combine(_folder.FullName, "b"),
            _authority,
            _simulation.Host.Url.Authority,
            history: "recent"
        );
        await theirs.PairAsync(_simulation, Anna);
        var messages = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        var chats = new HashSet<string>(StringComparer.Ordinal);
        var contacts = new HashSet<(string, string)>();
        while (messages.Count < read.Count || contacts.Count < Chats - Chats / 4)
        {
            var part = await theirs.WaitAsync("history");
            foreach (var message in part["messages"]!.AsArray())
                messages[(string)message!["id"]!] = message;
            chats.UnionWith(part["chats"]!.AsArray().Select(c => (string)c!["chat"]!));
            contacts.UnionWith(
                part["contacts"]!
                    .AsArray()
                    .Where(c =>
                        ((string?)c!["name"])?.StartsWith("Name", StringComparison.Ordinal) == true
                    )
                    .Select(c => ((string)c!["contact"]!, (string)c["name"]!))
            );
        }

        messages
            .Values.Select(Theirs)
            .Order()
            .ShouldBe(read.Select(m => Ours(m)).Order(), "the same messages");
        chats
            .Order(StringComparer.Ordinal)
            .ShouldBe(
                ours.Store.History.SelectMany(b => b.Chats)
                    .Select(c => $"{c.Chat}")
                    .Distinct()
                    .Order(StringComparer.Ordinal)
            );
        contacts
            .Order()
            .ShouldBe(
                ours.Store.History.SelectMany(b => b.Names)
                    .Select(n => ($"{n.Account}", n.PushName))
                    .Order()
            );
        await ReceiptsAsync(device: 2);

        var oldest = read.Where(m => m.Chat == read[0].Chat).MinBy(m => m.Timestamp)!;
        await theirs.SendAsync(
            new
            {
                cmd = "history-more",
                chat = $"{oldest.Chat}",
                id = oldest.Id,
                fromMe = oldest.FromMe,
                at = oldest.Timestamp,
                count = 5,
            }
        );
        var asked = await theirs.WaitAsync("done", e => (string?)e["cmd"] == "history-more");
        ((string?)asked["request"]).ShouldNotBeNullOrEmpty();
        var more = await theirs.WaitAsync(
            "history",
            e => e["messages"]!.AsArray().Any(m => !messages.ContainsKey((string)m!["id"]!))
        );
        more["messages"]!
            .AsArray()
            .Select(m => (string)m!["text"]!)
            .Order(StringComparer.Ordinal)
            .ShouldBe(
                Enumerable
                    .Range(Messages / 2, 5)
                    .Select(i => $"message {i} of chat 0")
                    .Order(StringComparer.Ordinal)
            );
        (await _simulation.EventsAsync("protocolError")).ShouldBeEmpty();
        (await _simulation.EventsAsync("badHistoryRequest")).ShouldBeEmpty();
    }

    private static (string, string, bool, long, string) Theirs(JsonNode message) =>
        (
            (string)message["id"]!,
            (string)message["chat"]!,
            (bool)message["fromMe"]!,
            (long)message["at"]!,
            (string)message["text"]!
        );

    private static (string, string, bool, long, string) Ours(HistoryMessage message) =>
        (
            message.Id,
            $"{message.Chat}",
            message.FromMe,
            message.Timestamp,
            message.Content.Text ?? message.Content.Caption ?? ""
        );

    private Task ReceiptsAsync(int device) =>
        Eventually.True(
            "the receipts of each announcement to that device",
            async () =>
                (await _simulation.GetAsync($"/phones/{Anna}/history"))["announced"]!
                    .AsArray()
                    .Where(a => (int)a!["device"]! == device)
                    .All(a => a!["receipts"]!.AsArray().Any(r => (string)r! == "hist_sync"))
        );
}
