using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Client;

/// <summary>What a connection sends, and the answers that it waits for. Open from the end of the handshake on.</summary>
/// <param name="queries">The queries under way.</param>
/// <param name="gate">Asked before each stanza.</param>
/// <param name="failed">Told that the connection broke.</param>
/// <param name="ended">Cancelled when the connection has ended.</param>
internal sealed class StanzaLink(
    Queries queries,
    IActGate gate,
    Action<Exception> failed,
    CancellationToken ended
) : IStanzaLink, IDisposable
{
    private Outbox? _outbox;
    private volatile bool _shut;

    public bool IsOpen => _outbox is not null;

    private Outbox Outbox =>
        _outbox ?? throw new InvalidOperationException("The handshake is not over.");

    /// <summary>The handshake is over.</summary>
    public void Open(IWire wire, NoiseTransport transport) =>
        _outbox = new Outbox(wire, transport, gate);

    /// <summary>Nothing more may be sent: the connection is being closed.</summary>
    public void Shut() => _shut = true;

    /// <inheritdoc/>
    public Task SendAsync(BinaryNode node)
    {
        ThrowIfShut();
        return WatchAsync(Outbox.SendAsync(node, ended));
    }

    /// <inheritdoc/>
    public Task SendEncodedAsync(ReadOnlyMemory<byte> stanza)
    {
        ThrowIfShut();
        return WatchAsync(Outbox.SendAsync(stanza, ended));
    }

    /// <inheritdoc/>
    public async Task<BinaryNode> QueryAsync(BinaryNode query, string what)
    {
        var id = queries.NextId();
        query["id"] = id;
        using var pending = queries.Expect(id, what);
        await SendAsync(query);
        return await pending.Answer.WaitAsync(ended);
    }

    /// <inheritdoc/>
    public string NextQueryId() => queries.NextId();

    /// <summary>Sends the transport's keepalive, which may go out at any time.</summary>
    public Task SendKeepAliveAsync(BinaryNode ping)
    {
        ping["id"] = queries.NextId();
        return Outbox.SendKeepAliveAsync(ping, ended);
    }

    /// <summary>Says that nothing follows, after all that is being sent.</summary>
    public Task CloseOutputAsync() => Outbox.CloseAsync(ended);

    /// <summary>True if the stanza is an answer that is waited for.</summary>
    public bool IsExpected(BinaryNode answer) => queries.IsExpected(answer);

    /// <summary>Gives an answer to who waits for it.</summary>
    public void Complete(BinaryNode answer) => queries.Complete(answer);

    public void Dispose() => _outbox?.Dispose();

    private void ThrowIfShut()
    {
        if (_shut)
            throw new OperationCanceledException("The connection is being closed.");
    }

    private async Task WatchAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (IOException e)
        {
            failed(e);
            throw new OperationCanceledException("The connection broke.", e);
        }
        catch (ObjectDisposedException e)
        {
            // A caller's own request (unlink) may still be sending when the server's cut has ended the session.
            throw new OperationCanceledException("The connection has ended.", e);
        }
    }
}
