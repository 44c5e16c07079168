using System.Diagnostics.CodeAnalysis;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.Simulator.Phones;

/// <summary>What a phone reads from a linking code.</summary>
/// <param name="Reference">Names the waiting connection.</param>
/// <param name="NoiseKey">The new device's Noise key.</param>
/// <param name="Identity">Its identity key.</param>
/// <param name="AdvSecret">A secret between device and phone, by which the device knows who scanned it.</param>
internal sealed record QrCode(string Reference, byte[] NoiseKey, byte[] Identity, byte[] AdvSecret)
{
    private const string Url = "https://wa.me/settings/linked_devices#";

    /// <summary>Reads both forms: <c>ref,noise,identity,secret</c>, and the same with a platform behind a URL.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out QrCode? code)
    {
        code = null;
        var parts = (text ?? "").Trim();
        if (parts.StartsWith(Url, StringComparison.Ordinal))
            parts = parts[Url.Length..];
        if (
            parts.Split(',')
                is not [{ Length: > 0 } reference, var noise, var identity, var secret, ..]
            || !TryKey(noise, out var noiseKey)
            || !TryKey(identity, out var identityKey)
            || !TryKey(secret, out var advSecret)
        )
        {
            return false;
        }
        code = new(reference, noiseKey, identityKey, advSecret);
        return true;
    }

    private static bool TryKey(string text, out byte[] key)
    {
        key = new byte[Curve25519.KeySize];
        return Convert.TryFromBase64String(text, key, out var length) && length == key.Length;
    }
}
