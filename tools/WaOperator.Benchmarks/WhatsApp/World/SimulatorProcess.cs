using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>The simulator in a process of its own, with TLS, and its control API.</summary>
internal sealed class SimulatorProcess : IAsyncDisposable
{
    private readonly Child _child;
    private readonly HttpClient _http;

    private SimulatorProcess(Child child, JsonNode hello, string authority)
    {
        _child = child;
        // By name, as WhatsApp's own address is one: TLS does less for a bare number, which it cannot know again.
        Url = new UriBuilder((string)hello["url"]!) { Host = "localhost" }.Uri;
        RootKey = (string)hello["rootKey"]!;
        Authority = authority;
        _http = new() { BaseAddress = new((string)hello["control"]!) };
    }

    public int Pid => _child.Pid;

    public Uri Url { get; }

    /// <summary>In hex.</summary>
    public string RootKey { get; }

    /// <summary>The file with the certificate that TLS must trust.</summary>
    public string Authority { get; }

    public static async Task<SimulatorProcess> StartAsync(string program, string folder)
    {
        using var pki = new Pki();
        var (certificate, key) = pki.Server("localhost");
        var files = (
            Authority: Path.Combine(folder, "ca.crt"),
            Certificate: Path.Combine(folder, "tls.crt"),
            Key: Path.Combine(folder, "tls.key")
        );
        await File.WriteAllTextAsync(files.Authority, pki.AuthorityPem);
        await File.WriteAllTextAsync(files.Certificate, certificate);
        await File.WriteAllTextAsync(files.Key, key);
        JsonNode? hello = null;
        var child = Child.Start(
            "dotnet",
            [
                program,
                "--listen",
                "127.0.0.1:0",
                "--control",
                "127.0.0.1:0",
                "--tls-cert",
                files.Certificate,
                "--tls-key",
                files.Key,
            ],
            // Nothing of it is measured; its log would cost as much as its work.
            new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Warning" },
            line =>
            {
                if (line.StartsWith("{\"event\":\"listening\"", StringComparison.Ordinal))
                    hello = JsonNode.Parse(line);
            }
        );
        await Eventually.True("the simulator listens", () => hello is not null || child.HasExited);
        return hello is { } said
            ? new(child, said, files.Authority)
            : throw new InvalidOperationException($"the simulator ended: {child.Tail}");
    }

    public async Task<JsonNode> GetAsync(string path) =>
        (await _http.GetFromJsonAsync<JsonNode>(path))!;

    public async Task PostAsync(string path, object body)
    {
        using var answer = await _http.PostAsJsonAsync(path, body);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(
                $"{path}: {await answer.Content.ReadAsStringAsync()}"
            );
    }

    /// <summary>How many devices are logged in and active.</summary>
    public async Task<int> ConnectedAsync() => (int)(await GetAsync("/stats"))["connected"]!;

    /// <summary>Whether the first device of a phone is connected.</summary>
    public async Task<bool> IsConnectedAsync(string phone) =>
        (bool)(await GetAsync($"/sessions?number={phone}")).AsArray().Single()!["connected"]!;

    /// <summary>A count of all devices.</summary>
    public async Task<long> CountAsync(string what) =>
        (long?)(await GetAsync("/stats"))["counts"]![what] ?? 0;

    /// <summary>A count of the first device of a phone.</summary>
    public async Task<long> CountAsync(string phone, string what) =>
        (long)(await GetAsync($"/sessions?number={phone}")).AsArray().Single()![what]!;

    /// <summary>Waits until a count has been reached.</summary>
    public Task ReachedAsync(string phone, string what, long wanted, TimeSpan limit) =>
        Eventually.True(
            string.Create(CultureInfo.InvariantCulture, $"{what} of {phone} reaches {wanted}"),
            async () => await CountAsync(phone, what) >= wanted,
            limit
        );

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _child.DisposeAsync();
    }
}
