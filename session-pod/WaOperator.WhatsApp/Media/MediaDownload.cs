using System.Net;
using System.Net.Http.Headers;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// Downloads one file: what comes is decrypted and passed on at once. A host that fails on the way is left for the
/// next one, which continues where it stopped.
/// </summary>
internal sealed class MediaDownload(
    MediaClient client,
    MediaRoute route,
    MediaTransfers.Slot slot,
    MediaReference file,
    MediaDecryptor decryptor,
    Stream destination
)
{
    /// <summary>Tries without any progress.</summary>
    private const int MaxFailures = 3;

    private readonly List<string> _failures = [];
    private long _received;
    private int _filled;
    private int _tries;
    private int _withoutProgress;
    private bool _isDone;
    private int? _gone;

    public async Task RunAsync(CancellationToken ct)
    {
        var hosts = (await client.HostsAsync(renew: false, ct)).Hosts;
        await client.Resilience.RunAsync(token => NextAsync(hosts, token), ct);
        if (_isDone)
            return;
        var told = string.Join("; ", _failures);
        throw _gone is { } status
            ? new MediaUnavailableException(
                $"The media hosts do not have the file any more. {told}",
                status,
                _received > _filled
            )
            : new MediaException($"The file could not be loaded. {told}{client.AboutScheme}");
    }

    private async ValueTask<Decision> NextAsync(IReadOnlyList<string> hosts, CancellationToken ct)
    {
        var before = _received;
        var host = hosts[_tries++ % hosts.Count];
        var tried = await route.TryAsync(host, token => RequestAsync(host, token), ct);
        _isDone = tried.Outcome is HostOutcome.Done;
        if (_isDone)
            return default;
        _failures.Add(client.Tell(host, tried));
        _withoutProgress = _received > before ? 0 : _withoutProgress + 1;
        // Each host has said it: another round will not change it.
        if (
            (_gone is not null && _tries >= hosts.Count)
            || _withoutProgress >= Math.Max(MaxFailures, hosts.Count)
        )
            return default;
        var isRoundOver = _withoutProgress > 0 && _tries % hosts.Count == 0;
        return isRoundOver ? new(Next.AfterPause, tried.RetryAfter) : new(Next.AtOnce);
    }

    private async ValueTask<HostTry> RequestAsync(string host, CancellationToken ct)
    {
        using var guard = new StallGuard(client.Options.StallTimeout, client.Time, ct);
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            MediaUrls.Download(client.Scheme, host, file)
        );
        if (_received > 0)
            request.Headers.Range = new RangeHeaderValue(_received, null);
        HttpResponseMessage response;
        try
        {
            response = await route.Http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                guard.Token
            );
        }
        catch (Exception e) when (guard.IsHostsFault(e))
        {
            return HostTry.Unreachable(guard.Explain(e));
        }
        using (response)
            return await ReadAsync(response, guard, ct);
    }

    private async Task<HostTry> ReadAsync(
        HttpResponseMessage response,
        StallGuard guard,
        CancellationToken ct
    )
    {
        long skip;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                skip = _received;
                break;
            case HttpStatusCode.PartialContent
                when response.Content.Headers.ContentRange?.From == _received:
                skip = 0;
                break;
            case HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone:
                _gone = (int)response.StatusCode;
                return HostTry.Refused(response);
            default:
                return HostTry.Refused(response);
        }
        if (await ReceiveAsync(response, skip, guard, ct) is { } failure)
            return failure;
        await DrainAsync(ct);
        var count = decryptor.Finish(slot.Input.Span[.._filled], slot.Output.Span);
        await destination.WriteAsync(slot.Output[..count], ct);
        return HostTry.Done;
    }

    /// <returns>Null at the end of the stored file, else what failed.</returns>
    private async Task<HostTry?> ReceiveAsync(
        HttpResponseMessage response,
        long skip,
        StallGuard guard,
        CancellationToken ct
    )
    {
        Stream? stream = null;
        try
        {
            while (true)
            {
                int count;
                try
                {
                    stream ??= await response.Content.ReadAsStreamAsync(guard.Token);
                    count = await stream.ReadAsync(slot.Input[_filled..], guard.Token);
                }
                catch (Exception e) when (guard.IsHostsFault(e))
                {
                    return HostTry.Unreachable(guard.Explain(e));
                }
                guard.Progress();
                if (count == 0)
                    return _received < StoredLength ? HostTry.Refused("it ended early") : null;
                var skipped = (int)Math.Min(skip, count);
                skip -= skipped;
                slot.Input.Slice(_filled + skipped, count - skipped).CopyTo(slot.Input[_filled..]);
                _filled += count - skipped;
                _received += count - skipped;
                if (_filled == slot.Input.Length)
                    await DrainAsync(ct);
            }
        }
        finally
        {
            if (stream is not null)
                await stream.DisposeAsync();
        }
    }

    /// <summary>The stored form's length, as far as the message gives the file's.</summary>
    private long StoredLength =>
        file.FileLength > 0
            ? (file.FileLength / MediaKeys.BlockSize + 1) * MediaKeys.BlockSize + MediaKeys.MacSize
            : 0;

    /// <summary>Decrypts what may be decrypted and passes it on; the rest moves to the buffer's front.</summary>
    private async Task DrainAsync(CancellationToken ct)
    {
        var usable = MediaDecryptor.Usable(_filled);
        if (usable == 0)
            return;
        var count = decryptor.Decrypt(slot.Input.Span[..usable], slot.Output.Span);
        slot.Input[usable.._filled].CopyTo(slot.Input);
        _filled -= usable;
        await destination.WriteAsync(slot.Output[..count], ct);
    }
}
