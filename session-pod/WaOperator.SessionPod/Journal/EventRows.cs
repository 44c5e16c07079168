using System.Globalization;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Journal;

/// <summary>Events as rows: number and type are in the clear, the body is encrypted.</summary>
internal static class EventRows
{
    private const string Kind = "event";

    /// <summary>Encrypts an event that has its number.</summary>
    /// <param name="keyring">Names messages, so that they can be found by their ids.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="cipher">Encrypts.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="e">The event.</param>
    /// <param name="chat">What names its chat, if it is a message.</param>
    public static EventRow Seal(
        Keyring keyring,
        long session,
        AtRestCipher cipher,
        long seq,
        SessionEvent e,
        long? chat = null
    )
    {
        var (type, body) = JournalCodec.Encode(e);
        return new(
            seq,
            type,
            cipher.Version,
            cipher.Seal(Kind, Id(seq), body),
            e is MessageReceived m ? NameOf(keyring, session, m.Head.Id) : null,
            chat
        );
    }

    /// <summary>The name under which a message is found by its id.</summary>
    public static RecordName NameOf(Keyring keyring, long session, string message) =>
        keyring.Name(session, "message", message);

    /// <summary>Decrypts.</summary>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public static async ValueTask<JournalEvent> OpenAsync(
        AtRestCiphers ciphers,
        EventRow row,
        CancellationToken ct
    )
    {
        var cipher = await ciphers.OfAsync(row.KeyVersion, ct);
        return new(
            row.Seq,
            JournalCodec.Decode(row.Type, cipher.Open(Kind, Id(row.Seq), row.Ciphertext))
        );
    }

    private static string Id(long seq) => seq.ToString(CultureInfo.InvariantCulture);
}
