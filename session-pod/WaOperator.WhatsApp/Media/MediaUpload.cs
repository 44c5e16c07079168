using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace WaOperator.WhatsApp.Media;

/// <summary>Uploads one file: encrypts it into a spool, then gives that to the first host that takes it.</summary>
internal sealed class MediaUpload(MediaClient client, HttpClient http, MediaTransfers.Slot slot)
{
    private const int MaxAnswer = 64 * 1024;

    public async Task<MediaReference> RunAsync(MediaKind kind, Stream source, CancellationToken ct)
    {
        var options = client.Options;
        var mediaKey = RandomNumberGenerator.GetBytes(MediaKeys.MediaKeySize);
        using var keys = MediaKeys.Derive(mediaKey, kind);
        await using var spool = Spool.Create(options.TempFolder);
        var file = await MediaEncryptor.EncryptAsync(
            source,
            spool,
            keys,
            slot,
            options.MaxBytes,
            ct
        );
        var (path, url) = await StoreAsync(kind, file, spool, ct);
        return new()
        {
            Kind = kind,
            DirectPath = path,
            Url = url,
            MediaKey = mediaKey,
            FileSha256 = file.Sha256,
            FileEncSha256 = file.EncSha256,
            FileLength = file.Length,
            MediaKeyTimestamp = client.Time.GetUtcNow().ToUnixTimeSeconds(),
        };
    }

    private async Task<(string Path, string? Url)> StoreAsync(
        MediaKind kind,
        EncryptedFile file,
        Stream spool,
        CancellationToken ct
    )
    {
        var failures = new List<string>();
        // A second round with new hosts and a new token: the old ones may have expired early.
        foreach (var renew in (bool[])[false, true])
        {
            var hosts = await client.HostsAsync(renew, ct);
            foreach (var host in hosts.Hosts)
            {
                var address = MediaUrls.Upload(
                    client.Scheme,
                    host,
                    hosts.Auth,
                    kind,
                    file.EncSha256
                );
                var (stored, failure) = await PostAsync(address, file, spool, ct);
                if (stored is { } found)
                    return found;
                failures.Add($"{host}: {failure}");
            }
        }
        throw new MediaException($"No media host took the file. {string.Join("; ", failures)}");
    }

    private async Task<((string, string?)? Stored, string? Failure)> PostAsync(
        Uri address,
        EncryptedFile file,
        Stream spool,
        CancellationToken ct
    )
    {
        using var guard = new StallGuard(client.Options.StallTimeout, client.Time, ct);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address);
            request.Content = new SpoolContent(
                spool,
                file.EncryptedLength,
                slot.Input,
                guard.Progress
            );
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(
                "application/octet-stream"
            );
            using var response = await http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                guard.Token
            );
            if (response.StatusCode == HttpStatusCode.RequestEntityTooLarge)
                throw new MediaException("The media host says that the file is too large.");
            return response.IsSuccessStatusCode
                ? Read(await AnswerAsync(response, guard.Token))
                : (null, $"HTTP {(int)response.StatusCode}");
        }
        catch (Exception e) when (guard.IsHostsFault(e))
        {
            return (null, guard.Explain(e));
        }
    }

    private async Task<ReadOnlyMemory<byte>> AnswerAsync(
        HttpResponseMessage response,
        CancellationToken ct
    )
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        // What was to be sent is sent: the buffer is free. Its size is the most that an answer may have.
        var answer = slot.Output[..MaxAnswer];
        return answer[..await stream.ReadAtLeastAsync(answer, MaxAnswer, false, ct)];
    }

    private static ((string, string?)?, string?) Read(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return Text(json.RootElement, "direct_path") is ['/', ..] path
                ? ((path, Text(json.RootElement, "url")), null)
                : (null, "the answer holds no direct_path");
        }
        catch (JsonException)
        {
            return (null, "the answer is no JSON");
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
