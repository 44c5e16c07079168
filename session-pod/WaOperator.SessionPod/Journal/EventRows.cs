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
    public static EventRow Seal(AtRestCipher cipher, long seq, SessionEvent e)
    {
        var (type, body) = EventCodec.Encode(e);
        return new(seq, type, cipher.Version, cipher.Seal(Kind, Id(seq), body));
    }

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
            EventCodec.Decode(row.Type, cipher.Open(Kind, Id(row.Seq), row.Ciphertext))
        );
    }

    private static string Id(long seq) => seq.ToString(CultureInfo.InvariantCulture);
}
