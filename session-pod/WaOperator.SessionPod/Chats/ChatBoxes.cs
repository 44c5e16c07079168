using System.Globalization;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Chats;

/// <summary>What a chat's row holds, decrypted.</summary>
/// <param name="Address">The chat, as it was written to last.</param>
/// <param name="LastId">The id of its last message.</param>
internal sealed record ChatBox(Jid Address, string LastId);

/// <summary>What is known of an account or a group, decrypted.</summary>
/// <param name="Address">See <see cref="ChatNaming.Known"/>.</param>
/// <param name="Phone">By phone number, where it is known.</param>
/// <param name="Lid">By LID, where it is known.</param>
/// <param name="Name">The name that the account has chosen, or the group's subject.</param>
internal sealed record ContactBox(Jid Address, Jid? Phone, Jid? Lid, string? Name);

/// <summary>Chats, contacts and receipts as rows: all but times and counts is encrypted.</summary>
internal static class ChatBoxes
{
    private const string ChatKind = "chat";
    private const string ContactKind = "contact";
    private const string ReceiptKind = "receipt";

    public static byte[] Seal(AtRestCipher cipher, RecordName name, ChatBox chat) =>
        cipher.Seal(ChatKind, Id(name), Packed.Write(chat.Address.ToString(), chat.LastId));

    public static byte[] Seal(AtRestCipher cipher, RecordName name, ContactBox contact) =>
        cipher.Seal(
            ContactKind,
            Id(name),
            Packed.Write(
                contact.Address.ToString(),
                contact.Phone?.ToString(),
                contact.Lid?.ToString(),
                contact.Name
            )
        );

    public static byte[] Seal(AtRestCipher cipher, RecordName name, Jid participant) =>
        cipher.Seal(ReceiptKind, Id(name), Packed.Write(participant.ToString()));

    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public static async ValueTask<ChatBox> OpenAsync(
        AtRestCiphers ciphers,
        ChatRow row,
        CancellationToken ct
    )
    {
        var cipher = await ciphers.OfAsync(row.KeyVersion, ct);
        var texts = Packed.Read(cipher.Open(ChatKind, Id(row.Chat), row.Ciphertext), 2);
        return new(Address(texts[0]), texts[1] ?? "");
    }

    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public static async ValueTask<ContactBox> OpenAsync(
        AtRestCiphers ciphers,
        ContactRow row,
        CancellationToken ct
    )
    {
        var cipher = await ciphers.OfAsync(row.KeyVersion, ct);
        var texts = Packed.Read(cipher.Open(ContactKind, Id(row.Contact), row.Ciphertext), 4);
        return new(
            Address(texts[0]),
            texts[1] is { } phone ? Address(phone) : null,
            texts[2] is { } lid ? Address(lid) : null,
            texts[3]
        );
    }

    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public static async ValueTask<Jid> OpenAsync(
        AtRestCiphers ciphers,
        ReceiptRow row,
        CancellationToken ct
    )
    {
        var cipher = await ciphers.OfAsync(row.KeyVersion, ct);
        return Address(
            Packed.Read(cipher.Open(ReceiptKind, Id(row.Participant), row.Ciphertext), 1)[0]
        );
    }

    private static Jid Address(string? text) =>
        Jid.TryParse(text, out var jid)
            ? jid
            : throw new InvalidDataException("A row of a chat has no address.");

    private static string Id(RecordName name) =>
        name.Value.ToString("x32", CultureInfo.InvariantCulture);
}
