using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Benchmarks.Api.World;

/// <summary>A program of a tenant.</summary>
internal sealed class ApiCaller : IDisposable
{
    private readonly HttpClient _http;

    public ApiCaller(int port) =>
        _http = new(new SocketsHttpHandler { PooledConnectionLifetime = Timeout.InfiniteTimeSpan })
        {
            BaseAddress = new(
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")
            ),
            Timeout = TimeSpan.FromMinutes(5),
        };

    /// <summary>Shows a session.</summary>
    public Task ShowAsync(ApiSession session) =>
        AnsweredAsync(session, HttpMethod.Get, session.Path, null);

    /// <summary>Queues a text, durably.</summary>
    public Task SendAsync(ApiSession session, string to, string text) =>
        AnsweredAsync(
            session,
            HttpMethod.Post,
            session.Path + "/messages",
            JsonContent.Create(new { to, text })
        );

    /// <summary>Uploads a document.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> UploadAsync(ApiSession session, Stream file)
    {
        var content = new StreamContent(file, 64 * 1024);
        content.Headers.ContentType = new("application/octet-stream");
        var answer = await AnsweredAsync(
            session,
            HttpMethod.Post,
            session.Path + "/media?kind=document",
            content
        );
        return (string)answer!["id"]!;
    }

    /// <summary>Loads a file.</summary>
    public async Task LoadAsync(ApiSession session, string id, Stream into)
    {
        using var answer = await AskAsync(
            session,
            HttpMethod.Get,
            $"{session.Path}/media/{id}",
            null
        );
        await answer.Content.CopyToAsync(into);
    }

    /// <summary>Opens the stream of a session's events and waits for its head.</summary>
    public Task<HttpResponseMessage> FollowAsync(ApiSession session) =>
        AskAsync(session, HttpMethod.Get, session.Path + "/events", null);

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode?> AnsweredAsync(
        ApiSession session,
        HttpMethod method,
        string path,
        HttpContent? content
    )
    {
        using var answer = await AskAsync(session, method, path, content);
        return await answer.Content.ReadFromJsonAsync<JsonNode>();
    }

    /// <exception cref="InvalidOperationException">It was refused.</exception>
    private async Task<HttpResponseMessage> AskAsync(
        ApiSession session,
        HttpMethod method,
        string path,
        HttpContent? content
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.Key);
        var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw new InvalidOperationException(
                $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
            );
    }
}
