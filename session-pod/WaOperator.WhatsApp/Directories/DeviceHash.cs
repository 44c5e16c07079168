using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace WaOperator.WhatsApp.Directories;

/// <summary>The short hash of a list of devices (phash), by which sender and server see whether they mean the same ones. Pure.</summary>
internal static class DeviceHash
{
    private const int HashBytes = 6;

    /// <summary><c>2:</c> and the first 6 bytes of the SHA-256 over the sorted addresses <c>user.agent:device@server</c>.</summary>
    /// <param name="devices">All devices that a message is for, and the one that sends it.</param>
    public static string Of(IEnumerable<Jid> devices)
    {
        var all = devices
            .Select(device =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{device.User}.{device.Agent}:{device.Device}@{device.Server}"
                )
            )
            .Order(StringComparer.Ordinal);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(all)));
        return "2:" + Convert.ToBase64String(hash.AsSpan(0, HashBytes));
    }
}
