using System.Buffers;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Login;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Timing;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Client;

/// <summary>
/// One connection. Life: open the vault, dial, shake hands, receive until the end. Whoever ends it first says how
/// (<see cref="End"/>); then everything is cancelled, awaited and given back.
/// </summary>
/// <remarks>
/// Three things may run at once: the receive loop, which never waits for a handler (it must see keepalive answers
/// and ends while a store is slow); the inbox's hand-over of stanzas to handlers, in order; and background work that
/// waits for answers, such as the login. A handler therefore never waits for an answer itself.
/// </remarks>
internal sealed partial class Session : WheelEntry, IThreadPoolWorkItem, IDisposable
{
    private const int ReceiveSize = 4096;

    private readonly WhatsAppRuntime _runtime;
    private readonly IActGate _gate;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _gone = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Lock _lock = new();
    private readonly List<Task> _background = [];
    private readonly FrameReader _reader = new();
    private readonly EventPump _events;
    private readonly Inbox _inbox;
    private readonly Queries _queries;
    private readonly StanzaRouter _router;
    private readonly IMessageStore? _messages;
    private readonly TaskCompletionSource _readyToSend = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private Messenger? _messenger;
    private Disconnect? _outcome;
    private Disconnect? _closing;
    private IWire? _wire;
    private Outbox? _outbox;
    private bool _open;
    private long _lastReceived;
    private long _nextPing;

    public Session(
        WhatsAppRuntime runtime,
        DeviceOptions device,
        IDeviceStore store,
        IActGate gate,
        ILogger logger,
        Func<ClientEvent, ValueTask> onEvent,
        IMessageStore? messages = null
    )
    {
        var options = runtime.Options;
        _runtime = runtime;
        _gate = gate;
        Ended = _ended.Token;
        Device = device;
        Logger = logger;
        Vault = new Vault(store, gate, Ended);
        _events = new EventPump(onEvent, Fail);
        _inbox = new Inbox(
            gate,
            options.MaxHeldFrames,
            options.MaxHeldBytes,
            node => _router!.HandleAsync(node),
            Fail,
            Ended
        );
        _queries = new Queries(runtime.Wheel, options.QueryTimeout, gate);
        _router = new StanzaRouter(this);
        _messages = messages;
    }

    /// <summary>Bytes of stanzas that came and wait to be handled, and of the records that are in memory.</summary>
    public long HeldBytes => _inbox.HeldBytes + (StartedMessenger?.HeldBytes ?? 0);

    public WhatsAppOptions Options => _runtime.Options;

    public TimeProvider Time => _runtime.Time;

    public DeviceOptions Device { get; }

    public ILogger Logger { get; }

    public Vault Vault { get; }

    public IActGate Gate => _gate;

    /// <summary>Cancelled when the connection has ended.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Whether this device shows the account as online.</summary>
    public bool IsAvailable { get; set; }

    /// <summary>What carries messages; null where nothing keeps them. Made when it is first asked for.</summary>
    public Messenger? Messenger
    {
        get
        {
            if (_messenger is not null || _messages is null)
                return _messenger;
            lock (_lock)
                return _messenger ??= new(this, _messages, _router.PreKeys);
        }
    }

    /// <summary>The messenger, if anything has asked for it.</summary>
    public Messenger? StartedMessenger => Volatile.Read(ref _messenger);

    /// <summary>Completes with the server's word that the device is logged in.</summary>
    public Task LoggedIn => _router.LoggedIn;

    /// <summary>Completes when the device is logged in and what was left unanswered has been sent again.</summary>
    public Task ReadyToSend => _readyToSend.Task;

    /// <summary>Sends again what the server has not answered; then new messages may go out.</summary>
    public async Task ResumeSendingAsync()
    {
        if (_messages is null)
            return;
        IReadOnlyList<OutboundMessage> unacked;
        try
        {
            unacked = await _messages.LoadUnackedAsync(Ended);
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !Ended.IsCancellationRequested)
        {
            throw new StoreFailedException(e);
        }
        if (unacked.Count > 0)
            await Messenger!.ResumeAsync(unacked);
        _readyToSend.TrySetResult();
    }

