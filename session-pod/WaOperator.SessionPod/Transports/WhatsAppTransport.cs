using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Transports;

/// <summary>A WhatsApp Web connection.</summary>
/// <param name="client">The device.</param>
/// <param name="messages">Its messages in PostgreSQL, for this connection.</param>
internal sealed class WhatsAppTransport(WhatsAppDevice client, PodMessageStore messages)
    : ISessionTransport
{
    /// <inheritdoc/>
    public bool HasWaiting => messages.Waiting;

    /// <inheritdoc/>
    public long HeldBytes => client.HeldBytes;

    /// <inheritdoc/>
    public bool InDoubt => messages.InDoubt;

    /// <inheritdoc/>
    public Task<Disconnect> RunAsync(Func<ClientEvent, ValueTask> onEvent, CancellationToken ct) =>
        client.RunAsync(onEvent, ct);

    /// <inheritdoc/>
    public Task Send(OutgoingMessage message) => client.Send(message).Accepted;

    /// <inheritdoc/>
    public Task<bool> UnlinkAsync(CancellationToken ct) => client.UnlinkAsync(ct);

    /// <inheritdoc/>
    public Task CloseAsync() => client.CloseAsync();

    /// <inheritdoc/>
    public Task SettledAsync() => messages.SettledAsync();
}
