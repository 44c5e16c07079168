using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Simulator.Tests;

/// <summary>A simulator on free ports of the loopback, and its control API as a stranger uses it.</summary>
internal sealed class Simulation : IAsyncDisposable
{
    private readonly HttpClient _http;

    private Simulation(SimulatorHost host)
    {
        Host = host;
        _http = new() { BaseAddress = host.Control };
    }

    public SimulatorHost Host { get; }

    public static SimulatorOptions Options { get; } =
        new()
        {
            Listen = new(System.Net.IPAddress.Loopback, 0),
            Control = new(System.Net.IPAddress.Loopback, 0),
        };

    public static async Task<Simulation> StartAsync(SimulatorOptions? options = null) =>
        new(await SimulatorHost.StartAsync(options ?? Options));

    public async Task<JsonNode> GetAsync(string path) =>
        (await _http.GetFromJsonAsync<JsonNode>(path))!;

    public Task<byte[]> BytesAsync(string path) =>
        _http.GetByteArrayAsync(new Uri(path, UriKind.Relative));

    /// <summary>Sets a phone's picture, as its user does.</summary>
    public async Task SetPictureAsync(string number, byte[] jpeg)
    {
        using var body = new ByteArrayContent(jpeg);
        using var answer = await _http.PutAsync(
            new Uri($"/phones/{number}/picture", UriKind.Relative),
            body
        );
        answer.EnsureSuccessStatusCode();
    }

    public Task<HttpResponseMessage> PostAsync(string path, object body) =>
        _http.PostAsJsonAsync(path, body);

    public async Task<JsonNode> PostedAsync(string path, object body)
    {
        using var response = await PostAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(
            $"POST {path}: {(int)response.StatusCode} {text}"
        );
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public Task<HttpResponseMessage> DeleteAsync(string path) =>
        _http.DeleteAsync(new Uri(path, UriKind.Relative));

    public Task<HttpResponseMessage> PutAsync(string path, object body) =>
        _http.PutAsJsonAsync(path, body);

    /// <summary>How many devices the phone lists.</summary>
    public async Task<int> DevicesAsync(string number) =>
        (await GetAsync($"/phones/{number}"))["devices"]!.AsArray().Count;

    /// <summary>What was seen of the phone's only device.</summary>
    public async Task<JsonNode> SessionAsync(string number) =>
        (await GetAsync($"/sessions?number={number}")).AsArray().Single()!;

    /// <summary>The events of a kind.</summary>
    public async Task<IReadOnlyList<JsonNode>> EventsAsync(string kind) =>
        [
            .. (await GetAsync("/events"))
                .AsArray()
                .Where(e => (string)e!["kind"]! == kind)
                .Select(e => e!),
        ];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Host.DisposeAsync();
    }
}
