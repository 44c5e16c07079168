using System.Buffers.Binary;
using System.Text;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>Outbound messages as rows. Chat, content, stanza and reason are encrypted; id and state are in the clear.</summary>
internal static class OutboxCodec
{
    /// <summary>What a message counts as for its encryption.</summary>
    public const string BodyKind = "outbox";

    private const string DetailKind = "outbox-detail";
    private const string ExtraKind = "outbox-extra";

    /// <summary>What a message that waits to be sent is counted with, as in the database.</summary>
    public static Backlog SizeOf(OutboundMessage message) =>
        new(
            1,
            2
                + Encoding.UTF8.GetByteCount(AddressOf(message))
                + message.Content.Length
                + AesGcmBox.Overhead
                + (message.Note is { } note ? note.Length + AesGcmBox.Overhead : 0)
        );

    /// <summary>Encrypts.</summary>
    /// <param name="cipher">Encrypts.</param>
    /// <param name="message">The message.</param>
    /// <param name="due">When it is to be queued, if it is to wait for that.</param>
    public static OutboxRow Seal(
        AtRestCipher cipher,
        OutboundMessage message,
        DateTimeOffset? due = null
    )
    {
        var address = Encoding.UTF8.GetBytes(AddressOf(message));
        var body = new byte[2 + address.Length + message.Content.Length];
        BinaryPrimitives.WriteUInt16BigEndian(body, checked((ushort)address.Length));
        address.CopyTo(body.AsSpan(2));
        message.Content.CopyTo(body.AsSpan(2 + address.Length));
        var detail = message switch
        {
            { State: OutboundState.Encrypted, Stanza: { } stanza } => stanza,
            { State: OutboundState.Failed, Error: { } error } => Encoding.UTF8.GetBytes(error),
            _ => null,
        };
        return new OutboxRow(
            message.Id,
            due is null ? StateOf(message) : OutboxState.Scheduled,
            cipher.Version,
            cipher.Seal(BodyKind, message.Id, body),
            cipher.Version,
            detail is null ? null : cipher.Seal(DetailKind, message.Id, detail),
            message.Note is { } note ? cipher.Seal(ExtraKind, message.Id, note) : null,
            due
        );
    }

    /// <summary>Decrypts.</summary>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public static async ValueTask<OutboundMessage> OpenAsync(
        AtRestCiphers ciphers,
        OutboxRow row,
        CancellationToken ct
    )
    {
        var body = (await ciphers.OfAsync(row.BodyVersion, ct)).Open(BodyKind, row.Id, row.Body);
        var detail = row.Detail is null
            ? null
            : (await ciphers.OfAsync(row.DetailVersion, ct)).Open(DetailKind, row.Id, row.Detail);
        // With the body, by the same key.
        var note = row.Extra is null
            ? null
            : (await ciphers.OfAsync(row.BodyVersion, ct)).Open(ExtraKind, row.Id, row.Extra);
        var length = BinaryPrimitives.ReadUInt16BigEndian(body);
        string[] address = Encoding.UTF8.GetString(body, 2, length).Split('\n');
        return new OutboundMessage(
            row.Id,
            address[0],
            StateOf(row),
            body[(2 + length)..],
            row.State == OutboxState.Encrypted ? detail : null,
            row.State is OutboxState.Failed or OutboxState.Expired && detail is not null
                ? Encoding.UTF8.GetString(detail)
                : null
        )
        {
            Note = note,
            ExpiresAt = Particulars.Read(note)?.ExpiresAt,
            Audience = address.Length > 1 ? address[1..] : null,
            Expired = row.State == OutboxState.Expired,
        };
    }

    /// <summary>Where it goes: the chat, and of a status each account that it is shown to on a line of its own.</summary>
    private static string AddressOf(OutboundMessage message) =>
        message.Audience is { } audience
            ? string.Join('\n', audience.Prepend(message.Chat))
            : message.Chat;

    private static OutboxState StateOf(OutboundMessage message) =>
        message.State switch
        {
            OutboundState.Queued => OutboxState.Queued,
            OutboundState.Encrypted => OutboxState.Encrypted,
            OutboundState.Acked => OutboxState.Acked,
            OutboundState.Failed => message.Expired ? OutboxState.Expired : OutboxState.Failed,
            _ => throw new ArgumentException(
                $"A message cannot be {message.State}.",
                nameof(message)
            ),
        };

    private static OutboundState StateOf(OutboxRow row) =>
        row.State switch
        {
            OutboxState.Queued or OutboxState.Scheduled => OutboundState.Queued,
            OutboxState.Encrypted => OutboundState.Encrypted,
            OutboxState.Acked => OutboundState.Acked,
            OutboxState.Failed or OutboxState.Expired or OutboxState.Cancelled =>
                OutboundState.Failed,
            _ => throw new InvalidDataException($"A stored message cannot be {row.State}."),
        };
}
