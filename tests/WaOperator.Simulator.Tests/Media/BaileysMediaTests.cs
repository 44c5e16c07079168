using System.Security.Cryptography;
using System.Text.Json.Nodes;
using WaOperator.Simulator.Tests.Baileys;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.Simulator.Tests.Media;

/// <summary>Files between unmodified Baileys and our own client, byte by byte, over TLS.</summary>
public sealed class BaileysMediaTests : IAsyncLifetime
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baileys-media-");
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
    public async Task Files_arrive_as_they_were_both_ways_and_from_the_phone(string library)
    {
        await using var anna = await BaileysClient.StartAsync(
            library,
            _simulation.Host.Url,
            Path.Combine(_folder.FullName, "a"),
            _authority,
            _simulation.Host.Url.Authority
        );
        await anna.PairAsync(_simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(
            _simulation,
            Bert,
            await File.ReadAllTextAsync(_authority)
        );

        var (image, file) = await SendAsync(bert, MediaKind.Image);
        await DownloadedAsync(anna, image, file);
        var (document, other) = await SendAsync(bert, MediaKind.Document);
        await DownloadedAsync(anna, document, other);
        await ReceivedAsync(anna, bert, "image", "image/jpeg");
        await ReceivedAsync(anna, bert, "document", "application/pdf");

        await GoneAsync(anna, bert);
    }

    private static async Task<(string Id, byte[] File)> SendAsync(
        Correspondent bert,
        MediaKind kind
    )
    {
        var file = MediaWorld.Random(150_000);
        var (id, _) = await SendAsync(bert, kind, file);
        return (id, file);
    }

    private static async Task<(string Id, MediaReference Reference)> SendAsync(
        Correspondent bert,
        MediaKind kind,
        byte[] file
    )
    {
        using var source = new MemoryStream(file);
        var reference = await bert.Client.UploadAsync(kind, source, MediaWorld.Cancel());
        var info = new MediaInfo { Caption = "See", FileName = "a.pdf" };
        var content =
            kind == MediaKind.Image
                ? MessageContent.Image(reference, info)
                : MessageContent.Document(reference, info);
        var message = OutgoingMessage.Of(Jid.Parse($"{Anna}@s.whatsapp.net"), content);
        await bert.Client.Send(message).Done.WaitAsync(MediaWorld.Cancel());
        return (message.Id, reference);
    }

    private static async Task DownloadedAsync(BaileysClient anna, string id, byte[] file)
    {
        var message = await MessageAsync(anna, id);
        ((string?)message["text"]).ShouldBe("See", message.ToJsonString());
        await LoadedAsync(anna, id, file);
    }

    /// <summary>Baileys 6 may first tell of a message that it cannot read, and ask for it again.</summary>
    private static Task<JsonObject> MessageAsync(BaileysClient anna, string id) =>
        anna.WaitAsync("message", e => (string?)e["id"] == id && e["media"] is not null);

    private static async Task LoadedAsync(BaileysClient anna, string id, byte[] file)
    {
        await anna.SendAsync(new { cmd = "download", id });
        var done = await anna.WaitAsync("done", e => (string?)e["cmd"] == "download");
        ((string)done["sha256"]!).ShouldBe(Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    private async Task ReceivedAsync(
        BaileysClient anna,
        Correspondent bert,
        string kind,
        string mimetype
    )
    {
        var file = MediaWorld.Random(120_000);
        var path = Path.Combine(_folder.FullName, kind);
        await File.WriteAllBytesAsync(path, file);
        await anna.SendAsync(
            new
            {
                cmd = "media",
                to = $"{Bert}@s.whatsapp.net",
                kind,
                path,
                mimetype,
                caption = kind,
                fileName = "a.pdf",
            }
        );
        var content = await Eventually.Get(
            $"a message with a file, {kind}",
            () =>
                Task.FromResult(
                    bert.Messages.Select(m => m.Content).FirstOrDefault(c => c.Caption == kind)
                )
        );
        content.Kind.ShouldBe(Enum.Parse<ContentKind>(kind, ignoreCase: true));
        var reference = content.Media.ShouldNotBeNull();
        using var destination = new MemoryStream();
        await bert.Client.DownloadAsync(reference, destination, MediaWorld.Cancel());
        destination.ToArray().ShouldBe(file);
    }

    /// <summary>The hosts have forgotten a file: Baileys asks its phone, which uploads it again.</summary>
    private async Task GoneAsync(BaileysClient anna, Correspondent bert)
    {
        var file = MediaWorld.Random(50_000);
        var (id, reference) = await SendAsync(bert, MediaKind.Image, file);
        await _simulation.PostedAsync(
            "/faults/media",
            new
            {
                use = "download",
                status = 410,
                path = reference.DirectPath![..40],
            }
        );
        await _simulation.PostedAsync(
            $"/phones/{Anna}/media",
            new
            {
                id,
                mediaKey = reference.MediaKey,
                directPath = reference.DirectPath,
            }
        );
        await MessageAsync(anna, id);
        await anna.SendAsync(new { cmd = "media-again", id });
        await anna.WaitAsync("done", e => (string?)e["cmd"] == "media-again");
        await LoadedAsync(anna, id, file);
        JsonNode counts = (await _simulation.GetAsync("/stats"))["counts"]!;
        ((long?)counts["mediaRetries"]).ShouldBe(1);
    }
}
