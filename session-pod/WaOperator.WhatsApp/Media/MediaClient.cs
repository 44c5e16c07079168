using System.Diagnostics.CodeAnalysis;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Media;

/// <summary>The files of one connection. Made with the first transfer: a session that has none pays nothing.</summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A token source without a timer holds nothing, and one may be cancelled late."
)]
internal sealed class MediaClient(
    IStanzaLink link,
    Task loggedIn,
    Vault vault,
    WhatsAppRuntime runtime,
    ProxyAddress? proxy,
    Func<bool> isClosed,
    CancellationToken ended
)
{
    private readonly Dictionary<string, TaskCompletionSource<BinaryNode>> _requests = new(
        StringComparer.Ordinal
    );
    private readonly CancellationTokenSource _left = new();
    private Task<MediaHosts>? _asked;
    private MediaHosts? _hosts;
    private long _hostsAt;

    public MediaOptions Options => runtime.Options.Media;

    public TimeProvider Time => runtime.Time;

    public string Scheme => runtime.MediaHttp.Scheme;

    public MediaResilience Resilience => runtime.MediaHttp.Resilience;

    /// <summary>Which host failed, and why.</summary>
    public string Tell(string host, HostTry tried) => $"{Scheme}://{host}: {tried.Reason}";

    /// <summary>A sentence about failures in general: why the hosts are asked as they are, where that may be the mistake.</summary>
    public string AboutScheme =>
        Scheme == "http"
            ? " (Media hosts are asked by http because the server's address is ws://; if they speak TLS, so must it: wss://.)"
            : "";

    public async Task<MediaReference> UploadAsync(
        MediaKind kind,
        Stream source,
        CancellationToken ct
    )
    {
        MediaReference? uploaded = null;
        await TransferAsync(
            async (route, slot, both) =>
                uploaded = await new MediaUpload(this, route, slot).RunAsync(kind, source, both),
            ct
        );
        return uploaded!;
    }

    public async Task DownloadAsync(MediaReference file, Stream destination, CancellationToken ct)
    {
        if (file.FileLength > Options.MaxBytes)
            throw new MediaException(
                $"The file has {file.FileLength} bytes; {Options.MaxBytes} are the most that is taken."
            );
        using var decryptor = new MediaDecryptor(file, Options.MaxBytes);
        await TransferAsync(
            (route, slot, both) =>
                new MediaDownload(this, route, slot, file, decryptor, destination).RunAsync(both),
            ct
        );
    }

    /// <summary>The connection is closed by us: the next one may go another way, and no transfer continues on this one.</summary>
    public void Leave() => _left.Cancel();

    private async Task TransferAsync(
        Func<MediaRoute, MediaTransfers.Slot, CancellationToken, Task> transfer,
        CancellationToken ct
    )
    {
        // Asked here, where closing finds this object and can end what follows.
        if (isClosed())
            Leave();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, _left.Token);
        try
        {
            using var slot = await runtime.MediaTransfers.EnterAsync(both.Token);
            using var way = runtime.MediaHttp.Take(proxy);
            await transfer(way.Route, slot, both.Token);
        }
        catch (OperationCanceledException e)
            when (_left.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new MediaException("The connection was closed, and the transfer with it.", e);
        }
    }

    public async Task<MediaReference> RequestAsync(
        MediaReference file,
        MessageReference message,
        CancellationToken ct
    )
    {
        TaskCompletionSource<BinaryNode> answer;
        lock (_requests)
        {
            if (!_requests.TryGetValue(message.Id, out answer!))
                _requests[message.Id] = answer = new(
                    TaskCreationOptions.RunContinuationsAsynchronously
                );
        }
        try
        {
            await AfterLoginAsync(ct);
            var me = vault.Credentials.Me!.Value;
            await link.SendAsync(MediaRetry.Request(message, file.MediaKey, me)).WaitAsync(ct);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, ended);
            var notification = await answer.Task.WaitAsync(
                Options.RetryTimeout,
                Time,
                either.Token
            );
            return file with
            {
                DirectPath = MediaRetry.ReadAnswer(notification, message.Id, file.MediaKey),
                Url = null,
            };
        }
        catch (TimeoutException)
        {
            throw new MediaUnavailableException(
                $"The phone did not answer within {Options.RetryTimeout.TotalSeconds:0} s; it may be off.",
                null
            );
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new MediaException("The connection ended before the phone answered.", e);
        }
        finally
        {
            lock (_requests)
                _requests.Remove(message.Id);
        }
    }

    /// <summary>A phone answers. No one may be waiting any more.</summary>
    public void Answered(BinaryNode notification)
    {
        lock (_requests)
        {
            if (notification["id"] is { } id && _requests.TryGetValue(id, out var request))
                request.TrySetResult(notification);
        }
    }

    /// <summary>Where files are, asked for once for as long as the server says.</summary>
    /// <param name="renew">Ask again: what is known did not help.</param>
    /// <param name="ct">Gives up waiting.</param>
    public async Task<MediaHosts> HostsAsync(bool renew, CancellationToken ct)
    {
        Task<MediaHosts> asked;
        lock (_requests)
        {
            if (_hosts is { } known && !renew && Time.GetElapsedTime(_hostsAt) < known.Ttl)
                return known;
            if (_asked is null or { IsCompleted: true })
                _asked = AskAsync();
            asked = _asked;
        }
        return await asked.WaitAsync(ct);
    }

    private async Task AfterLoginAsync(CancellationToken ct)
    {
        if (loggedIn.IsCompleted)
            return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, ended);
        await loggedIn.WaitAsync(either.Token);
    }

    private async Task<MediaHosts> AskAsync()
    {
        try
        {
            await AfterLoginAsync(ended);
            var answer = await link.QueryAsync(MediaHosts.Query(), "to name the hosts for files");
            var hosts = MediaHosts.Read(answer);
            lock (_requests)
                (_hosts, _hostsAt) = (hosts, Time.GetTimestamp());
            return hosts;
        }
        catch (Exception e) when (e is QueryRefusedException or TimeoutException)
        {
            throw new MediaException(e.Message, e);
        }
        catch (OperationCanceledException e)
        {
            throw new MediaException("The connection ended before the server named a host.", e);
        }
    }
}
