using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A tenant's program: sends, asks, follows.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiClient(Uri pod, string? key = PodWorld.ApiKey)
    {
        _http = new HttpClient { BaseAddress = pod, Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                key
            );
    }

    /// <summary>Any request; status and JSON body.</summary>
    public async Task<(int Status, JsonNode? Body, string? Type)> AskAsync(
        HttpMethod method,
        string path,
        HttpContent? body = null
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (
            (int)answer.StatusCode,
            text.Length > 0 && text[0] == '{' ? JsonNode.Parse(text) : null,
            answer.Content.Headers.ContentType?.MediaType
        );
    }

    public Task<(int Status, JsonNode? Body, string? Type)> GetAsync(string path) =>
        AskAsync(HttpMethod.Get, path);

    public async Task<(int Status, JsonNode? Body, string? Type)> SendAsync(
        string session,
        object body
    )
    {
        using var content = JsonContent.Create(body);
        return await AskAsync(HttpMethod.Post, $"/v1/sessions/ns/{session}/messages", content);
    }

    /// <summary>Sends a text that must be accepted.</summary>
    public async Task<string> TextAsync(string session, string to, string text, string? id = null)
    {
        var (status, body, _) = await SendAsync(
            session,
            id is null
                ? new { to, text }
                : (object)
                    new
                    {
                        to,
                        text,
                        id,
                    }
        );
        status.ShouldBe(202, body?.ToJsonString());
        return (string)body!["id"]!;
    }

    /// <summary>Waits until a message has a state.</summary>
    public Task StateAsync(string session, string id, string state) =>
        Eventually.True(
            $"message {id} of {session} is {state}",
            async () =>
                (string?)(await GetAsync($"/v1/sessions/ns/{session}/messages/{id}")).Body?["state"]
                == state
        );

    /// <summary>Begins to follow a session's events.</summary>
    public async Task<EventReader> FollowAsync(string session, long? after = null)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"/v1/sessions/ns/{session}/events"
        );
        if (after is { } last)
            request.Headers.Add("Last-Event-ID", $"{last}");
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        return new EventReader(answer);
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>An event as it came.</summary>
internal sealed record SeenEvent(long? Id, string Type, JsonNode Data);

/// <summary>A stream of events.</summary>
internal sealed class EventReader(HttpResponseMessage answer) : IDisposable
{
    private StreamReader? _reader;

    /// <summary>Comments that came so far.</summary>
    public int Comments { get; private set; }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<SeenEvent?> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        _reader ??= new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        var (id, type, data) = ((long?)null, "message", new List<string>());
        while (await _reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Length == 0 && data.Count > 0)
                return new SeenEvent(
                    id,
                    type,
                    JsonNode.Parse(string.Join('\n', data)) ?? throw new JsonException("null")
                );
            var (field, value) = line.Split(": ", 2) is [var f, var v] ? (f, v) : (line, "");
            if (field == "id")
                id = long.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
            else if (field == "event")
                type = value;
            else if (field == "data")
                data.Add(value);
            else if (field.Length == 0 || line[0] == ':')
                Comments++;
        }
        return null;
    }

    /// <summary>The next event of a type.</summary>
    public async Task<SeenEvent> NextAsync(string type)
    {
        while (await NextAsync() is { } seen)
            if (seen.Type == type)
                return seen;
        throw new EndOfStreamException($"the stream ended before an event {type}");
    }

    public void Dispose()
    {
        _reader?.Dispose();
        answer.Dispose();
    }
}
