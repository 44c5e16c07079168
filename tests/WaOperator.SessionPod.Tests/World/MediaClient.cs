using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>What came of a request for a file.</summary>
internal sealed record GivenFile(
    int Status,
    byte[] Bytes,
    HttpResponseHeaders Headers,
    HttpContentHeaders Content
)
{
    /// <summary>The answer as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Bytes)!;

    /// <summary>How the problem's type ends.</summary>
    public string Slug => ((string)Json["type"]!)[WaOperator.Api.ProblemAnswer.TypePrefix.Length..];
}

/// <summary>A tenant's program that sends and loads files.</summary>
internal sealed class MediaClient : IDisposable
{
    private readonly HttpClient _http;

    public MediaClient(Uri pod, string? key = PodWorld.ApiKey)
    {
        _http = new HttpClient(
            new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }
        )
        {
            BaseAddress = pod,
            Timeout = TimeSpan.FromMinutes(2),
        };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    /// <summary>Uploads a body, which is sent once the pod says that it wants it.</summary>
    public Task<GivenFile> UploadAsync(
        string session,
        HttpContent content,
        string? type = "image/jpeg",
        string? kind = null
    )
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"/v1/sessions/ns/{session}/media{(kind is null ? "" : $"?kind={kind}")}"
        )
        {
            Content = content,
        };
        if (type is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        request.Headers.ExpectContinue = true;
        return AskAsync(request);
    }

    /// <summary>Uploads a file that must be taken.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> UploadedAsync(
        string session,
        byte[] bytes,
        string type = "application/pdf",
        string? kind = null
    )
    {
        var answer = await UploadAsync(session, new ByteArrayContent(bytes), type, kind);
        answer.Status.ShouldBe(201, System.Text.Encoding.UTF8.GetString(answer.Bytes));
        return (string)answer.Json["id"]!;
    }

    /// <summary>Asks for a file.</summary>
    public Task<GivenFile> LoadAsync(
        string session,
        string id,
        Action<HttpRequestHeaders>? headers = null
    )
    {
        var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"/v1/sessions/ns/{session}/media/{id}"
        );
        headers?.Invoke(request.Headers);
        return AskAsync(request);
    }

    /// <summary>Forgets a file.</summary>
    public Task<GivenFile> DeleteAsync(string session, string id) =>
        AskAsync(new(HttpMethod.Delete, $"/v1/sessions/ns/{session}/media/{id}"));

    /// <summary>Any request.</summary>
    public async Task<GivenFile> AskAsync(HttpRequestMessage request)
    {
        using (request)
        using (
            var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead)
        )
        {
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            // Read before the content is disposed of.
            _ = answer.Content.Headers.ContentLength;
            return new((int)answer.StatusCode, bytes, answer.Headers, answer.Content.Headers);
        }
    }

    public void Dispose() => _http.Dispose();
}
