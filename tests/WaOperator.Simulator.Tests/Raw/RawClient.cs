using System.Buffers;
using System.Net.WebSockets;
using Google.Protobuf;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>A socket that speaks stanzas and leaves all decisions to the test, also wrong ones.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket _socket = new();
    private readonly FrameReader _reader = new();
    private readonly byte[] _buffer = new byte[16 * 1024];
    private NoiseTransport _transport = null!;
    private int _ids;

    /// <summary>The server's certificate chain, as it came.</summary>
    public byte[] Certificates { get; private set; } = [];

    /// <summary>The server's static key, as it came.</summary>
    public byte[] ServerKey { get; private set; } = [];

    /// <summary>Connects, shakes hands and sends the payload.</summary>
    public static async Task<RawClient> ConnectAsync(
        Uri url,
        RawDevice device,
        ClientPayload payload
    )
    {
        var client = new RawClient();
        using var limit = new CancellationTokenSource(Limit);
        await client._socket.ConnectAsync(url, limit.Token);
        using var noise = new NoiseInitiator(device.NoiseKey);
        await client.SendFrameAsync([.. NoiseProtocol.Header], noise.Hello());
        (client.ServerKey, client.Certificates) = noise.AcceptServerHello(
            (await client.ReadFrameAsync())!.Value.Span
        );
        var (finish, transport) = noise.Finish(payload.ToByteArray());
        await client.SendFrameAsync([], finish);
        client._transport = transport;
        return client;
    }

    /// <summary>Sends a stanza.</summary>
    public async Task SendAsync(BinaryNode node)
    {
        var frame = new ArrayBufferWriter<byte>();
        EncryptedFrames.Write(frame, _transport, BinaryEncoder.Encode(node));
        await SendBytesAsync(frame.WrittenMemory);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Limit);
        await _socket.SendAsync(bytes, WebSocketMessageType.Binary, true, limit.Token);
    }

    /// <summary>The next stanza; null when the server has closed.</summary>
    public async Task<BinaryNode?> ReceiveAsync() =>
        await ReadFrameAsync() is { } frame
            ? BinaryDecoder.Decode(_transport.Decrypt(frame.Span))
            : null;

    /// <summary>The next stanza with that tag (and, for an ib, that child); others are passed over.</summary>
    public async Task<BinaryNode> WaitAsync(string tag, Func<BinaryNode, bool>? which = null)
    {
        var seen = new List<string>();
        while (await ReceiveAsync() is { } node)
        {
            if (node.Tag == tag && (which is null || which(node)))
                return node;
            seen.Add(node.ToString());
        }
        throw new InvalidOperationException(
            $"the server closed before '{tag}'; it said: {string.Join(' ', seen)}"
        );
    }

    /// <summary>Asks and waits for the answer with the same id.</summary>
    public Task<BinaryNode> AskAsync(string type, string xmlns, params BinaryNode[] children) =>
        AskAsync(type, xmlns, Jid.ServerItself.ToString(), children);

    /// <summary>Asks someone and waits for the answer with the same id.</summary>
    public async Task<BinaryNode> AskAsync(
        string type,
        string xmlns,
        string to,
        params BinaryNode[] children
    )
    {
        var id = $"raw-{++_ids}";
        await SendAsync(
            new("iq")
            {
                ["to"] = to,
                ["type"] = type,
                ["xmlns"] = xmlns,
                ["id"] = id,
                Children = children,
            }
        );
        return await WaitAsync("iq", n => n["id"] == id);
    }

    /// <summary>Asks as the query says, and waits for the answer with its id.</summary>
    public async Task<BinaryNode> AskAsync(BinaryNode iq)
    {
        var id = $"raw-{++_ids}";
        iq["id"] = id;
        await SendAsync(iq);
        return await WaitAsync("iq", n => n["id"] == id);
    }

    /// <summary>Says that it is ready for stanzas, and waits for the end of those that waited.</summary>
    public async Task<IReadOnlyList<BinaryNode>> ActivateAsync()
    {
        await SendAsync(
            new("iq")
            {
                ["to"] = Jid.ServerItself.ToString(),
                ["type"] = "set",
                ["xmlns"] = "passive",
                ["id"] = "active",
                Children = [new("active")],
            }
        );
        var waited = new List<BinaryNode>();
        while (await ReceiveAsync() is { } node)
        {
            if (node is { Tag: "ib" } && node.Child("offline") is not null)
                return waited;
            waited.Add(node);
        }
        throw new InvalidOperationException("the server closed before the end of what waited");
    }

    /// <summary>True when the server ends the connection, whatever it says before.</summary>
    public async Task<bool> IsEndedAsync()
    {
        try
        {
            while (await ReceiveAsync() is not null) { }
            return true;
        }
        catch (WebSocketException)
        {
            return true;
        }
    }

    /// <summary>Closes the WebSocket as it should be closed.</summary>
    public async Task CloseAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
    }

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        _reader.Dispose();
        _transport?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task SendFrameAsync(byte[] before, byte[] payload)
    {
        var frame = new ArrayBufferWriter<byte>();
        frame.Write(before);
        FrameWriter.Write(frame, payload);
        await SendBytesAsync(frame.WrittenMemory);
    }

    private async Task<Memory<byte>?> ReadFrameAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            if (_reader.TryRead(out var frame))
                return frame;
            var result = await _socket.ReceiveAsync(_buffer.AsMemory(), limit.Token);
            if (result.MessageType == WebSocketMessageType.Close)
                return null;
            _reader.Append(_buffer.AsSpan(0, result.Count));
        }
    }
}
