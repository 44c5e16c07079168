using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.WhatsApp.Client;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp;

/// <summary>
/// One device. It pairs if the store holds no account, else it logs in. <see cref="WhatsAppClient.RunAsync"/> connects it.
/// </summary>
public sealed partial class WhatsAppDevice
{
    private readonly WhatsAppRuntime _runtime;
    private readonly DeviceOptions _options;
    private readonly IDeviceStore _store;
    private readonly IActGate _gate;
    private readonly ILogger _logger;
    private readonly IMessageStore? _messages;
    private Session? _session;

    /// <param name="runtime">What all devices of the process share.</param>
    /// <param name="options">This device's options.</param>
    /// <param name="store">Keeps this device's keys.</param>
    /// <param name="gate">Says whether this device may act now.</param>
    /// <param name="logger">Where to log; give it a scope that names the session. Default nowhere.</param>
    /// <param name="messages">Keeps this device's messages. Default null: it neither sends nor takes any, and they wait at the server.</param>
    internal WhatsAppDevice(
        WhatsAppRuntime runtime,
        DeviceOptions options,
        IDeviceStore store,
        IActGate gate,
        ILogger? logger = null,
        IMessageStore? messages = null
    )
    {
        _runtime = runtime;
        _options = options;
        _store = store;
        _gate = gate;
        _logger = logger ?? NullLogger.Instance;
        _messages = messages;
    }

    /// <summary>One connection, from dialling to its end. When to connect again is the caller's business.</summary>
    /// <param name="onEvent">
    /// Gets the events, one at a time and in order. It may call this client, and wait for it. While it runs the connection continues, but
    /// the next event waits. If it throws, the connection ends as <see cref="DisconnectKind.InternalError"/>.
    /// </param>
    /// <param name="ct">Ends the connection at once (<see cref="DisconnectKind.LocalClose"/>); see <see cref="CloseAsync"/> for the polite way.</param>
    /// <returns>How it ended. All events have been handled by then, and nothing of the connection runs any more.</returns>
    /// <exception cref="ArgumentException">A device option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The device is connected already.</exception>
    internal async Task<Disconnect> RunAsync(
        Func<ClientEvent, ValueTask> onEvent,
        CancellationToken ct
    )
    {
        _options.Validate(_messages);
        using var session = new Session(
            _runtime,
            _options,
            _store,
            _gate,
            _logger,
            onEvent,
            _messages
        );
        if (Interlocked.CompareExchange(ref _session, session, null) is not null)
            throw new InvalidOperationException(
                "The device has a connection already; wait for its end."
            );
        try
        {
            return await session.RunAsync(ct);
        }
        finally
        {
            Volatile.Write(ref _session, null);
        }
    }

    /// <summary>
    /// About how many bytes the connection holds that one at rest does not: of stanzas that came and wait to be handled, and of the
    /// records of the conversations (Signal sessions and sender keys with their skipped keys, device lists) that were used of late.
    /// </summary>
    internal long HeldBytes => Volatile.Read(ref _session)?.HeldBytes ?? 0;

    /// <summary>
    /// Closes politely: nothing more is sent or handled, and the server's close is awaited for
    /// <see cref="WhatsAppOptions.CloseTimeout"/> at most. Returns when the connection has ended (the last events may still
    /// be under way); does nothing without one.
    /// </summary>
    internal Task CloseAsync() =>
        Volatile
            .Read(ref _session)
            ?.CloseAsync(new(DisconnectKind.LocalClose, null, "Closed by us."))
        ?? Task.CompletedTask;

    /// <summary>
    /// Takes a message to be sent. Messages to one chat go out in the order of the calls; nothing need be awaited between them. Before the
    /// login is complete they wait.
    /// </summary>
    /// <exception cref="ArgumentException">The message has no form that can be sent.</exception>
    /// <exception cref="InvalidOperationException">There is no connection, or nothing that keeps messages.</exception>
    public SendTicket Send(OutgoingMessage message) => Messenger.Send(message);

    /// <summary>As <see cref="Send"/>; returns when the message is encrypted and that is durable.</summary>
    /// <param name="message">The message.</param>
    /// <param name="ct">Ends the wait, not the sending.</param>
    /// <exception cref="SendException">See <see cref="SendTicket.Accepted"/>.</exception>
    /// <exception cref="OperationCanceledException">See <see cref="SendTicket.Accepted"/>; or the token was cancelled.</exception>
    public async Task<SendTicket> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        var ticket = Send(message);
        await ticket.Accepted.WaitAsync(ct);
        return ticket;
    }

    /// <summary>
    /// Takes the device off the account, so that the phone no longer lists it, and ends the connection
    /// (<see cref="DisconnectKind.LoggedOut"/>). Waits for the login if it is still under way.
    /// </summary>
    /// <returns>True if the server confirmed it; false without a connection, or if that ended for another reason.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled before the server answered.</exception>
    public Task<bool> UnlinkAsync(CancellationToken ct) =>
        Volatile.Read(ref _session)?.UnlinkAsync(ct) ?? Task.FromResult(false);

    private Messenger Messenger =>
        Session.Messaging.Messenger
        ?? throw new InvalidOperationException(
            "The device was given nothing that keeps messages, so it cannot send any."
        );
}
