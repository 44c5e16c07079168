using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp;

/// <content>Sending.</content>
public sealed partial class WhatsAppClient
{
    /// <summary>Sends a text; see <see cref="SendAsync"/>.</summary>
    /// <param name="to">
    /// A phone number in international form (<c>491701234567</c>, <c>+49 170 1234567</c>), or the address of an account or a group
    /// (<c>123@lid</c>, <c>456@g.us</c>).
    /// </param>
    /// <param name="text">The text.</param>
    /// <param name="ct">Ends the wait, not the sending.</param>
    /// <exception cref="ArgumentException">That cannot be sent to.</exception>
    /// <inheritdoc cref="SendAsync" path="/returns"/>
    public Task<SendResult> SendTextAsync(string to, string text, CancellationToken ct = default) =>
        SendTextAsync(Addressee(to), text, ct);

    /// <inheritdoc cref="SendTextAsync(string, string, CancellationToken)"/>
    public Task<SendResult> SendTextAsync(Jid to, string text, CancellationToken ct = default) =>
        SendAsync(OutgoingMessage.Of(to, MessageContent.Text(text)), ct);

    /// <summary>
    /// Sends a message and waits for the server's answer. Waits for a connection; if that breaks, the next one sends the message again
    /// with the same id, so that it arrives once. Calls that overlap keep their order on one connection only: where the order
    /// matters, await one before the next.
    /// </summary>
    /// <param name="message">The message; <see cref="OutgoingMessage.Of(Jid, MessageContent)"/> makes one.</param>
    /// <param name="ct">Ends the wait. A message that was encrypted by then is sent all the same.</param>
    /// <returns>The answer; <see cref="SendResult.Succeeded"/> is false if the message was refused.</returns>
    /// <exception cref="ArgumentException">The message has no form that can be sent.</exception>
    /// <exception cref="SendException">It could not be encrypted now: the server did not give the receiver's keys. It was not sent.</exception>
    /// <exception cref="SessionEndedException">The session has ended for good.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the client was stopped.</exception>
    public async Task<SendResult> SendAsync(OutgoingMessage message, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        message.Validate();
        var answer = _answers.Expect(message.Id);
        try
        {
            while (!await TryHandOverAsync(message, ct)) { }
            return await answer.WaitAsync(ct);
        }
        finally
        {
            _answers.Forget(message.Id);
        }
    }

    /// <summary>Uploads a file and sends it; see <see cref="SendAsync"/>.</summary>
    /// <param name="to">As for <see cref="SendTextAsync(Jid, string, CancellationToken)"/>.</param>
    /// <param name="kind">Image, video, audio, document or sticker.</param>
    /// <param name="file">Read once, to its end.</param>
    /// <param name="info">What is said about it: MIME type, caption, name. Default nothing.</param>
    /// <param name="ct">Ends the upload, and the wait for the answer.</param>
    /// <exception cref="ArgumentException">Such files are not sent as messages.</exception>
    /// <exception cref="MediaException">The upload failed: too large, or no host took it.</exception>
    /// <inheritdoc cref="SendAsync" path="/returns"/>
    public async Task<SendResult> SendFileAsync(
        Jid to,
        MediaKind kind,
        Stream file,
        MediaInfo? info = null,
        CancellationToken ct = default
    )
    {
        Func<MediaReference, MediaInfo?, MessageContent> content = kind switch
        {
            MediaKind.Image => MessageContent.Image,
            MediaKind.Video => MessageContent.Video,
            MediaKind.Audio => MessageContent.Audio,
            MediaKind.Document => MessageContent.Document,
            MediaKind.Sticker => MessageContent.Sticker,
            _ => throw new ArgumentException(
                $"A file of the kind {kind} is not sent as a message.",
                nameof(kind)
            ),
        };
        await ConnectedAsync(ct);
        var stored = await Device.UploadAsync(kind, file, ct);
        return await SendAsync(OutgoingMessage.Of(to, content(stored, info)), ct);
    }

    /// <summary>
    /// Loads a message's file. If the hosts no longer have it, the account's phone is asked for it once. What is written to the
    /// destination has <b>not been verified</b> until this returns; if it throws, throw it away.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="destination">Gets the file.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="ArgumentException">The message has no file.</exception>
    /// <exception cref="MediaException">Neither hosts nor phone have it, it is damaged, or the connection broke.</exception>
    public async Task DownloadAsync(
        MessageReceived message,
        Stream destination,
        CancellationToken ct = default
    )
    {
        ArgumentNullException.ThrowIfNull(message);
        var file =
            message.Content.Media
            ?? throw new ArgumentException("The message has no file.", nameof(message));
        var head = message.Head;
        await ConnectedAsync(ct);
        await Device.DownloadAsync(
            file,
            new MessageReference(head.Chat, head.Id, head.FromMe, head.Sender.Account),
            destination,
            ct
        );
    }

    /// <summary>Reports to the sender, and to the account's other devices, that a message has been read.</summary>
    /// <exception cref="SessionEndedException">The session has ended for good.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, the client was stopped, or the connection broke.</exception>
    public async Task MarkReadAsync(MessageReceived message, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        await ConnectedAsync(ct);
        await Device.MarkReadAsync(
            message.Head.Chat,
            message.Head.InGroup ? message.Head.Sender : null,
            [message.Head.Id],
            played: false,
            onlyOwn: false,
            ct
        );
    }

    /// <returns>False: the connection ended before the message was durable, and the next one is to take it.</returns>
    private async Task<bool> TryHandOverAsync(OutgoingMessage message, CancellationToken ct)
    {
        var over = await _readiness.Ready.WaitAsync(ct);
        try
        {
            await Device.Send(message).Accepted.WaitAsync(ct);
            return true;
        }
        catch (Exception e)
            when (e is InvalidOperationException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            await over.WaitAsync(ct);
            return false;
        }
    }

    private static Jid Addressee(string to)
    {
        ArgumentNullException.ThrowIfNull(to);
        var written = to;
        string? why;
        if (!to.Contains('@', StringComparison.Ordinal))
        {
            if (!PhoneNumberReader.TryRead(to, out written, out why))
                throw new ArgumentException(
                    $"The receiver is not a phone number: {why}.",
                    nameof(to)
                );
        }
        return Jid.TryParseAddressee(written, out var jid, out why)
            ? jid
            : throw new ArgumentException($"That cannot be sent to: {why}.", nameof(to));
    }
}
