using System.Buffers;
using System.IO.Compression;
using System.Net.WebSockets;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Statistics;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.Simulator.Wire;

/// <summary>
/// One client's socket. Stanzas are encrypted in the order of <see cref="Send"/> and written by whichever pool thread
/// is free; an idle connection owns no thread, no timer and no buffer.
/// </summary>
/// <param name="socket">The WebSocket.</param>
/// <param name="abort">Cuts the TCP connection.</param>
/// <param name="remote">The client's address and port.</param>
/// <param name="clock">Takes the stamps.</param>
/// <param name="compressAbove">Stanzas longer than this many bytes are compressed; 0: none.</param>
/// <param name="closeAfter">How long the client has to act on a last stanza before the WebSocket is closed.</param>
internal sealed class Connection(
    WebSocket socket,
    Action abort,
    string remote,
    Clock clock,
    int compressAbove = 0,
    TimeSpan closeAfter = default
)
{
    private const int MaxQueuedBytes = 16 * 1024 * 1024;
    private const int MaxMessage = 16 * 1024;
    private const int ReadSize = 4096;
    private const byte Compressed = 2;
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _queue = new();
    private NoiseTransport? _transport;
    private long _queuedBytes;
    private bool _writing;
    private bool _mute;
    private bool _closeWhenWritten;
    private bool _released;
    private Farewell? _farewell;

    /// <summary>The client's address and port.</summary>
    public string Remote => remote;

    /// <summary>The host and port that the client asked for: media hosts are the same for it.</summary>
    public string? Host { get; init; }

    /// <summary>The device that logged in here; null before, and while a new device registers.</summary>
    public Device? Device { get; set; }

    /// <summary>What a new device registered with; null for a login.</summary>
    public Handlers.Registration? Registration { get; set; }

    /// <summary>The client has asked for stanzas (passive active). Guard: the device's gate.</summary>
    public bool Active { get; set; }

    /// <summary>When <c>success</c> was sent.</summary>
    public Stamp LoggedInAt { get; set; }

    /// <summary>When the last frame came.</summary>
    public Stamp LastFrame { get; private set; } = clock.Now();

    /// <summary>When the last frame came that was more than keepalive.</summary>
    public Stamp? LastAct { get; private set; }

    /// <summary>When a newer login replaced this connection.</summary>
    public Stamp? ReplacedAt { get; private set; }

    /// <summary>When the connection is cut if it is still there; null: only for silence.</summary>
    public Stamp? Deadline { get; private set; }

    /// <summary>Neither reads nor answers: a server that has gone silent.</summary>
    public bool Frozen { get; set; }

    /// <summary>The server has ended the connection; what the client still sends has no effect.</summary>
    public bool Ended { get; private set; }

    /// <summary>Limits how long the connection may last from now.</summary>
    public void Expire(TimeSpan? after) => Deadline = after is { } span ? clock.In(span) : null;

    /// <summary>Notes that a frame came, and whether it was more than keepalive.</summary>
    public void Heard(bool act)
    {
        LastFrame = clock.Now();
        if (act)
            LastAct = LastFrame;
    }

    /// <summary>The handshake is over: all that follows is encrypted.</summary>
    public void Encrypt(NoiseTransport transport) => _transport = transport;

    /// <summary>Sends a message of the handshake.</summary>
    public async Task SendPlainAsync(ReadOnlyMemory<byte> payload)
    {
        var frame = new ArrayBufferWriter<byte>(payload.Length + FrameWriter.HeaderSize);
        FrameWriter.Write(frame, payload.Span);
        await socket.SendAsync(
            frame.WrittenMemory,
            WebSocketMessageType.Binary,
            true,
            CancellationToken.None
        );
    }

    /// <summary>Sends a stanza, after those sent before. Does nothing once the connection has ended.</summary>
    public void Send(BinaryNode stanza)
    {
        lock (_gate)
        {
            if (_mute || Frozen || _transport is null)
                return;
            var frame = new ArrayBufferWriter<byte>(256);
            EncryptedFrames.Write(frame, _transport, Encode(stanza));
            _queue.Enqueue(frame.WrittenMemory);
            _queuedBytes += frame.WrittenCount;
            if (_queuedBytes > MaxQueuedBytes)
                Abort();
            else
                Write();
        }
    }

    /// <summary>
    /// Sends a last stanza, if any, and closes the WebSocket; cuts the connection if the client does not follow within 5 s. After a
    /// last stanza the client may close first: one that takes up stanzas and the end of its socket side by side would lose the
    /// stanza to a close that comes with it.
    /// </summary>
    public void Close(BinaryNode? last)
    {
        if (last is not null)
            Send(last);
        lock (_gate)
        {
            if (_mute)
                return;
            Ended = _mute = _closeWhenWritten = true;
            _farewell = new(last is null ? TimeSpan.Zero : closeAfter);
            Expire(_farewell.Patience + CloseLimit);
            Write();
        }
    }

    /// <summary>
    /// A newer login took over: says so, and continues reading for a while without closing, to see what the client does.
    /// </summary>
    public void Replace(BinaryNode conflict, TimeSpan linger)
    {
        Send(conflict);
        lock (_gate)
        {
            Ended = _mute = true;
            ReplacedAt = clock.Now();
            Expire(linger);
        }
    }

    /// <summary>Cuts the TCP connection.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            Ended = _mute = true;
            _queue.Clear();
            // Once released the socket belongs to no one: there is nothing to cut.
            if (!_released)
                abort();
        }
    }

    /// <summary>Reads more bytes into the reader. No buffer is held while there is nothing to read.</summary>
    /// <returns>False when the client has closed the WebSocket.</returns>
    public async ValueTask<bool> ReceiveAsync(ServerFrameReader reader)
    {
        var none = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
        if (none.MessageType == WebSocketMessageType.Close)
            return false;
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        try
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (result.MessageType == WebSocketMessageType.Close)
                return false;
            reader.Append(buffer.AsSpan(0, result.Count));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The client has closed the WebSocket: answers with a close of our own, unless that was sent before.</summary>
    public async Task AnswerCloseAsync()
    {
        Farewell? farewell;
        lock (_gate)
        {
            farewell = _farewell;
            Ended = _mute = true;
            if (farewell is null)
                _queue.Clear();
        }
        using var limit = new CancellationTokenSource(CloseLimit, clock.Time);
        if (farewell is not null)
        {
            farewell.ClientLeft.TrySetResult();
            await farewell.Said.Task.WaitAsync(limit.Token);
            return;
        }
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
    }

    /// <summary>Decrypts a frame.</summary>
    public BinaryNode Decrypt(Memory<byte> frame) =>
        BinaryDecoder.Decode(_transport!.Decrypt(frame.Span));

    /// <summary>Frees what the handshake left.</summary>
    public void Release()
    {
        lock (_gate)
        {
            Ended = _mute = _released = true;
            _farewell?.ClientLeft.TrySetResult();
            _transport?.Dispose();
            _transport = null;
        }
    }

    /// <summary>The flag byte and the node, which is compressed if it is long.</summary>
    private byte[] Encode(BinaryNode stanza)
    {
        var plain = BinaryEncoder.Encode(stanza);
        if (compressAbove == 0 || plain.Length <= compressAbove)
            return plain;
        using var output = new MemoryStream(plain.Length / 2);
        output.WriteByte(Compressed);
        using (var zlib = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(plain.AsSpan(1));
        return output.ToArray();
    }

    /// <summary>Starts writing what is queued, unless someone does. Guard: the gate.</summary>
    private void Write()
    {
        if (_writing)
            return;
        _writing = true;
        ThreadPool.UnsafeQueueUserWorkItem(
            static connection => _ = connection.WriteAsync(),
            this,
            preferLocal: false
        );
    }

    private async Task WriteAsync()
    {
        try
        {
            while (true)
            {
                var (frame, close) = Next();
                if (frame is { } bytes)
                    await socket.SendAsync(
                        bytes,
                        WebSocketMessageType.Binary,
                        true,
                        CancellationToken.None
                    );
                else if (close)
                    await SayFarewellAsync(_farewell!);
                if (frame is null)
                    return;
            }
        }
        catch (Exception e)
            when (e
                    is WebSocketException
                        or IOException
                        or OperationCanceledException
                        or InvalidOperationException
            )
        {
            // The client went away in between; the reading side says how.
            Abort();
        }
    }

    private async Task SayFarewellAsync(Farewell farewell)
    {
        try
        {
            if (farewell.Patience > TimeSpan.Zero)
                await farewell
                    .ClientLeft.Task.WaitAsync(farewell.Patience, clock.Time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await socket.CloseOutputAsync(
                WebSocketCloseStatus.NormalClosure,
                null,
                CancellationToken.None
            );
        }
        finally
        {
            farewell.Said.TrySetResult();
        }
    }

    private (ReadOnlyMemory<byte>? Frame, bool Close) Next()
    {
        lock (_gate)
        {
            if (_queue.Count > 0)
                return (Coalesce(), false);
            _writing = _closeWhenWritten;
            return (null, _closeWhenWritten);
        }
    }

    /// <summary>The frames that wait, as one WebSocket message: the real server does so, and it is cheaper. Guard: the gate.</summary>
    private ReadOnlyMemory<byte> Coalesce()
    {
        var first = _queue.Dequeue();
        _queuedBytes -= first.Length;
        if (_queue.Count == 0 || first.Length + _queue.Peek().Length > MaxMessage)
            return first;
        var message = new ArrayBufferWriter<byte>(MaxMessage);
        message.Write(first.Span);
        while (_queue.TryPeek(out var next) && message.WrittenCount + next.Length <= MaxMessage)
        {
            message.Write(next.Span);
            _queue.Dequeue();
            _queuedBytes -= next.Length;
        }
        return message.WrittenMemory;
    }

    /// <summary>The server's wish to end the connection.</summary>
    private sealed class Farewell(TimeSpan patience)
    {
        /// <summary>How long the client may close first.</summary>
        public TimeSpan Patience => patience;

        /// <summary>Done when the client has closed.</summary>
        public TaskCompletionSource ClientLeft { get; } = Source();

        /// <summary>Done when our close is written, or cannot be.</summary>
        public TaskCompletionSource Said { get; } = Source();

        private static TaskCompletionSource Source() =>
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
