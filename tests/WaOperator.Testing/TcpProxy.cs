using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WaOperator.Testing;

/// <summary>
/// A way to a server that can be disturbed: it can fall silent (connections stay, nothing comes through: a pulled cable), forget its
/// connections (they stay and are silent for good, new ones work: a router that was exchanged), be cut (connections end, new ones
/// are refused: a dead process) or reset (the same, but a client learns it a moment later, and the port stays ours). It
/// can also be cut right after a transaction of PostgreSQL was committed, so that who asked for it never learns.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    /// <summary>CommandComplete, https://www.postgresql.org/docs/current/protocol-message-formats.html.</summary>
    private static ReadOnlySpan<byte> Committed => "C\0\0\0\u000bCOMMIT\0"u8;

    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _sockets = [];
    private Socket? _listener;
    private TaskCompletionSource _flows = Open();
    private int _accepted;
    private int _generation;
    private bool _resets;
    private byte[]? _awaited;
    private bool _sawAwaited;

    private TcpProxy(IPEndPoint target, int port)
    {
        _target = target;
        Port = port;
    }

    /// <summary>Port on 127.0.0.1; stays the same for good.</summary>
    public int Port { get; }

    /// <summary>Connections so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Starts a proxy to a port on 127.0.0.1.</summary>
    public static TcpProxy To(int port)
    {
        var proxy = new TcpProxy(new(IPAddress.Loopback, port), PostgresServer.FreePort());
        proxy.Listen();
        return proxy;
    }

    /// <summary>From now on nothing comes through, in either direction; connections stay, and new ones are taken.</summary>
    public void FallSilent()
    {
        lock (_lock)
            if (_flows.Task.IsCompleted)
                _flows = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The connections of now are silent for good, and no one is told; new ones work.</summary>
    public void ForgetConnections()
    {
        lock (_lock)
            _generation++;
    }

    /// <summary>Ends all connections and refuses new ones.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
            CloseAll();
        }
    }

    /// <summary>
    /// Lets the next transaction commit in which <paramref name="statement"/> occurs, and is cut before its commit is answered.
    /// </summary>
    public void CutAfterCommitOf(string statement)
    {
        lock (_lock)
            (_awaited, _sawAwaited) = (Encoding.UTF8.GetBytes(statement), false);
    }

    /// <summary>Ends all connections, and each new one at once.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _resets = true;
            CloseAll();
        }
    }

    /// <summary>All is well again. Connections that fell silent continue where they stood.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _resets = false;
            _flows.TrySetResult();
        }
        if (_listener is null)
            Listen();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Cut();
        _stop.Dispose();
    }

    private void CloseAll()
    {
        foreach (var socket in _sockets)
            socket.Close(0);
        _sockets.Clear();
    }

    private static TaskCompletionSource Open()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private void Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        listener.Listen();
        lock (_lock)
            _listener = listener;
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e)
                when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            Interlocked.Increment(ref _accepted);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        int generation;
        lock (_lock)
        {
            generation = _generation;
            if (_listener is null || _resets)
            {
                client.Close(0);
                return;
            }
            _sockets.Add(client);
            _sockets.Add(server);
        }
        try
        {
            await server.ConnectAsync(_target, _stop.Token);
            await Task.WhenAny(
                PumpAsync(client, server, generation),
                PumpAsync(server, client, generation)
            );
        }
        catch (Exception e)
            when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other side learns of it below.
        }
        finally
        {
            lock (_lock)
            {
                _sockets.Remove(client);
                _sockets.Remove(server);
            }
            client.Close(0);
            server.Close(0);
        }
    }

    /// <summary>The statement goes one way, the completion of its commit comes the other; each in one piece.</summary>
    private bool IsAwaitedCommit(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_awaited is null)
                return false;
            _sawAwaited |= data.IndexOf(_awaited) >= 0;
            if (!_sawAwaited || data.IndexOf(Committed) < 0)
                return false;
            _awaited = null;
            return true;
        }
    }

    private async Task PumpAsync(Socket from, Socket to, int generation)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var length)
            {
                Task flows;
                lock (_lock)
                    flows =
                        generation == _generation
                            ? _flows.Task
                            : Task.Delay(Timeout.Infinite, _stop.Token);
                await flows.WaitAsync(_stop.Token);
                if (IsAwaitedCommit(buffer.AsSpan(0, length)))
                    Cut();
                await to.SendAsync(buffer.AsMemory(0, length), _stop.Token);
            }
        }
        catch (Exception e)
            when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has ended, so the connection has.
        }
    }
}
