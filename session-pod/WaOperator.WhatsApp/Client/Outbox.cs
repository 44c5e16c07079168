using System.Buffers;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Client;

/// <summary>Encrypts and sends stanzas one after the other. The gate is asked immediately before each.</summary>
internal sealed class Outbox(IWire wire, NoiseTransport transport, IActGate gate) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Waits for an open gate, and sends.</summary>
    public Task SendAsync(BinaryNode node, CancellationToken ct) => SendAsync(Encode(node), ct);

    /// <summary>Waits for an open gate, and sends what is encoded already.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> stanza, CancellationToken ct)
    {
        var frame = Start();
        frame.Write(stanza.Span);
        return SendAsync(frame, ct);
    }

    private async Task SendAsync(PooledWriter encoded, CancellationToken ct)
    {
        using var frame = encoded;
        while (true)
        {
            if (!gate.MayAct)
                await gate.WaitUntilOpenAsync(ct);
            await _turn.WaitAsync(ct);
            try
            {
                if (!gate.MayAct)
                    continue;
                await WriteAsync(frame, ct);
                return;
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    /// <summary>Sends the transport's keepalive, which may go out at any time.</summary>
    public async Task SendKeepAliveAsync(BinaryNode ping, CancellationToken ct)
    {
        using var frame = Encode(ping);
        await _turn.WaitAsync(ct);
        try
        {
            await WriteAsync(frame, ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Says that nothing follows, after all that is being sent.</summary>
    public async Task CloseAsync(CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            await wire.CloseOutputAsync(ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>The plaintext, with room for the frame's header before it.</summary>
    private static PooledWriter Encode(BinaryNode node)
    {
        var frame = Start();
        BinaryEncoder.Encode(node, frame);
        return frame;
    }

    private static PooledWriter Start()
    {
        var frame = new PooledWriter();
        frame.GetSpan(FrameWriter.HeaderSize);
        frame.Advance(FrameWriter.HeaderSize);
        return frame;
    }

    private ValueTask WriteAsync(PooledWriter frame, CancellationToken ct)
    {
        frame.GetSpan(NoiseTransport.Overhead);
        frame.Advance(NoiseTransport.Overhead);
        var bytes = frame.Written;
        var body = bytes[FrameWriter.HeaderSize..];
        FrameWriter.WriteHeader(bytes.Span, body.Length);
        transport.Encrypt(body.Span[..^NoiseTransport.Overhead], body.Span);
        return wire.SendAsync(bytes, ct);
    }
}
