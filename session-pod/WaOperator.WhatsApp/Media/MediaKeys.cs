using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// The keys of one file: HKDF-SHA256(media key, no salt, info by kind, 112 bytes) -> iv 16, cipher key 32, MAC key 32
/// (the last 32 serve no purpose here). Disposing zeroes them.
/// </summary>
internal sealed class MediaKeys : IDisposable
{
    public const int MediaKeySize = 32;
    public const int BlockSize = 16;
    public const int MacSize = 10;

    private const int ExpandedSize = 112;
    private const int CipherEnd = BlockSize + 32;
    private const int MacEnd = CipherEnd + 32;

    private readonly byte[] _expanded;

    private MediaKeys(byte[] expanded) => _expanded = expanded;

    public ReadOnlySpan<byte> Iv => _expanded.AsSpan(0, BlockSize);

    public ReadOnlySpan<byte> CipherKey => _expanded.AsSpan(BlockSize..CipherEnd);

    public ReadOnlySpan<byte> MacKey => _expanded.AsSpan(CipherEnd..MacEnd);

    public static MediaKeys Derive(ReadOnlySpan<byte> mediaKey, MediaKind kind)
    {
        if (mediaKey.Length != MediaKeySize)
            throw new ArgumentException(
                $"A media key has {MediaKeySize} bytes, not {mediaKey.Length}.",
                nameof(mediaKey)
            );
        var expanded = new byte[ExpandedSize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, mediaKey, expanded, [], kind.KeyInfo());
        return new(expanded);
    }

    public Aes Cipher()
    {
        var aes = Aes.Create();
        aes.SetKey(CipherKey);
        return aes;
    }

    public IncrementalHash Mac()
    {
        var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, MacKey);
        mac.AppendData(Iv);
        return mac;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_expanded);
}
