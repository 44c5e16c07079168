using System.Buffers;
using System.Collections.Concurrent;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>The server's end of one connection.</summary>
internal sealed class ServerLink(IWire wire, FakeServer server) : IDisposable
{
    private readonly ServerFrameReader _reader = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private NoiseTransport? _transport;

    /// <summary>All stanzas that came, in order.</summary>
    public ConcurrentQueue<BinaryNode> Received { get; } = new();

    public ClientPayload Payload { get; private set; } = new();

    public byte[] ClientKey { get; private set; } = [];

    public byte[]? RoutingInfo => _reader.RoutingInfo;

    /// <summary>True once the client closed.</summary>
    public bool ClientClosed { get; private set; }

    public async Task ShakeHandsAsync(CancellationToken ct)
    {
        using var noise = new NoiseResponder(server.Key, server.Certificates);
        var hello =
            await FrameAsync(ct) ?? throw new IOException("the client left before its hello");
        await server.BeforeHello(ct);
        await SendBytesAsync(Frame(server.Mangle(noise.AcceptHello(hello.Span))), ct);
        var finish =
            await FrameAsync(ct) ?? throw new IOException("the client left before its finish");
        var (key, payload, transport) = noise.AcceptFinish(finish.Span);
        (ClientKey, Payload, _transport) = (
            key,
            ClientPayload.Parser.ParseFrom(payload),
            transport
        );
    }

    /// <summary>The next stanza; null when the client has closed.</summary>
    public async Task<BinaryNode?> ReceiveAsync(CancellationToken ct)
    {
        if (await FrameAsync(ct) is not { } frame)
        {
            ClientClosed = true;
            return null;
        }
        var node = BinaryDecoder.Decode(_transport!.Decrypt(frame.Span));
        Received.Enqueue(node);
        return node;
    }

    public Task SendAsync(BinaryNode node, CancellationToken ct = default) =>
        SendPlaintextAsync(BinaryEncoder.Encode(node), ct);

    /// <summary>Sends a frame whose content need not be a stanza.</summary>
    public async Task SendPlaintextAsync(
        ReadOnlyMemory<byte> plaintext,
        CancellationToken ct = default
    )
    {
        await _turn.WaitAsync(ct);
        try
        {
            var output = new ArrayBufferWriter<byte>();
            EncryptedFrames.Write(output, _transport!, plaintext.Span);
            await SendBytesAsync(output.WrittenMemory, ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sends bytes that need not be a frame.</summary>
    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct = default) =>
        await wire.SendAsync(bytes, ct);

    public async Task CloseAsync() => await wire.CloseOutputAsync(default);

    /// <summary>All that came but the keepalive.</summary>
    public IEnumerable<BinaryNode> Acts => Received.Where(node => node["xmlns"] != "w:p");

    public void Dispose()
    {
        _reader.Dispose();
        _turn.Dispose();
        _transport?.Dispose();
    }

    private static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>();
        FrameWriter.Write(output, payload);
        return output.WrittenSpan.ToArray();
    }

    private async Task<Memory<byte>?> FrameAsync(CancellationToken ct)
    {
        var buffer = new byte[4096];
        while (true)
        {
            if (_reader.TryRead(out var frame))
                return frame;
            var count = await wire.ReceiveAsync(buffer, ct);
            if (count == 0)
                return null;
            _reader.Append(buffer.AsSpan(0, count));
        }
    }
}
