using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace WaOperator.Domain;

/// <summary>
/// Ids of messages and files as programs made for Meta's WhatsApp Cloud API expect them: each has one of our ids in it, so that no table
/// is needed.
/// </summary>
public static class CloudIds
{
    private const string Prefix = "wamid.";

    // Ids of messages are chosen by any client; those that are longer than this are taken nowhere.
    private const int MaxEncoded = 4 * 256;

    /// <summary>One of our ids as a wamid.</summary>
    public static string ToCloud(string id) =>
        Prefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(id));

    /// <summary>The id of a file, which says of which number's session it is: the path that it is asked for by names none.</summary>
    /// <param name="phone">The number, digits only.</param>
    /// <param name="media">Our id.</param>
    public static string OfFile(string phone, string media) => $"{phone}.{media}";

    /// <summary>Our id of a wamid. Total: any text is read or refused.</summary>
    /// <param name="wamid">What a program sent.</param>
    /// <param name="id">Our id; empty if it is none.</param>
    public static bool TryRead(string wamid, out string id)
    {
        id = "";
        if (
            wamid is null
            || !wamid.StartsWith(Prefix, StringComparison.Ordinal)
            || wamid.Length == Prefix.Length
            || wamid.Length > Prefix.Length + MaxEncoded
        )
            return false;
        Span<byte> bytes = stackalloc byte[Base64Url.GetMaxDecodedLength(MaxEncoded)];
        var encoded = wamid.AsSpan(Prefix.Length);
        if (
            !Base64Url.IsValid(encoded)
            || !Base64Url.TryDecodeFromChars(encoded, bytes, out var length)
            || !Utf8.IsValid(bytes[..length])
        )
            return false;
        var read = Encoding.UTF8.GetString(bytes[..length]);
        // One id has one spelling.
        if (ToCloud(read) != wamid)
            return false;
        id = read;
        return true;
    }
}
