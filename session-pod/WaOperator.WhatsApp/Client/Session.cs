using System.Buffers;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Login;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.PreKeys;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Timing;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Client;

/// <summary>
/// One connection. Life: open the vault, dial, shake hands, receive until the end. The first to end it says how
/// (<see cref="End"/>); then everything is cancelled, awaited and given back.
/// </summary>
/// <remarks>
/// Three things may run at once: the receive loop, which never waits for a handler (it must see keepalive answers
/// and ends while a store is slow); the inbox's hand-over of stanzas to handlers, in order; and background work that
/// waits for answers, such as the login. A handler therefore never waits for an answer itself.
/// </remarks>
internal sealed partial class Session : WheelEntry, IConnection, IThreadPoolWorkItem, IDisposable
{
    private const int ReceiveSize = 4096;

    private readonly WhatsAppRuntime _runtime;
    private readonly DeviceOptions _device;
    private readonly IActGate _gate;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _gone = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Lock _lock = new();
    private readonly List<Task> _background = [];
    private readonly FrameReader _reader = new();
    private readonly EventPump _events;
    private readonly StanzaLink _link;
    private readonly Messaging _messaging;
    private readonly Lazy<MediaClient> _media;
    private readonly Inbox _inbox;
    private readonly PreKeyKeeper _preKeys;
    private Disconnect? _outcome;
    private Disconnect? _closing;
    private IWire? _wire;
    private bool _open;
    private long _lastReceived;
    private long _nextPing;
    private long _nextKeyCare;

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
        (_runtime, _device, _gate, _logger) = (runtime, device, gate, logger);
        Ended = _ended.Token;
        Vault = new Vault(store, gate, Ended);
        _events = new EventPump(onEvent, Fail);
        _link = new StanzaLink(
            new Queries(runtime.Wheel, options.QueryTimeout, gate),
            gate,
            Fail,
            Ended
        );
        var preKeys = _preKeys = new PreKeyKeeper(_link, Vault, device, runtime.Time, logger);
        _messaging = new Messaging(
            messages,
            device.History != HistoryDepth.None,
            (kept, ready) =>
                new(
                    _link,
                    this,
                    Vault,
                    _events,
                    Presence,
                    kept,
                    preKeys,
                    () => Media,
                    ready,
                    device.History,
                    runtime,
                    gate,
                    logger
                ),
            Ended
        );
        var login = new LoginFlow(
            _link,
            this,
            Vault,
            _events,
            preKeys,
            Presence,
            _messaging.ResumeAsync,
            device,
            runtime,
            logger
        );
        LoggedIn = login.LoggedIn;
        _media = new(() =>
            new(_link, LoggedIn, Vault, runtime, device.Proxy, () => IsClosedByUs, Ended)
        );
        Pairing = new PairingFlow(_link, this, Vault, _events, device, runtime, gate, logger);
        var router = new StanzaRouter(
            _link,
            this,
            _events,
            Pairing,
            login,
            preKeys,
            _messaging,
            _media,
            logger
        );
        _inbox = new Inbox(
            gate,
            options.MaxHeldFrames,
            options.MaxHeldBytes,
            router.HandleAsync,
            Fail,
            Ended
        );
    }

    /// <summary>Bytes of stanzas that came and wait to be handled, and of the records that are in memory.</summary>
    public long HeldBytes => _inbox.HeldBytes + (_messaging.Started?.HeldBytes ?? 0);

    /// <inheritdoc/>
    public CancellationToken Ended { get; }

    /// <summary>Sends and asks.</summary>
    public IStanzaLink Link => _link;

    public Vault Vault { get; }

    public OwnPresence Presence { get; } = new();

    public Messaging Messaging => _messaging;

    public PairingFlow Pairing { get; }

    public MediaClient Media => _media.Value;

    public TimeProvider Time => _runtime.Time;

    /// <summary>Completes with the server's word that the device is logged in.</summary>
    public Task LoggedIn { get; }

    private WhatsAppOptions Options => _runtime.Options;

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
        _messaging.Started?.Stop();
        if (_wire is not null)
            await _wire.DisposeAsync();
        // An event's handler may wait for the close that it asked for.
        _gone.TrySetResult();
        await _events.Delivered;
        return _outcome!;
    }

    /// <inheritdoc/>
    public void End(Disconnect outcome)
    {
        if (Interlocked.CompareExchange(ref _outcome, outcome, null) is not null)
            return;
        if (outcome.Kind == DisconnectKind.LocalClose)
            LeaveMedia();
        _ = _ended.CancelAsync();
    }

    private bool IsClosedByUs =>
        Volatile.Read(ref _closing) is not null
        || Volatile.Read(ref _outcome)?.Kind == DisconnectKind.LocalClose;

    private void LeaveMedia()
    {
        if (_media.IsValueCreated)
            _media.Value.Leave();
    }

    /// <summary>Ends the connection politely: what was sent arrives, and the peer's close is awaited for a short time.</summary>
    /// <returns>Completes when the connection has ended.</returns>
    public Task CloseAsync(Disconnect outcome)
    {
        BeginClose(outcome);
        return _gone.Task;
    }

    /// <inheritdoc/>
    public void BeginClose(Disconnect outcome)
    {
        if (Interlocked.CompareExchange(ref _closing, outcome, null) is not null)
            return;
        LeaveMedia();
        _link.Shut();
        _messaging.Started?.Hurry();
        if (!_link.IsOpen)
        {
            End(outcome);
            return;
        }
        _runtime.Wheel.Arm(this, Options.CloseTimeout);
        Run(_link.CloseOutputAsync);
    }

    public async Task<bool> UnlinkAsync(CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, Ended);
        try
        {
            await LoggedIn.WaitAsync(either.Token);
            await _link
                .QueryAsync(
                    Stanzas.RemoveDevice(Vault.Credentials.Me!.Value),
                    "to unlink the device"
                )
                .WaitAsync(either.Token);
            await CloseAsync(new(DisconnectKind.LoggedOut, 401, "Unlinked by us.")).WaitAsync(ct);
            return true;
        }
        catch (Exception e) when (e is QueryRefusedException or TimeoutException)
        {
            Log.UnlinkFailed(_logger, e.Message);
            return false;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The server may cut the connection before it answers: that is an answer, too.
            await _gone.Task.WaitAsync(ct);
            return _outcome!.Kind == DisconnectKind.LoggedOut;
        }
    }

    /// <inheritdoc/>
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
        _link.Dispose();
        _messaging.Dispose();
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
        var wire = _wire = await _runtime.Dialer.DialAsync(_device.Proxy, Ended);
        var transport = await new Handshake(wire, _reader, _gate, Options, Time).RunAsync(
            Vault.Credentials,
            _device,
            Ended
        );
        using (transport)
        {
            _link.Open(wire, transport);
            _lastReceived = Time.GetTimestamp();
            _nextPing = _lastReceived + Stamps(NextPingDelay());
            // Devices that were linked together must not rotate their keys together.
            _nextKeyCare = _lastReceived + Stamps(KeyCare * Random.Shared.NextDouble());
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
        if (node.Tag == "iq" && node["type"] is "result" or "error" && !_link.IsExpected(node))
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
