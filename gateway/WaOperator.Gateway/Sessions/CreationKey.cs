using System.Security.Cryptography;
using System.Text;
using WaOperator.Resources;

namespace WaOperator.Gateway.Sessions;

/// <summary>
/// Lets a client ask twice for a session and get one: its Idempotency-Key is kept with the session, as a hash beside that of the request.
/// Pure.
/// </summary>
internal static class CreationKey
{
    /// <summary>The annotation that it is kept in.</summary>
    public const string Annotation = $"{WhatsAppApi.Group}/created-by";

    /// <summary>The longest key.</summary>
    public const int MaxLength = 255;

    /// <summary>Whether a key can be taken: 1 to 255 visible ASCII characters.</summary>
    public static bool IsKey(string key) =>
        key.Length is > 0 and <= MaxLength && key.All(c => c is > ' ' and < '\u007f');

    /// <summary>What is kept of a key and the body that came with it.</summary>
    public static string Mark(string key, ReadOnlySpan<byte> body) =>
        $"{Hash(Encoding.ASCII.GetBytes(key))}.{Hash(body)}";

    /// <summary>Whether two marks are of one key.</summary>
    public static bool IsOfSameKey(string mark, string other) =>
        mark.Split('.')[0] == other.Split('.')[0];

    private static string Hash(ReadOnlySpan<byte> bytes) =>
        Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));
}
