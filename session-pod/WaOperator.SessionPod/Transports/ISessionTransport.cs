using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Transports;

/// <summary>
/// What the pod needs of a messaging network for one connection of one session. Once only: the next connection is another instance.
/// Events and reasons of the end are those of WaOperator.WhatsApp; a transport to another network says the same things in its place.
/// </summary>
internal interface ISessionTransport
{
    /// <summary>Whether messages waited to be sent when the connection looked. Known once it is connected.</summary>
    bool HasWaiting { get; }

    /// <summary>Files over this connection, once it is connected.</summary>
    ISessionFiles Files { get; }

    /// <summary>Bytes that the connection holds beyond one at rest.</summary>
    long HeldBytes { get; }

    /// <summary>A write of it got no answer and may still become durable. Known after <see cref="SettledAsync"/>.</summary>
    bool InDoubt { get; }

    /// <summary>What it does beside messages.</summary>
    ISocialTransport Social { get; }

    /// <summary>Connects and stays until the end.</summary>
    /// <param name="onEvent">Gets the events, one at a time and in order.</param>
    /// <param name="ct">Ends the connection at once.</param>
    /// <returns>How it ended; all events have been handled by then.</returns>
    Task<Disconnect> RunAsync(Func<ClientEvent, ValueTask> onEvent, CancellationToken ct);

    /// <summary>Takes a queued message to be sent. Those to one chat go out in the order of the calls.</summary>
    /// <returns>
    /// Completes when the message is durable as encrypted, or refused for good. Cancelled: the connection ended before. A
    /// <see cref="SendException"/>: it cannot be sent now. In both cases it is still in the queue.
    /// </returns>
    /// <exception cref="InvalidOperationException">The connection has ended.</exception>
    /// <exception cref="ArgumentException">It has no form that can be sent.</exception>
    Task Send(OutgoingMessage message);

    /// <summary>Answers a <see cref="PasskeyRequest"/> with what the account's passkey signed.</summary>
    /// <exception cref="FormatException">It is malformed, or answers another request.</exception>
    /// <exception cref="InvalidOperationException">No passkey is asked for, or the connection has ended.</exception>
    /// <exception cref="QueryRefusedException">The server does not accept it, and the pairing is over.</exception>
    Task AnswerPasskeyAsync(string assertion, CancellationToken ct);

    /// <summary>Says that the code of a <see cref="PasskeyCode"/> stands on the phone as well.</summary>
    /// <exception cref="InvalidOperationException">No code is shown, or the connection has ended.</exception>
    /// <exception cref="QueryRefusedException">The server does not take the device's keys, and the pairing is over.</exception>
    Task ConfirmPasskeyCodeAsync(CancellationToken ct);

    /// <summary>Takes the device off the account, which ends the connection.</summary>
    /// <returns>False: the connection ended for another reason, or the server refused and it is still there.</returns>
    Task<bool> UnlinkAsync(CancellationToken ct);

    /// <summary>Closes politely. Returns when the connection has ended.</summary>
    Task CloseAsync();

    /// <summary>After the end: completes when it is known of every write whether it is durable.</summary>
    Task SettledAsync();
}
