using System.Text;

namespace WaOperator.WhatsApp.Noise;

/// <summary>The constants of WhatsApp's Noise XX handshake.</summary>
internal static class NoiseProtocol
{
    /// <summary>The first bytes of a client: "WA", 6, and the dictionary version 3. Part of the handshake's hash.</summary>
    public static ReadOnlySpan<byte> Header => [(byte)'W', (byte)'A', 6, 3];

    /// <summary>The public key of WhatsApp's certificate root, 32 bytes: a public constant that every client holds.</summary>
    public static ReadOnlySpan<byte> RootKey =>
        [
            0x14,
            0x23,
            0x75,
            0x57,
            0x4d,
            0x0a,
            0x58,
            0x71,
            0x66,
            0xaa,
            0xe7,
            0x1e,
            0xbe,
            0x51,
            0x64,
            0x37,
            0xc4,
            0xa2,
            0x8b,
            0x73,
            0xe3,
            0x69,
            0x5c,
            0x6c,
            0xe1,
            0xf7,
            0xf9,
            0x54,
            0x5d,
            0xa8,
            0xee,
            0x6b,
        ];

    /// <summary>32 bytes, and therefore used as they are where Noise would hash a longer name.</summary>
    internal static readonly byte[] Name = Encoding.ASCII.GetBytes(
        "Noise_XX_25519_AESGCM_SHA256\0\0\0\0"
    );

    internal const int TagSize = 16;
    internal const int KeySize = 32;
    internal const int NonceSize = 12;
}