    public async Task<Disconnect> RunAsync(CancellationToken ct)
    {
        await using var stop = ct.UnsafeRegister(
            static state =>
                ((Session)state!).End(new(DisconnectKind.LocalClose, null, "Stopped by us.")),
            this
        );
        try
        {
            await ConnectAndReceiveAsync();
        }
        catch (Exception e)
        {
            Fail(e);
        }
        End(new(DisconnectKind.InternalError, null, "The connection ended without a reason."));
        await _ended.CancelAsync();
        await _inbox.Drained;
        await BackgroundDoneAsync();
        // Not before: a commit under way may still make messages durable whose senders wait for that.
        Volatile.Read(ref _messenger)?.Stop();
        if (_wire is not null)
            await _wire.DisposeAsync();
        // An event's handler may wait for the close that it asked for.
        _gone.TrySetResult();
        await _events.Delivered;
        return _outcome!;
    }

    /// <summary>Ends the connection at once. The first word counts.</summary>
    public void End(Disconnect outcome)
    {
        if (Interlocked.CompareExchange(ref _outcome, outcome, null) is null)
            _ = _ended.CancelAsync();
    }

    /// <summary>Ends the connection politely: what was sent arrives, and the peer's close is awaited for a short time.</summary>
    /// <returns>Completes when the connection has ended.</returns>
    public Task CloseAsync(Disconnect outcome)
    {
        BeginClose(outcome);
        return _gone.Task;
    }

    /// <inheritdoc cref="CloseAsync"/>
    /// <remarks>Does not wait: for handlers and background work, which the end waits for.</remarks>
    public void BeginClose(Disconnect outcome)
    {
        if (Interlocked.CompareExchange(ref _closing, outcome, null) is not null)
            return;
        StartedMessenger?.Hurry();
        if (_outbox is null)
        {
            End(outcome);
            return;
        }
        _runtime.Wheel.Arm(this, Options.CloseTimeout);
        Run(() => _outbox.CloseAsync(Ended));
    }

    public async Task<bool> UnlinkAsync(CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, Ended);
        try
        {
            await _router.LoggedIn.WaitAsync(either.Token);
            await QueryAsync(
                    Stanzas.RemoveDevice(Vault.Credentials.Me!.Value),
                    "to unlink the device"
                )
                .WaitAsync(either.Token);
            await CloseAsync(new(DisconnectKind.LoggedOut, 401, "Unlinked by us.")).WaitAsync(ct);
            return true;
        }
        catch (Exception e) when (e is QueryRefusedException or TimeoutException)
        {
            Log.UnlinkFailed(Logger, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The server may cut the connection before it answers: that is an answer, too.
            await _gone.Task.WaitAsync(ct);
            return _outcome!.Kind == DisconnectKind.LoggedOut;
        }
    }

    public void Raise(ClientEvent raised) => _events.Raise(raised);

    /// <summary>Sends a stanza as soon as the gate is open.</summary>
    /// <exception cref="OperationCanceledException">The connection ended, or is being closed.</exception>
    public Task SendAsync(BinaryNode node) => SendAsync(outbox => outbox.SendAsync(node, Ended));

    private async Task SendAsync(Func<Outbox, Task> send)
    {
        if (Volatile.Read(ref _closing) is not null)
            throw new OperationCanceledException("The connection is being closed.");
        try
        {
            await send(_outbox!);
        }
        catch (IOException e)
        {
            Fail(e);
            throw new OperationCanceledException("The connection broke.", e);
        }
        catch (ObjectDisposedException e)
        {
            // A caller's own request (unlink) may still be sending when the server's cut has ended the session.
            throw new OperationCanceledException("The connection has ended.", e);
        }
    }

    /// <summary>Sends a stanza that is encoded already as soon as the gate is open.</summary>
    /// <inheritdoc cref="SendAsync(BinaryNode)"/>
    public Task SendEncodedAsync(ReadOnlyMemory<byte> stanza) =>
        SendAsync(outbox => outbox.SendAsync(stanza, Ended));

