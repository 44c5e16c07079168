using System.Globalization;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Chats;

/// <summary>Messages from before a session was linked as rows, encrypted; what one holds is as in the journal.</summary>
internal static class PastBoxes
{
    private const string Kind = "past";

    /// <summary>Encrypts a message.</summary>
    /// <param name="keyring">Names messages.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="cipher">Encrypts.</param>
    /// <param name="chat">What names its chat.</param>
    /// <param name="at">When it was sent.</param>
    /// <param name="message">The message.</param>
    public static PastRow Seal(
        Keyring keyring,
        long session,
        AtRestCipher cipher,
        long chat,
        DateTimeOffset at,
        MessageReceived message
    )
    {
        var name = EventRows.NameOf(keyring, session, message.Head.Id);
        return new(
            name,
            chat,
            at,
            cipher.Version,
            cipher.Seal(Kind, Id(name, chat), JournalCodec.Encode(message).Bytes),
            message.Head.FromMe ? message.Head.Id : null
        );
    }

    /// <summary>Decrypts.</summary>
    /// <returns>Null: it is damaged, or encrypted with another key, and costs its readers that message alone.</returns>
    public static async ValueTask<MessageReceived?> TryOpenAsync(
        AtRestCiphers ciphers,
        PastRow row,
        CancellationToken ct
    )
    {
        try
        {
            var cipher = await ciphers.OfAsync(row.KeyVersion, ct);
            var body = cipher.Open(Kind, Id(row.Ref, row.Chat), row.Ciphertext);
            return JournalCodec.Decode(EventTypes.Message, body) as MessageReceived;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static string Id(RecordName name, long chat) =>
        string.Create(CultureInfo.InvariantCulture, $"{name.Value:x32}/{chat:x16}");
}
