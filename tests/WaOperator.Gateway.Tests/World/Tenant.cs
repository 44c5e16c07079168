using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace WaOperator.Gateway.Tests.World;

/// <summary>An answer as it came.</summary>
internal sealed record Answer(int Status, JsonNode? Body, HttpResponseHeaders Headers)
{
    /// <summary>The kind of the problem, as its type ends.</summary>
    public string? Slug => ((string?)Body?["type"])?["urn:wa:problem:".Length..];
}

/// <summary>A tenant's program.</summary>
internal sealed class Tenant : IDisposable
{
    private readonly HttpClient _http;

    public Tenant(TestGateway gateway, string? key = GatewayWorld.ApiKey)
    {
        _http = new HttpClient { BaseAddress = gateway.Api, Timeout = TimeSpan.FromSeconds(60) };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    public HttpClient Http => _http;

    public Task<Answer> GetAsync(string path) => AskAsync(new(HttpMethod.Get, path));

    public Task<Answer> PostAsync(
        string path,
        string json,
        string? idempotencyKey = null,
        string type = "application/json"
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, type),
        };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        return AskAsync(request);
    }

    public async Task<Answer> AskAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return new(
                (int)answer.StatusCode,
                text.Length > 0 && text[0] == '{' ? JsonNode.Parse(text) : null,
                answer.Headers
            );
        }
    }

    public void Dispose() => _http.Dispose();
}