    /// <summary>Sends a query and waits for its answer. Not to be awaited in a handler.</summary>
    /// <param name="query">An iq; it gets an id.</param>
    /// <param name="what">What it asks for, to be read after "the server refused ...".</param>
    /// <exception cref="QueryRefusedException">The server answered with an error.</exception>
    /// <exception cref="TimeoutException">The server did not answer.</exception>
    public async Task<BinaryNode> QueryAsync(BinaryNode query, string what)
    {
        var id = _queries.NextId();
        query["id"] = id;
        using var pending = _queries.Expect(id, what);
        await SendAsync(query);
        return await pending.Answer.WaitAsync(Ended);
    }

    /// <summary>An id that this connection has not used yet.</summary>
    public string NextQueryId() => _queries.NextId();

    public void Arm(WheelEntry entry, TimeSpan due) => _runtime.Wheel.Arm(entry, due);

    public void Disarm(WheelEntry entry) => _runtime.Wheel.Disarm(entry);

    public Task DelayAsync(TimeSpan time, CancellationToken ct) =>
        _runtime.Wheel.DelayAsync(time, ct);

    public void CompleteQuery(BinaryNode answer) => _queries.Complete(answer);

    /// <summary>Starts background work. Its failure ends the connection.</summary>
    public void Run(Func<Task> work)
    {
        lock (_lock)
        {
            _background.RemoveAll(task => task.IsCompleted);
            _background.Add(GuardAsync(work));
        }
    }

    /// <remarks>The source of the token stays: its cancellation may still be running, and it holds nothing.</remarks>
    public void Dispose()
    {
        _runtime.Wheel.Disarm(this);
        _reader.Dispose();
        _outbox?.Dispose();
        _messenger?.Dispose();
        Vault.Dispose();
    }

    private async Task GuardAsync(Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private Task BackgroundDoneAsync()
    {
        lock (_lock)
            return Task.WhenAll(_background);
    }

    private async Task ConnectAndReceiveAsync()
    {
        await _gate.WaitUntilOpenAsync(Ended);
        await Vault.OpenAsync();
        _runtime.Wheel.Arm(this, Options.ConnectTimeout);
        var wire = _wire = await _runtime.Dialer.DialAsync(Device.Proxy, Ended);
        var transport = await new Handshake(wire, _reader, _gate, Options, Time).RunAsync(
            Vault.Credentials,
            Device,
            Ended
        );
        using (transport)
        {
            _outbox = new Outbox(wire, transport, _gate);
            _lastReceived = Time.GetTimestamp();
            _nextPing = _lastReceived + Stamps(NextPingDelay());
            _open = true;
            // A close that came while we were shaking hands found nothing that it could close.
            if (Volatile.Read(ref _closing) is { } closing)
                End(closing);
            ArmPulse();
            await ReceiveAsync(wire, transport);
        }
    }

    private async Task ReceiveAsync(IWire wire, NoiseTransport transport)
    {
        while (true)
        {
            // The handshake's last read may have brought the first stanzas already.
            while (_reader.TryRead(out var frame))
                await TakeAsync(transport, frame);
            await wire.WaitAsync(Ended);
            if (!await AppendAsync(wire))
            {
                End(
                    _closing
                        ?? new(DisconnectKind.StreamEnd, 428, "The server closed the connection.")
                );
                return;
            }
        }
    }

    private async ValueTask TakeAsync(NoiseTransport transport, Memory<byte> frame)
    {
        var length = transport.Decrypt(frame.Span).Length;
        var plaintext = frame[..length];
        var node = BinaryDecoder.Decode(plaintext.Span);
        if (_closing is not null)
            return;
        if (node.Tag == "iq" && node["type"] is "result" or "error" && !_queries.IsExpected(node))
            return;
        if (Ends.IsEnd(node))
        {
            End(Ends.Read(node));
            Ended.ThrowIfCancellationRequested();
        }
        while (!_inbox.TryPost(node, plaintext.Span))
        {
            if (!_gate.MayAct)
                throw new HeldTooMuchException();
            await _inbox.WaitForSpaceAsync();
        }
    }

    private async ValueTask<bool> AppendAsync(IWire wire)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReceiveSize);
        try
        {
            var count = await wire.ReceiveAsync(buffer, Ended);
            _reader.Append(buffer.AsSpan(0, count));
            Volatile.Write(ref _lastReceived, Time.GetTimestamp());
            return count > 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
