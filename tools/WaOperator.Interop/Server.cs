using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.Interop.Api;
using WaOperator.Simulator;
using WaOperator.Testing;

namespace WaOperator.Interop;

/// <summary>The simulator that all clients talk to, over TLS with an authority of our own, and its control API.</summary>
public sealed class Server : IAsyncDisposable
{
    /// <summary>Many clients start at once, and Baileys 6.7.24 crashes if the first stanza comes before it is ready.</summary>
    private static readonly TimeSpan FirstStanzaAfter = TimeSpan.FromMilliseconds(300);

    /// <summary>Low enough that ordinary stanzas of a test, not only the largest, come compressed.</summary>
    private const int CompressAbove = 2000;

    private readonly Lazy<Task<ApiWorld>> _api;
    private readonly SimulatorHost _host;
    private readonly HttpClient _http;

    private Server(SimulatorHost host, string folder)
    {
        _host = host;
        _http = new() { BaseAddress = host.Control };
        Folder = folder;
        RootKey = Convert.ToHexStringLower(host.Server.RootPublic);
        _api = new(() => ApiWorld.StartAsync(this));
    }

    /// <summary>A directory for the clients' states and files.</summary>
    public string Folder { get; }

    /// <summary>Where clients connect.</summary>
    public Uri Url => _host.Url;

    /// <summary>HOST:PORT of the media server.</summary>
    public string Media => $"{_host.Url.Host}:{_host.Url.Port}";

    /// <summary>The root of the Noise certificates, in hex.</summary>
    public string RootKey { get; }

    /// <summary>PEM file of the authority that TLS must trust.</summary>
    public string Authority => Path.Combine(Folder, "ca.crt");

    /// <summary>How much the clients of others, pods and gateway log.</summary>
    public string LogLevel { get; init; } = "silent";

    /// <summary>How many messages each side sends in a flood.</summary>
    public int Flood { get; init; } = 1;

    /// <summary>What a client's process needs in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string> { ["NODE_EXTRA_CA_CERTS"] = Authority };

    /// <summary>Starts a simulator on free ports.</summary>
    public static async Task<Server> StartAsync(Arguments arguments)
    {
        var folder = Directory.CreateTempSubdirectory("interop-").FullName;
        using var pki = new Pki();
        var (certificate, key) = pki.Server("localhost");
        var (certificateFile, keyFile) = (
            Path.Combine(folder, "tls.crt"),
            Path.Combine(folder, "tls.key")
        );
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.crt"), pki.AuthorityPem);
        await File.WriteAllTextAsync(certificateFile, certificate);
        await File.WriteAllTextAsync(keyFile, key);
        var host = await SimulatorHost.StartAsync(
            new()
            {
                Listen = new(IPAddress.Loopback, 0),
                Control = new(IPAddress.Loopback, 0),
                TlsCert = certificateFile,
                TlsKey = keyFile,
                FirstStanzaAfter = FirstStanzaAfter,
                CompressAbove = CompressAbove,
                Journal = 10_000,
            }
        );
        return new(host, folder) { LogLevel = arguments.LogLevel, Flood = arguments.Flood };
    }

    /// <summary>The gateway, the session pods and the database, which the first that asks starts.</summary>
    internal Task<ApiWorld> ApiAsync() => _api.Value;

    /// <summary>Reads from the control API.</summary>
    public async Task<JsonNode> GetAsync(string path) =>
        (await _http.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>Orders something.</summary>
    /// <exception cref="CellException">It was refused; says why.</exception>
    public Task<JsonNode?> PostAsync(string path, object body) =>
        AnsweredAsync(path, _http.PostAsJsonAsync(path, body));

    /// <inheritdoc cref="PostAsync"/>
    public Task<JsonNode?> PutAsync(string path, object body) =>
        AnsweredAsync(path, _http.PutAsJsonAsync(path, body));

    /// <summary>Gives a phone a picture.</summary>
    /// <exception cref="CellException">It was refused; says why.</exception>
    public async Task PutJpegAsync(string path, byte[] jpeg)
    {
        using var content = new ByteArrayContent(jpeg);
        content.Headers.ContentType = new("image/jpeg");
        await AnsweredAsync(path, _http.PutAsync(path, content));
    }

    /// <summary>How many companion devices the phone lists.</summary>
    public async Task<int> DevicesAsync(string number) =>
        (await GetAsync($"/phones/{number}"))["devices"]!.AsArray().Count;

    /// <summary>What was seen of one device of a phone, by its number.</summary>
    public async Task<JsonNode> SessionAsync(string number, int device) =>
        (await GetAsync($"/sessions?number={number}"))
            .AsArray()
            .FirstOrDefault(s => (int)s!["device"]! == device)
        ?? throw new CellException($"the phone {number} does not list its device {device}");

    /// <summary>The simulator's events of a kind about one device's phone.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string kind, string number) =>
        [
            .. (await GetAsync("/events?limit=20000"))
                .AsArray()
                .Where(e =>
                    (string)e!["kind"]! == kind
                    && ((string?)e["device"])?.StartsWith(number, StringComparison.Ordinal) == true
                )
                .Select(e => $"{kind}: {e!["detail"]}"),
        ];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_api is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await _api.Value).DisposeAsync();
        _http.Dispose();
        await _host.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<JsonNode?> AnsweredAsync(
        string path,
        Task<HttpResponseMessage> request
    )
    {
        using var response = await request;
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
            throw new CellException($"simulator: {path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }
}
