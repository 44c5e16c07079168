using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Transports;

/// <summary>A WhatsApp Web connection.</summary>
/// <param name="client">The device.</param>
/// <param name="messages">Its messages in PostgreSQL, for this connection.</param>
internal sealed class WhatsAppTransport(WhatsAppDevice client, PodMessageStore messages)
    : ISessionTransport,
        ISessionFiles
{
    /// <inheritdoc/>
    public bool HasWaiting => messages.Waiting;

    /// <inheritdoc/>
    public ISessionFiles Files => this;

    /// <inheritdoc/>
    public long HeldBytes => client.HeldBytes;

    /// <inheritdoc/>
    public bool InDoubt => messages.InDoubt;

    /// <inheritdoc/>
    public ISocialTransport Social => new WhatsAppSocial(client);

    /// <inheritdoc/>
    public Task<Disconnect> RunAsync(Func<ClientEvent, ValueTask> onEvent, CancellationToken ct) =>
        client.RunAsync(onEvent, ct);

    /// <inheritdoc/>
    public Task Send(OutgoingMessage message) => client.Send(message).Accepted;

    /// <inheritdoc/>
    public Task<MediaReference> UploadAsync(MediaKind kind, Stream source, CancellationToken ct) =>
        client.UploadAsync(kind, source, ct);

    /// <inheritdoc/>
    public Task DownloadAsync(MediaReference file, Stream destination, CancellationToken ct) =>
        client.DownloadAsync(file, destination, ct);

    /// <inheritdoc/>
    public Task<MediaReference> RequestAsync(
        MediaReference file,
        MessageReference message,
        CancellationToken ct
    ) => client.RequestMediaAsync(file, message, ct);

    /// <inheritdoc/>
    public Task AnswerPasskeyAsync(string assertion, CancellationToken ct) =>
        client.AnswerPasskeyAsync(assertion, ct);

    /// <inheritdoc/>
    public Task ConfirmPasskeyCodeAsync(CancellationToken ct) => client.ConfirmPasskeyCodeAsync(ct);

    /// <inheritdoc/>
    public Task<bool> UnlinkAsync(CancellationToken ct) => client.UnlinkAsync(ct);

    /// <inheritdoc/>
    public Task CloseAsync() => client.CloseAsync();

    /// <inheritdoc/>
    public Task SettledAsync() => messages.SettledAsync();
}
