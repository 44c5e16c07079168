using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>WhatsApp: the simulator over TLS, as a process of its own, and the phones in it.</summary>
internal sealed class Phones : IAsyncDisposable
{
    private readonly Child _simulator;
    private readonly HttpClient _control;

    private Phones(Child simulator, JsonNode hello, string authorityFile)
    {
        _simulator = simulator;
        _control = new() { BaseAddress = new((string)hello["control"]!) };
        Url = new((string)hello["url"]!);
        RootKey = (string)hello["rootKey"]!;
        AuthorityFile = authorityFile;
    }

    /// <summary>Where clients connect.</summary>
    public Uri Url { get; }

    /// <summary>The root of the server's Noise certificates, in hex.</summary>
    public string RootKey { get; }

    /// <summary>PEM of the authority that clients must trust.</summary>
    public string AuthorityFile { get; }

    /// <summary>Starts the simulator on free ports.</summary>
    /// <param name="pki">Who its certificate is from.</param>
    /// <param name="folder">For its files.</param>
    /// <param name="authorityFile">PEM of that authority.</param>
    public static async Task<Phones> StartAsync(Pki pki, string folder, string authorityFile)
    {
        var (certificate, key) = pki.Server("localhost");
        var files = (
            Certificate: Path.Combine(folder, "simulator.crt"),
            Key: Path.Combine(folder, "simulator.key")
        );
        await File.WriteAllTextAsync(files.Certificate, certificate);
        await File.WriteAllTextAsync(files.Key, key);
        JsonNode? hello = null;
        var child = Child.Start(
            "tools/WaOperator.Simulator",
            new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Warning" },
            [
                "--listen",
                "127.0.0.1:0",
                "--control",
                "127.0.0.1:0",
                "--tls-cert",
                files.Certificate,
                "--tls-key",
                files.Key,
            ],
            line =>
            {
                if (line.StartsWith("{\"event\":\"listening\"", StringComparison.Ordinal))
                    hello = JsonNode.Parse(line);
            }
        );
        await Eventually.True("the simulator listens", () => hello is not null || child.HasExited);
        return hello is { } said
            ? new(child, said, authorityFile)
            : throw new InvalidOperationException($"the simulator ended:\n{child.Tail}");
    }

    /// <summary>Links what shows a code to the phone of that number.</summary>
    public Task ScanAsync(string number, string code) =>
        PostAsync($"/phones/{number}/scan", new { qr = code });

    /// <summary>The phone's owner takes all linked devices off it: their sessions are logged out.</summary>
    public Task UnlinkAsync(string number) => PostAsync($"/phones/{number}/unlink", new { });

    /// <summary>Orders something of the simulator's control API (tools/WaOperator.Simulator/README.md), such as a fault.</summary>
    public async Task PostAsync(string path, object body)
    {
        using var answer = await _control.PostAsJsonAsync(path, body);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(
                $"simulator: POST {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
            );
    }

    /// <summary>Ends the faults.</summary>
    public async Task MendAsync()
    {
        using var answer = await _control.DeleteAsync(new Uri("/faults", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What the simulator says.</summary>
    public async Task<JsonNode> GetAsync(string path) =>
        (await _control.GetFromJsonAsync<JsonNode>(path))!;

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        await _simulator.DisposeAsync();
    }
}
