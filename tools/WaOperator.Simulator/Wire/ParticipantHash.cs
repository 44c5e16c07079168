using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Wire;

/// <summary>The hash of a list of devices, by which sender and server see whether they mean the same ones.</summary>
internal static class ParticipantHash
{
    private const int HashBytes = 6;

    /// <summary><c>2:</c> and the first 6 bytes of the SHA-256 over the sorted addresses <c>user.agent:device@server</c>.</summary>
    public static string Of(IEnumerable<Jid> devices)
    {
        var list = devices.Select(Full).Order(StringComparer.Ordinal);
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(list)));
        return "2:" + Convert.ToBase64String(hash.AsSpan(0, HashBytes));
    }

    private static string Full(Jid jid) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{jid.User}.{jid.Agent}:{jid.Device}@{jid.Server}"
        );
}
