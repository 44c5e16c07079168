using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Interop.Api;

/// <summary>One session: calls of its API, and what its tenant declares of it.</summary>
internal sealed class ApiSession(ApiWorld world, SessionRow row)
{
    private readonly string _path = $"/v1/sessions/{row.Namespace}/{row.Name}";

    /// <summary>Declares that it runs, or is stopped, and waits until it says that it is.</summary>
    public async Task BeAsync(DesiredState desired, string phase)
    {
        await world.WantAsync(row with { Desired = desired });
        await PhaseAsync(phase);
    }

    /// <summary>Waits for what it says of itself.</summary>
    public async Task PhaseAsync(string phase)
    {
        var seen = "";
        await Expect.EventuallyAsync(
            $"{row.Name} is {phase}",
            async () =>
            {
                var session = await CallAsync(HttpMethod.Get, "");
                seen = session.ToJsonString();
                return (string?)session["phase"] == phase;
            },
            () => seen
        );
    }

    /// <summary>A call whose answer is JSON, or empty.</summary>
    /// <exception cref="CellException">It was refused; has the problem.</exception>
    public async Task<JsonObject> CallAsync(HttpMethod method, string path, object? body = null)
    {
        using var content = body is null ? null : JsonContent.Create(body);
        return Json(await BytesAsync(method, path, content));
    }

    /// <summary>Uploads a file.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> UploadAsync(string kind, string type, byte[] bytes)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.Add("Content-Type", type);
        return (string)
            Json(await BytesAsync(HttpMethod.Post, $"/media?kind={kind}", content))["id"]!;
    }

    /// <summary>A file.</summary>
    public Task<byte[]> DownloadAsync(string media) =>
        BytesAsync(HttpMethod.Get, $"/media/{media}");

    /// <summary>Opens the stream of events after one of them.</summary>
    public async Task<HttpResponseMessage> StreamAsync(string after, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _path + "/events");
        request.Headers.Add("Last-Event-ID", after);
        return await world.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
    }

    private async Task<byte[]> BytesAsync(
        HttpMethod method,
        string path,
        HttpContent? content = null
    )
    {
        using var request = new HttpRequestMessage(method, _path + path) { Content = content };
        using var answer = await world.Http.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        return answer.IsSuccessStatusCode
            ? bytes
            : throw new CellException(
                $"{method} {path}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(bytes)}"
            );
    }

    private static JsonObject Json(byte[] bytes) =>
        bytes.Length == 0 ? [] : JsonNode.Parse(bytes)!.AsObject();
}
