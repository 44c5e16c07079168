using WaOperator.Simulator.Tests.Baileys;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Baileys;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.Import;

/// <summary>A device that lived in an unmodified Baileys continues in our client: no scan, no message lost, no ratchet lost.</summary>
public sealed class BaileysImportTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baileys-import-");
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
    [InlineData(BaileysClient.Release7, BaileysClient.Release6)]
    [InlineData(BaileysClient.Release6, BaileysClient.Release7)]
    public async Task Goes_on_where_Baileys_stopped(string library, string peerLibrary)
    {
        await using var peer = await StartAsync(peerLibrary, "peer");
        await peer.PairAsync(_simulation, Bert);
        var group = await LiveInBaileysAsync(library, peer);

        // No one is there to read these two.
        await peer.TextAsync($"{Anna}@s.whatsapp.net", "three");
        await peer.TextAsync(group, "three to all");

        var store = new MemoryMessageStore();
        var import = BaileysFolder.Read(Path.Combine(_folder.FullName, "device"));
        await store.SavePreKeysAsync(import.Batch, CancellationToken.None);
        await store.CommitAsync(import.Change, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        using var runtime = new WhatsAppRuntime(
            new() { Url = _simulation.Host.Url, RootKey = _simulation.Host.Server.RootPublic }
        );
        var client = new WhatsAppDevice(
            runtime,
            new() { FirstPreKeys = 30 },
            store,
            OpenGate.Instance,
            null,
            store
        );
        var running = client.RunAsync(_ => ValueTask.CompletedTask, stop.Token);
        await ReadAsync(store, "three");
        await ReadAsync(store, "three to all");

        await SendAsync(client, $"{Bert}@s.whatsapp.net", "four");
        await peer.WaitAsync("message", e => (string?)e["text"] == "four");
        await SendAsync(client, group, "four to all");
        await peer.WaitAsync("message", e => (string?)e["text"] == "four to all");

        await peer.TextAsync($"{Anna}@s.whatsapp.net", "five");
        await ReadAsync(store, "five");
        await peer.TextAsync(group, "five to all");
        await ReadAsync(store, "five to all");

        await stop.CancelAsync();
        await running;
        store.Events.ShouldNotContain(e => e is MessageUndecryptable);
        (await _simulation.DevicesAsync(Anna)).ShouldBe(1);
        ((long)(await _simulation.SessionAsync(Anna))["retries"]!).ShouldBe(0);
    }

    /// <summary>Texts both ways and in a group, then ends.</summary>
    /// <returns>The group.</returns>
    private async Task<string> LiveInBaileysAsync(string library, BaileysClient peer)
    {
        await using var device = await StartAsync(library, "device");
        await device.PairAsync(_simulation, Anna);
        await device.TextAsync($"{Bert}@s.whatsapp.net", "one");
        await peer.WaitAsync("message", e => (string?)e["text"] == "one");
        await peer.TextAsync($"{Anna}@s.whatsapp.net", "two");
        await device.WaitAsync("message", e => (string?)e["text"] == "two");

        await device.SendAsync(
            new
            {
                cmd = "group",
                subject = "all",
                members = new[] { $"{Bert}@s.whatsapp.net" },
            }
        );
        var made = await device.WaitAsync("done", e => (string?)e["cmd"] == "group");
        var group = (string)made["group"]!["id"]!;
        await device.TextAsync(group, "one to all");
        await peer.WaitAsync("message", e => (string?)e["text"] == "one to all");
        await peer.TextAsync(group, "two to all");
        await device.WaitAsync("message", e => (string?)e["text"] == "two to all");
        await device.SendAsync(new { cmd = "end" });
        await device.WaitAsync("close");
        return group;
    }

    private Task<BaileysClient> StartAsync(string library, string state) =>
        BaileysClient.StartAsync(
            library,
            _simulation.Host.Url,
            Path.Combine(_folder.FullName, state)
        );

    private static async Task SendAsync(WhatsAppDevice client, string to, string text) =>
        (
            await client
                .Send(OutgoingMessage.Of(Jid.Parse(to), MessageContent.Text(text)))
                .Done.WaitAsync(Limit)
        ).Succeeded.ShouldBeTrue();

    private static Task ReadAsync(MemoryMessageStore store, string text) =>
        Eventually.True(
            $"'{text}' is decrypted; the events are: {string.Join(", ", store.Events)}",
            () => store.Events.OfType<MessageReceived>().Any(m => m.Content.Text == text),
            Limit
        );
}
