using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Reconnecting;
using WaOperator.WhatsApp.Running;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp;

/// <summary>
/// A WhatsApp account, as one of its linked devices. Make one, say what is to happen with events, and run it: it pairs if its store
/// holds no device, connects, and connects again after failures.
/// <code>
/// await using var client = new WhatsAppClient(new() { StateDirectory = "state" });
/// client.OnQrCode(qr =&gt; Show(qr.Code));
/// client.OnMessage((message, ct) =&gt; client.SendTextAsync(message.Head.Chat, "Got it.", ct));
/// await client.RunAsync(stopping);
/// </code>
/// </summary>
/// <remarks>
/// Events that are stored (<see cref="OnMessage"/>, <see cref="OnEvent{T}"/>) come one at a time, in order and at least once: an event
/// is done with when its handlers have returned, and comes again after a crash before that. A handler that throws is given the event
/// again, <see cref="WhatsAppClientOptions.HandlerAttempts"/> times; then the event is logged as an error and given to
/// <see cref="OnSkipped"/>. What has no handler when it comes is done with; add handlers before the run. All members may be
/// called from several threads, and from handlers.
/// </remarks>
public sealed partial class WhatsAppClient : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly WhatsAppRuntime _runtime;
    private readonly IWhatsAppStore _store;
    private readonly IDisposable?[] _owned;
    private readonly TimeSpan _longestWait;
    private readonly Handlers<SessionEvent> _events = new();
    private readonly Handlers<ClientEvent> _clientEvents = new();
    private readonly Handlers<SkippedEvent> _skipped = new();
    private readonly EventFeed _feed;
    private readonly Readiness _readiness = new();
    private readonly Answers _answers = new();
    private readonly CancellationTokenSource _disposed = new();
    private Task? _run;

    /// <summary>Opens the store; connects nowhere yet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="logger">Where to log. Default nowhere.</param>
    /// <param name="runtime">
    /// What clients of a process can share: timer, HTTP connections, room for files. It stays the caller's. Default null: the client
    /// makes its own by <see cref="WhatsAppClientOptions.Protocol"/>.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="IOException">The directory cannot be used, or another program uses it.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory may not be used.</exception>
    /// <exception cref="InvalidDataException">What is in the directory is damaged.</exception>
    public WhatsAppClient(
        WhatsAppClientOptions options,
        ILogger? logger = null,
        WhatsAppRuntime? runtime = null
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _logger = logger ?? NullLogger.Instance;
        var opened = options.Store is null ? FileStore.Open(options.StateDirectory!) : null;
        _store = options.Store ?? opened!;
        var made = runtime is null ? new WhatsAppRuntime(options.Protocol) : null;
        _runtime = runtime ?? made!;
        _owned = [made, opened];
        _longestWait = options.LongestReconnectWait;
        _feed = new(
            _store,
            _events,
            _skipped,
            new(options.HandlerAttempts, options.LongestHandlerWait),
            _runtime.Time,
            _logger
        );
        Device = new(
            _runtime,
            options.Device,
            _store,
            OpenGate.Instance,
            _logger,
            options.TakesMessages ? new WatchedStore(_store, Committed) : null
        );
    }

    /// <summary>
    /// The device, for what the client has no method of its own: groups, presence, typing, block list, who is on WhatsApp. Its methods
    /// need a connection and throw <see cref="InvalidOperationException"/> without one; await <see cref="ConnectedAsync"/> before.
    /// </summary>
    public WhatsAppDevice Device { get; }

    /// <summary>Adds a handler of messages, those that the account's other devices sent included (<see cref="MessageHead.FromMe"/>).</summary>
    /// <param name="handler">Its token is cancelled when the client is being stopped; the event then comes again in the next run.</param>
    public WhatsAppClient OnMessage(Func<MessageReceived, CancellationToken, Task> handler) =>
        OnEvent(handler);

    /// <summary>Adds a handler of stored events: <see cref="MessageReceived"/>, <see cref="ReceiptReceived"/>, <see cref="MessageFailed"/>, <see cref="GroupChanged"/>, ...</summary>
    /// <typeparam name="T">Which events; <see cref="SessionEvent"/> for all.</typeparam>
    /// <param name="handler">As for <see cref="OnMessage"/>.</param>
    public WhatsAppClient OnEvent<T>(Func<T, CancellationToken, Task> handler)
        where T : SessionEvent
    {
        _events.Add(handler);
        return this;
    }

    /// <summary>Adds a handler of the codes that are to be scanned. Each replaces the one before.</summary>
    public WhatsAppClient OnQrCode(Func<QrCode, CancellationToken, Task> handler) =>
        OnClientEvent(handler);

    /// <inheritdoc cref="OnQrCode(Func{QrCode, CancellationToken, Task})"/>
    public WhatsAppClient OnQrCode(Action<QrCode> handler) => OnClientEvent(handler);

    /// <summary>Adds a handler of the codes that are to be typed into the phone (<see cref="PairingMethod.Code"/>). Each replaces the one before.</summary>
    public WhatsAppClient OnPhoneCode(Func<PhoneCode, CancellationToken, Task> handler) =>
        OnClientEvent(handler);

    /// <inheritdoc cref="OnPhoneCode(Func{PhoneCode, CancellationToken, Task})"/>
    public WhatsAppClient OnPhoneCode(Action<PhoneCode> handler) => OnClientEvent(handler);

    /// <summary>
    /// Adds a handler of what passes and is stored nowhere: <see cref="PairSuccess"/>, <see cref="Connected"/>,
    /// <see cref="Disconnected"/>, <see cref="PresenceChanged"/>, <see cref="ChatStateChanged"/>, ... They come in order, once. A
    /// failure of the handler is logged.
    /// </summary>
    /// <typeparam name="T">Which; <see cref="ClientEvent"/> for all.</typeparam>
    /// <param name="handler">
    /// While it runs the next one waits; connections do not, so that it may send and wait for the answer. Its token is cancelled when the
    /// client is being stopped.
    /// </param>
    public WhatsAppClient OnClientEvent<T>(Func<T, CancellationToken, Task> handler)
        where T : ClientEvent
    {
        _clientEvents.Add(handler);
        return this;
    }

    /// <inheritdoc cref="OnClientEvent{T}(Func{T, CancellationToken, Task})"/>
    public WhatsAppClient OnClientEvent<T>(Action<T> handler)
        where T : ClientEvent
    {
        ArgumentNullException.ThrowIfNull(handler);
        return OnClientEvent<T>(
            (raised, _) =>
            {
                handler(raised);
                return Task.CompletedTask;
            }
        );
    }

    /// <summary>Adds a handler of events that another handler failed on too often. Its own failure is logged.</summary>
    public WhatsAppClient OnSkipped(Func<SkippedEvent, CancellationToken, Task> handler)
    {
        _skipped.Add(handler);
        return this;
    }

    /// <summary>
    /// Connects and stays connected, until it is told to stop or the session has ended for good. One run at a time; another may follow.
    /// </summary>
    /// <param name="ct">Stops it: the connection is closed politely, the handler that runs is awaited, and the task completes.</param>
    /// <exception cref="SessionEndedException">
    /// The device was unlinked, replaced, banned or not paired, or the server refuses this client; see <see cref="Disconnect.Kind"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">The client runs already.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    public async Task RunAsync(CancellationToken ct = default)
    {
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _run, over.Task, null) is not null)
            throw new InvalidOperationException("The client runs already.");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, _disposed.Token);
        Exception why = Stopped();
        _readiness.Begin();
        // At once: a handler that waits for a connection, or for the answer to a message, must not hold up the stop.
        await using var stopped = stop.Token.UnsafeRegister(_ => GiveUp(Stopped()), null);
        var feed = _feed.RunAsync(stop.Token);
        // Not the connection's: a handler that waits for the next connection must not keep it from being made.
        var signs = new EventPump(
            async raised => await RaiseAsync(raised, stop.Token),
            e => Log.HandlerFailed(_logger, e, nameof(ClientEvent))
        );
        try
        {
            if (await StayConnectedAsync(signs, stop.Token) is { } end)
                throw why = new SessionEndedException(end);
        }
        finally
        {
            GiveUp(why);
            await signs.Delivered;
            await stop.CancelAsync();
            await feed;
            Volatile.Write(ref _run, null);
            over.SetResult();
        }
    }

    /// <summary>Waits until the client is connected and messages can be sent; at once if it is.</summary>
    /// <exception cref="SessionEndedException">The session has ended for good.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the client was stopped.</exception>
    public Task ConnectedAsync(CancellationToken ct = default) => _readiness.Ready.WaitAsync(ct);

    /// <summary>
    /// Takes the device off the account, so that the phone no longer lists it; the run then ends as
    /// <see cref="DisconnectKind.LoggedOut"/>. Waits for a connection. The store is kept; clear it before a new device is paired.
    /// </summary>
    /// <returns>True if the server confirmed it; false if the connection ended for another reason first.</returns>
    /// <exception cref="SessionEndedException">The session has ended already.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the client was stopped.</exception>
    public async Task<bool> UnlinkAsync(CancellationToken ct = default)
    {
        await ConnectedAsync(ct);
        return await Device.UnlinkAsync(ct);
    }

    /// <summary>Stops the client if it runs, and gives back what it opened. A handler must not await this.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        if (Volatile.Read(ref _run) is { } run)
            await run;
        // Those who wait for a run that never began.
        GiveUp(Stopped());
        foreach (var owned in _owned)
            owned?.Dispose();
    }

    /// <returns>The end that another connection would not change; null: it was told to stop.</returns>
    private async Task<Disconnect?> StayConnectedAsync(EventPump signs, CancellationToken ct)
    {
        var pace = new RedialPace();
        while (!ct.IsCancellationRequested)
        {
            var (end, held) = await ConnectAsync(signs, ct);
            if (ct.IsCancellationRequested)
                break;
            if (held is not null)
                pace = pace.Connected;
            pace = pace.After(
                Redials.Of(end.Kind),
                end,
                held ?? TimeSpan.Zero,
                Random.Shared.NextDouble()
            );
            TimeSpan? wait = Redials.NeedsPerson(end.Kind)
                ? null
                : Shorter(pace.Wait, _longestWait);
            Log.Disconnected(_logger, end.Kind, end.Message, wait);
            signs.Raise(new Disconnected(end, wait));
            if (wait is not { } time)
                return end;
            await Task.Delay(time, _runtime.Time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        return null;
    }

    /// <summary>One connection, closed politely when the client is told to stop.</summary>
    /// <returns>How it ended, and how long it was ready; null: it never was.</returns>
    private async Task<(Disconnect End, TimeSpan? Held)> ConnectAsync(
        EventPump signs,
        CancellationToken ct
    )
    {
        long? since = null;
        var run = Device.RunAsync(Take, CancellationToken.None);
        await using var stop = ct.UnsafeRegister(
            static device => _ = ((WhatsAppDevice)device!).CloseAsync(),
            Device
        );
        var end = await run;
        _readiness.Down();
        return (end, since is { } start ? _runtime.Time.GetElapsedTime(start) : null);

        ValueTask Take(ClientEvent raised)
        {
            if (raised is Connected)
            {
                since = _runtime.Time.GetTimestamp();
                _readiness.Up();
            }
            signs.Raise(raised);
            return ValueTask.CompletedTask;
        }
    }

    private async Task RaiseAsync(ClientEvent raised, CancellationToken ct)
    {
        foreach (var handler in _clientEvents.For(raised))
        {
            try
            {
                await handler(raised, ct);
            }
            catch (Exception e)
                when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                Log.HandlerFailed(_logger, e, raised.GetType().Name);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Committed(IReadOnlyList<SessionEvent> events)
    {
        _answers.Take(events);
        _feed.Wake();
    }

    /// <summary>Who waits for a connection or an answer waits in vain.</summary>
    private void GiveUp(Exception why)
    {
        _readiness.End(why);
        _answers.Fail(why);
    }

    private static OperationCanceledException Stopped() => new("The client was stopped.");

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.WhatsAppClientDisconnected,
            Level = LogLevel.Information,
            Message = "Disconnected: {Kind}. {Reason} Next connection in {Wait}"
        )]
        public static partial void Disconnected(
            ILogger logger,
            DisconnectKind kind,
            string reason,
            TimeSpan? wait
        );

        [LoggerMessage(
            EventId = EventIds.WhatsAppClientHandlerFailed,
            Level = LogLevel.Error,
            Message = "A handler of {Name} failed"
        )]
        public static partial void HandlerFailed(ILogger logger, Exception e, string name);
    }
}
