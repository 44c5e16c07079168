using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace WaOperator.Chaos.Cluster;

/// <summary>The API server, through a <c>kubectl proxy</c> of our own, which knows how to log in.</summary>
internal sealed partial class ClusterApi : IDisposable
{
    private readonly Process _proxy;
    private readonly HttpClient _http;

    private ClusterApi(Process proxy, Uri address)
    {
        _proxy = proxy;
        _http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
    }

    /// <summary>Starts the proxy on a free port.</summary>
    public static async Task<ClusterApi> ConnectAsync()
    {
        var proxy = Process.Start(
            new ProcessStartInfo("kubectl", ["proxy", "--port=0"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            }
        )!;
        var line = await proxy.StandardOutput.ReadLineAsync() ?? "";
        var address = Address().Match(line);
        if (!address.Success)
            throw new InvalidOperationException(
                $"kubectl proxy did not start: '{line}'. Is the cluster up (hack/cluster status)?"
            );
        return new(proxy, new("http://" + address.Value));
    }

    public Task<JsonNode> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<JsonNode> PostAsync(string path, string json) =>
        SendAsync(HttpMethod.Post, path, Body(json, "application/json"));

    /// <summary>A JSON merge patch: null takes a field away.</summary>
    public Task<JsonNode> PatchAsync(string path, string json) =>
        SendAsync(HttpMethod.Patch, path, Body(json, "application/merge-patch+json"));

    public Task<JsonNode> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null);

    /// <summary>Makes an object unless it is there.</summary>
    public async Task CreateAsync(string path, string json)
    {
        try
        {
            await PostAsync(path, json);
        }
        catch (HttpRequestException e) when (e.StatusCode == System.Net.HttpStatusCode.Conflict)
        {
            // It is there from an earlier run.
            return;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        if (!_proxy.HasExited)
            _proxy.Kill();
        _proxy.Dispose();
    }

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, HttpContent? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative))
        {
            Content = body,
        };
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException(
                $"{method} {path}: {(int)response.StatusCode} {text}",
                null,
                response.StatusCode
            );
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    private static StringContent Body(string json, string type) =>
        new(json, Encoding.UTF8, new MediaTypeHeaderValue(type));

    [GeneratedRegex(@"127\.0\.0\.1:\d+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
