using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace WaOperator.WhatsApp.AppState;

/// <summary>
/// The five keys that one app state key of the phone stands for: HKDF-SHA256(key data, no salt, info, 160 bytes) ->
/// index, value cipher, value MAC, snapshot MAC, patch MAC, 32 bytes each. Disposing zeroes them.
/// </summary>
internal sealed class AppStateKeys : IDisposable
{
    public const int KeyDataSize = 32;
    public const int MacSize = 32;

    private const int PartSize = 32;
    private const int Parts = 5;
    private const int IvSize = 16;
    private const int BlockSize = 16;

    private readonly byte[] _expanded = new byte[Parts * PartSize];

    private AppStateKeys() { }

    private ReadOnlySpan<byte> IndexKey => Part(0);

    private ReadOnlySpan<byte> CipherKey => Part(1);

    private ReadOnlySpan<byte> ValueMacKey => Part(2);

    private ReadOnlySpan<byte> SnapshotMacKey => Part(3);

    private ReadOnlySpan<byte> PatchMacKey => Part(4);

    public static AppStateKeys Expand(ReadOnlySpan<byte> keyData)
    {
        if (keyData.Length != KeyDataSize)
            throw new ArgumentException(
                $"An app state key has {KeyDataSize} bytes, not {keyData.Length}.",
                nameof(keyData)
            );
        var keys = new AppStateKeys();
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            keyData,
            keys._expanded,
            [],
            "WhatsApp Mutation Keys"u8
        );
        return keys;
    }

    /// <summary>Of the index bytes exactly as they were sent: JSON written again may differ.</summary>
    public byte[] IndexMac(ReadOnlySpan<byte> index) => HMACSHA256.HashData(IndexKey, index);

    public byte[] SnapshotMac(ReadOnlySpan<byte> hash, ulong version, string collection)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, SnapshotMacKey);
        mac.AppendData(hash);
        return Finish(mac, version, collection);
    }

    /// <param name="snapshotMac">Of the state that the patch leads to.</param>
    /// <param name="valueMacs">Of every mutation, in the patch's order.</param>
    /// <param name="version">The one that the patch leads to.</param>
    /// <param name="collection">The collection's name on the wire.</param>
    public byte[] PatchMac(
        ReadOnlySpan<byte> snapshotMac,
        IEnumerable<byte[]> valueMacs,
        ulong version,
        string collection
    )
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, PatchMacKey);
        mac.AppendData(snapshotMac);
        foreach (var valueMac in valueMacs)
            mac.AppendData(valueMac);
        return Finish(mac, version, collection);
    }

    /// <summary>Encrypts a value: iv, AES-256-CBC, value MAC.</summary>
    public byte[] Seal(
        AppStateOperation operation,
        ReadOnlySpan<byte> keyId,
        ReadOnlySpan<byte> value
    )
    {
        using var aes = Cipher();
        var iv = RandomNumberGenerator.GetBytes(IvSize);
        byte[] body = [.. iv, .. aes.EncryptCbc(value, iv)];
        return [.. body, .. ValueMac(operation, keyId, body)];
    }

    /// <summary>Null if the blob is too short or too long, its MAC is not the right one or its padding is broken.</summary>
    public byte[]? Open(
        AppStateOperation operation,
        ReadOnlySpan<byte> keyId,
        ReadOnlySpan<byte> blob
    )
    {
        if (blob.Length is < IvSize + BlockSize + MacSize or > AppStateLimits.ValueSize)
            return null;
        var body = blob[..^MacSize];
        if (
            !CryptographicOperations.FixedTimeEquals(
                ValueMac(operation, keyId, body),
                blob[^MacSize..]
            )
        )
            return null;
        using var aes = Cipher();
        try
        {
            return aes.DecryptCbc(body[IvSize..], body[..IvSize]);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_expanded);

    private byte[] ValueMac(
        AppStateOperation operation,
        ReadOnlySpan<byte> keyId,
        ReadOnlySpan<byte> body
    )
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA512, ValueMacKey);
        mac.AppendData([(byte)operation]);
        mac.AppendData(keyId);
        mac.AppendData(body);
        AppendNumber(mac, (ulong)keyId.Length + 1);
        return mac.GetHashAndReset()[..MacSize];
    }

    private static byte[] Finish(IncrementalHash mac, ulong version, string collection)
    {
        AppendNumber(mac, version);
        mac.AppendData(Encoding.UTF8.GetBytes(collection));
        return mac.GetHashAndReset();
    }

    private static void AppendNumber(IncrementalHash mac, ulong number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        mac.AppendData(bytes);
    }

    private Aes Cipher()
    {
        var aes = Aes.Create();
        aes.SetKey(CipherKey);
        return aes;
    }

    private ReadOnlySpan<byte> Part(int number) => _expanded.AsSpan(number * PartSize, PartSize);
}
