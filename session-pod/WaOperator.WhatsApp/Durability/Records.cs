using System.Globalization;
using System.Text;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Durability;

/// <summary>Text, such as an address.</summary>
internal sealed class TextRecord(byte[] utf8) : IRecord
{
    public TextRecord(string text)
        : this(Encoding.UTF8.GetBytes(text)) { }

    public string Text => Encoding.UTF8.GetString(utf8);

    public byte[] Serialize() => utf8;

    public long HeldBytes => 64 + utf8.Length;

    public void Dispose() { }
}

/// <summary>The devices of an account as the server told them.</summary>
/// <param name="At">When, in Unix seconds; 0 when they are known to have changed since.</param>
/// <param name="Devices">Their numbers; 0 is the phone.</param>
/// <param name="SignedAt">When the phone signed the newest list that was seen, in Unix seconds; 0: none was.</param>
internal sealed record DeviceList(long At, IReadOnlyList<ushort> Devices, long SignedAt = 0)
    : IRecord
{
    private const char SignedMark = '@';

    /// <summary>The most devices of an account that are believed.</summary>
    public const int MaxDevices = 256;

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static DeviceList Deserialize(ReadOnlySpan<byte> bytes)
    {
        var parts = Encoding.UTF8.GetString(bytes).Split(' ');
        var devices = new List<ushort>(parts.Length);
        var signedAt = 0L;
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            throw Damaged();
        foreach (var part in parts.Skip(1))
        {
            if (
                part.StartsWith(SignedMark)
                && long.TryParse(
                    part.AsSpan(1),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out signedAt
                )
            )
                continue;
            if (
                !ushort.TryParse(
                    part,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var device
                )
            )
                throw Damaged();
            devices.Add(device);
        }
        return new(at, devices, signedAt);
    }

    public long HeldBytes => 104 + sizeof(ushort) * Devices.Count;

    public byte[] Serialize() =>
        Encoding.UTF8.GetBytes(
            string.Join(
                ' ',
                Devices
                    .Select(d => d.ToString(CultureInfo.InvariantCulture))
                    .Prepend(At.ToString(CultureInfo.InvariantCulture))
                    .Concat(
                        SignedAt == 0
                            ? []
                            :
                            [
                                string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"{SignedMark}{SignedAt}"
                                ),
                            ]
                    )
            )
        );

    public void Dispose() { }

    private static InvalidDataException Damaged() => new("The stored device list is damaged.");
}

/// <summary>Which devices hold our sender key of a group.</summary>
/// <param name="KeyId">Which key.</param>
/// <param name="Devices">Their addresses.</param>
internal sealed record KeyHolders(uint KeyId, IReadOnlySet<Jid> Devices) : IRecord
{
    /// <summary>Of an address with its texts, in a set.</summary>
    private const int DeviceSize = 112;

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static KeyHolders Deserialize(ReadOnlySpan<byte> bytes)
    {
        var parts = Encoding.UTF8.GetString(bytes).Split(' ');
        if (!uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var key))
            throw Damaged();
        var devices = new HashSet<Jid>(parts.Length);
        foreach (var part in parts.Skip(1))
            devices.Add(Jid.TryParse(part, out var device) ? device : throw Damaged());
        return new(key, devices);
    }

    public long HeldBytes => 96 + DeviceSize * Devices.Count;

    public byte[] Serialize() =>
        Encoding.UTF8.GetBytes(
            string.Join(
                ' ',
                Devices
                    .Select(d => d.ToString())
                    .Prepend(KeyId.ToString(CultureInfo.InvariantCulture))
            )
        );

    public void Dispose() { }

    private static InvalidDataException Damaged() => new("The stored key holders are damaged.");
}
