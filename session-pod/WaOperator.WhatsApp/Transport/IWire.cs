namespace WaOperator.WhatsApp.Transport;

/// <summary>A connection that carries bytes both ways. One sender and one receiver at a time.</summary>
internal interface IWire : IAsyncDisposable
{
    /// <summary>Waits until something came or the peer closed, and holds no buffer meanwhile.</summary>
    ValueTask WaitAsync(CancellationToken ct);

    /// <summary>Reads what came; 0 when the peer has closed.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken ct);

    /// <summary>Sends bytes as one message.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken ct);

    /// <summary>Says that we send no more; the peer's answer comes as the end of what is received.</summary>
    ValueTask CloseOutputAsync(CancellationToken ct);
}

/// <summary>Makes connections.</summary>
internal interface IWireDialer
{
    /// <summary>Connects to the server.</summary>
    /// <param name="proxy">Through which proxy; null for none.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <exception cref="DialException">Says, for people, why not.</exception>
    Task<IWire> DialAsync(ProxyAddress? proxy, CancellationToken ct);
}

/// <summary>No connection came about. The message says why and what to look at.</summary>
internal sealed class DialException(string message, int? httpStatus, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The status with which the server answered the upgrade, if it did.</summary>
    public int? HttpStatus { get; } = httpStatus;

    /// <summary>Whether it was the proxy, and what of it.</summary>
    public DisconnectKind Kind { get; init; } = DisconnectKind.ConnectFailed;
}
