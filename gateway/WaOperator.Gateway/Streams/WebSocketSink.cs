using System.Net.WebSockets;
using System.Text.Json;

namespace WaOperator.Gateway.Streams;

/// <summary>A WebSocket: each event is a text frame, and so is each cursor. What the client sends is not looked at.</summary>
internal sealed class WebSocketSink : IEventSink, IAsyncDisposable
{
    /// <summary>The longest message of a client.</summary>
    public const int MaxMessage = 4 * 1024;

    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);
    private readonly WebSocket _socket;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _receiving;

    public WebSocketSink(WebSocket socket)
    {
        _socket = socket;
        Ended = _ended.Token;
        _receiving = ReceiveAsync();
    }

    /// <summary>Cancelled when the client goes.</summary>
    public CancellationToken Ended { get; }

    /// <inheritdoc/>
    public Task BeginAsync(CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task EventAsync(
        string type,
        ReadOnlyMemory<byte> data,
        string? cursor,
        CancellationToken ct
    )
    {
        await SendAsync(data, ct);
        if (cursor is not null)
            await CursorAsync(cursor, ct);
    }

    /// <inheritdoc/>
    public Task CursorAsync(string cursor, CancellationToken ct) =>
        SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(
                new CursorFrame(cursor),
                StreamJson.Default.CursorFrame
            ),
            ct
        );

    /// <inheritdoc/>
    public async Task EndAsync(string? reason, CancellationToken ct)
    {
        if (reason is not null)
            await SendAsync(ClosedEvent.Json(reason), ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(CloseLimit);
        await _socket.CloseOutputAsync(
            reason is null
                ? WebSocketCloseStatus.EndpointUnavailable
                : WebSocketCloseStatus.PolicyViolation,
            reason is null ? "come again with the cursor" : "closed",
            limit.Token
        );
        await _receiving.WaitAsync(limit.Token);
    }

    private Task SendAsync(ReadOnlyMemory<byte> text, CancellationToken ct) =>
        _socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, ct).AsTask();

    private async Task ReceiveAsync()
    {
        var buffer = new byte[512];
        try
        {
            for (var length = 0; ; )
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    await CloseAsync(WebSocketCloseStatus.NormalClosure, "");
                    return;
                }
                if (length > MaxMessage)
                {
                    await CloseAsync(
                        WebSocketCloseStatus.MessageTooBig,
                        "this stream takes no messages"
                    );
                    // What is not read may cost the client the reason.
                    await DrainAsync(buffer);
                    return;
                }
                if (part.EndOfMessage)
                    length = 0;
            }
        }
        catch (Exception e)
            when (e is WebSocketException or IOException or OperationCanceledException)
        {
            // Gone without a word.
            return;
        }
        finally
        {
            await _ended.CancelAsync();
        }
    }

    private async Task DrainAsync(byte[] buffer)
    {
        using var limit = new CancellationTokenSource(CloseLimit);
        while (
            (await _socket.ReceiveAsync(buffer.AsMemory(), limit.Token)).MessageType
            != WebSocketMessageType.Close
        ) { }
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string reason)
    {
        using var limit = new CancellationTokenSource(CloseLimit);
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await _socket.CloseOutputAsync(status, reason, limit.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A close that is done, or under way for a while, is left alone: an abort may cost the client the frame.
        if (_socket.State is not (WebSocketState.Closed or WebSocketState.CloseReceived))
            _socket.Abort();
        await _receiving;
        _socket.Dispose();
        _ended.Dispose();
    }
}
