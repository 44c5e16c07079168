using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Media;

/// <summary>
/// The media hosts: takes encrypted files by POST /mms/KIND/TOKEN, gives them by GET of their direct path. Same port and
/// certificate as the WebSocket. Nothing here can read a file.
/// </summary>
internal sealed class MediaHost(WhatsAppServer server, MediaStore store)
{
    private const string UploadPath = "/mms/";
    private const string DownloadPath = "/v/";
    private const int TokenSize = 32;
    private const int Ttl = 3600;

    private readonly string _auth = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>The files.</summary>
    public MediaStore Store => store;

    /// <summary>Faults that the control API has ordered.</summary>
    public MediaFaults Faults { get; } = new();

    /// <summary>The hosts that clients are told; empty: the one that they are connected to.</summary>
    public IReadOnlyList<string> Hosts { get; set; } = [];

    /// <summary>Whether a request is for the media hosts.</summary>
    public static bool IsMedia(HttpRequest request) =>
        request.Path.StartsWithSegments("/mms", StringComparison.Ordinal)
        || request.Path.StartsWithSegments("/v", StringComparison.Ordinal);

    /// <summary>The direct path of a file: with a query, to which clients append.</summary>
    public static string DirectPath(string name) =>
        $"{DownloadPath}t62.7118-24/{name}?ccb=11-4&oh=01";

    /// <summary>Answers the query for the media hosts.</summary>
    public BinaryNode Answer(Device device, BinaryNode iq)
    {
        Handlers.Strict.Child(iq, "set", "media_conn");
        string[] hosts = Hosts.Count > 0 ? [.. Hosts] : [device.Connection?.Host ?? "localhost"];
        server.Ledger.Count("mediaConn");
        return Stanzas.Result(
            iq,
            new BinaryNode("media_conn")
            {
                ["auth"] = _auth,
                ["ttl"] = Stanzas.Text(Ttl),
                ["auth_ttl"] = Stanzas.Text(Ttl),
                ["max_buckets"] = "12",
                Children =
                [
                    .. hosts.Select(host => new BinaryNode("host") { ["hostname"] = host }),
                ],
            }
        );
    }

    /// <summary>Serves a request.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "";
        try
        {
            if (
                HttpMethods.IsPost(http.Request.Method)
                && path.StartsWith(UploadPath, StringComparison.Ordinal)
            )
                await TakeAsync(http, path);
            else if (
                HttpMethods.IsGet(http.Request.Method)
                && path.StartsWith(DownloadPath, StringComparison.Ordinal)
            )
                await GiveAsync(http, path);
            else
                throw new MediaRefusedException(
                    405,
                    "files are uploaded by POST to /mms/, and loaded by GET from /v/"
                );
        }
        catch (MediaRefusedException e)
        {
            server.Ledger.Note(
                "mediaRefused",
                null,
                $"{http.Request.Method} {path}: {e.Status} {e.Message}"
            );
            http.Response.StatusCode = e.Status;
            await http.Response.WriteAsync(e.Message + "\n");
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            server.Ledger.Count("mediaBroken");
            http.Abort();
        }
    }

    private async Task TakeAsync(HttpContext http, string path)
    {
        var request = http.Request;
        var fault = Meet(MediaUse.Upload, path);
        if (request.Query["auth"] != _auth)
            throw new MediaRefusedException(401, "wrong auth: ask for media_conn");
        var token = path[(path.LastIndexOf('/') + 1)..];
        if (Decode(token) is not { } sha256 || request.Query["token"] != token)
            throw new MediaRefusedException(
                400,
                "the token must be the SHA-256 in base64url, in path and query"
            );
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = store.MaxFile + 1;
        if (request.ContentLength > store.MaxFile)
            throw new MediaRefusedException(413, $"longer than {store.MaxFile} bytes");
        if (fault?.CutAfter is { } cut)
        {
            await SkipAsync(request.Body, cut, http.RequestAborted);
            http.Abort();
            return;
        }
        var name = await store.PutAsync(request.Body, sha256, http.RequestAborted);
        server.Ledger.Count("mediaUploads");
        var directPath = DirectPath(name);
        await http.Response.WriteAsJsonAsync(
            new { url = $"{request.Scheme}://{request.Host}{directPath}", direct_path = directPath }
        );
    }

    private async Task GiveAsync(HttpContext http, string path)
    {
        var fault = Meet(MediaUse.Download, path);
        if (server.Pictures.Load(path) is { } picture)
        {
            await Results.Bytes(picture, "image/jpeg").ExecuteAsync(http);
            return;
        }
        var name = path[(path.LastIndexOf('/') + 1)..];
        if (
            http.Request.Query["hash"] is [{ } hash]
            && (Decode(hash) is not { } sha256 || MediaStore.NameOf(sha256) != name)
        )
            throw new MediaRefusedException(400, "the hash is not that of the file");
        if (store.Find(name) is not { } file)
            throw new MediaRefusedException(404, "no such file");
        server.Ledger.Count("mediaDownloads");
        if (fault?.CutAfter is { } cut)
        {
            await CutAsync(http, file, cut);
            return;
        }
        await Results
            .File(file, "application/octet-stream", enableRangeProcessing: true)
            .ExecuteAsync(http);
    }

    private MediaFault? Meet(MediaUse use, string path)
    {
        var fault = Faults.Meet(use, path);
        return fault?.Status is { } status
            ? throw new MediaRefusedException(status, "as was ordered")
            : fault;
    }

    /// <summary>Both forms of base64url are in use, with and without padding.</summary>
    private static byte[]? Decode(string token)
    {
        var bytes = new byte[TokenSize];
        return
            Base64Url.IsValid(token)
            && Base64Url.TryDecodeFromChars(token, bytes, out var count)
            && count == TokenSize
            ? bytes
            : null;
    }

    private static async Task SkipAsync(Stream body, long count, CancellationToken ct)
    {
        var buffer = new byte[4096];
        while (count > 0)
        {
            var read = await body.ReadAsync(
                buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)),
                ct
            );
            if (read == 0)
                return;
            count -= read;
        }
    }

    private static async Task CutAsync(HttpContext http, string path, long after)
    {
        await using var file = File.OpenRead(path);
        var from = 0L;
        if (http.Request.GetTypedHeaders().Range?.Ranges.FirstOrDefault()?.From is { } start)
        {
            from = start;
            http.Response.StatusCode = StatusCodes.Status206PartialContent;
            http.Response.Headers.ContentRange = $"bytes {start}-{file.Length - 1}/{file.Length}";
        }
        file.Position = from;
        http.Response.ContentLength = file.Length - from;
        var buffer = new byte[Math.Min(after, file.Length - from)];
        await file.ReadExactlyAsync(buffer, http.RequestAborted);
        await http.Response.Body.WriteAsync(buffer, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        http.Abort();
    }
}
