using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace WaOperator.WhatsApp.Media;

/// <summary>Uploads one file: encrypts it into a spool, then gives that to the first host that takes it.</summary>
internal sealed class MediaUpload(MediaClient client, MediaRoute route, MediaTransfers.Slot slot)
{
    private const int MaxAnswer = 64 * 1024;

    /// <summary>Rounds over all hosts. Before the second they are asked for again: names and token may have expired early.</summary>
    private const int Rounds = 2;

    private readonly List<string> _failures = [];
    private MediaHosts? _hosts;
    private int _host;
    private int _round;
    private (string Path, string? Url)? _stored;

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
        await client.Resilience.RunAsync(token => NextAsync(kind, file, spool, token), ct);
        return _stored
            ?? throw new MediaException(
                $"No media host took the file. {string.Join("; ", _failures)}{client.AboutScheme}"
            );
    }

    private async ValueTask<Decision> NextAsync(
        MediaKind kind,
        EncryptedFile file,
        Stream spool,
        CancellationToken ct
    )
    {
        _hosts ??= await client.HostsAsync(renew: _round > 0, ct);
        var host = _hosts.Hosts[_host++];
        var address = MediaUrls.Upload(client.Scheme, host, _hosts.Auth, kind, file.EncSha256);
        var tried = await route.TryAsync(host, token => PostAsync(address, file, spool, token), ct);
        if (tried.Outcome is HostOutcome.Done)
            return default;
        _failures.Add(client.Tell(host, tried));
        if (_host < _hosts.Hosts.Count)
            return new(Next.AtOnce);
        (_hosts, _host) = (null, 0);
        return ++_round < Rounds ? new(Next.AfterPause, tried.RetryAfter) : default;
    }

    private async ValueTask<HostTry> PostAsync(
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
            using var response = await route.Http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                guard.Token
            );
            if (response.StatusCode == HttpStatusCode.RequestEntityTooLarge)
                throw new MediaException("The media host says that the file is too large.");
            return response.IsSuccessStatusCode
                ? Read(await AnswerAsync(response, guard.Token))
                : HostTry.Refused(response);
        }
        catch (Exception e) when (guard.IsHostsFault(e))
        {
            return HostTry.Unreachable(guard.Explain(e));
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

    private HostTry Read(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            if (Text(json.RootElement, "direct_path") is not ['/', ..] path)
                return HostTry.Refused("the answer holds no direct_path");
            _stored = (path, Text(json.RootElement, "url"));
            return HostTry.Done;
        }
        catch (JsonException)
        {
            return HostTry.Refused("the answer is not JSON");
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
