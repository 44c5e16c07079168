using System.Net.WebSockets;

namespace WaOperator.WhatsApp.Transport;

/// <summary>A WebSocket as a stream of bytes: where messages begin and end does not matter.</summary>
internal sealed class WebSocketWire(WebSocket socket) : IWire
{
    private bool _closed;

    /// <inheritdoc/>
    public async ValueTask WaitAsync(CancellationToken ct)
    {
        // A read of no bytes waits without a buffer, down to the TLS stream.
        if (!_closed)
            await ReadAsync(Memory<byte>.Empty, ct);
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken ct)
    {
        // An empty message is nothing to us, but 0 would mean the end.
        while (!_closed)
        {
            if (await ReadAsync(buffer, ct) is > 0 and var count)
                return count;
        }
        return 0;
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        try
        {
            await socket.SendAsync(data, WebSocketMessageType.Binary, endOfMessage: true, ct);
        }
        catch (Exception e)
            when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException("The connection broke while sending.", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask CloseOutputAsync(CancellationToken ct)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, ct);
        }
        catch (Exception e)
            when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException("The connection broke while closing.", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        try
        {
            var result = await socket.ReceiveAsync(buffer, ct);
            _closed = result.MessageType == WebSocketMessageType.Close;
            return result.Count;
        }
        catch (Exception e)
            when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException(ErrorText.Of(e), e);
        }
    }
}
