using System.Buffers.Text;
using System.Text;

namespace WaOperator.Domain;

/// <summary>Ids of messages as the Cloud API writes them: <c>wamid.</c> and the id in base64url without padding. Pure.</summary>
public static class CloudIds
{
    private const string Prefix = "wamid.";
    private const int MaxLength = 512;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The id that the Cloud API has for a message.</summary>
    /// <param name="id">The message's id.</param>
    public static string ToCloud(string id) =>
        Prefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(id));

    /// <summary>Reads what a caller sent; any text is fine.</summary>
    /// <param name="wamid">The id that the Cloud API has.</param>
    /// <param name="id">The message's id; empty where it is none.</param>
    public static bool TryRead(string wamid, out string id)
    {
        id = "";
        if (
            wamid is not { Length: > 6 and <= MaxLength }
            || !wamid.StartsWith(Prefix, StringComparison.Ordinal)
            || !Base64Url.IsValid(wamid.AsSpan(Prefix.Length))
        )
            return false;
        try
        {
            var read = Utf8.GetString(Base64Url.DecodeFromChars(wamid.AsSpan(Prefix.Length)));
            // One id has one form.
            if (ToCloud(read) != wamid)
                return false;
            id = read;
            return true;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
