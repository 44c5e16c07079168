using System.Buffers.Binary;
using System.Text;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>Outbound messages as rows. Chat, content, stanza and reason are encrypted; id and state are in the clear.</summary>
internal static class OutboxCodec
{
    private const string BodyKind = "outbox";
    private const string DetailKind = "outbox-detail";

    /// <summary>What a message that waits to be sent is counted with, as in the database.</summary>
    public static Backlog SizeOf(string chat, byte[] content) =>
        new(1, 2 + Encoding.UTF8.GetByteCount(chat) + content.Length + AesGcmBox.Overhead);

    /// <summary>Encrypts.</summary>
    public static OutboxRow Seal(AtRestCipher cipher, OutboundMessage message)
    {
        var chat = Encoding.UTF8.GetByteCount(message.Chat);
        var body = new byte[2 + chat + message.Content.Length];
        BinaryPrimitives.WriteUInt16BigEndian(body, checked((ushort)chat));
        Encoding.UTF8.GetBytes(message.Chat, body.AsSpan(2));
        message.Content.CopyTo(body.AsSpan(2 + chat));
        var detail = message switch
        {
            { State: OutboundState.Encrypted, Stanza: { } stanza } => stanza,
            { State: OutboundState.Failed, Error: { } error } => Encoding.UTF8.GetBytes(error),
            _ => null,
        };
        return new OutboxRow(
            message.Id,
            StateOf(message),
            cipher.Version,
            cipher.Seal(BodyKind, message.Id, body),
            cipher.Version,
            detail is null ? null : cipher.Seal(DetailKind, message.Id, detail)
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
        var chat = BinaryPrimitives.ReadUInt16BigEndian(body);
        return new OutboundMessage(
            row.Id,
            Encoding.UTF8.GetString(body, 2, chat),
            StateOf(row),
            body[(2 + chat)..],
            row.State == OutboxState.Encrypted ? detail : null,
            row.State == OutboxState.Failed && detail is not null
                ? Encoding.UTF8.GetString(detail)
                : null
        );
    }

    private static OutboxState StateOf(OutboundMessage message) =>
        message.State switch
        {
            OutboundState.Queued => OutboxState.Queued,
            OutboundState.Encrypted => OutboxState.Encrypted,
            OutboundState.Acked => OutboxState.Acked,
            OutboundState.Failed => OutboxState.Failed,
            _ => throw new ArgumentException(
                $"A message cannot be {message.State}.",
                nameof(message)
            ),
        };

    private static OutboundState StateOf(OutboxRow row) =>
        row.State switch
        {
            OutboxState.Queued => OutboundState.Queued,
            OutboxState.Encrypted => OutboundState.Encrypted,
            OutboxState.Acked => OutboundState.Acked,
            OutboxState.Failed => OutboundState.Failed,
            _ => throw new InvalidDataException($"A stored message cannot be {row.State}."),
        };
}
