using System.Security.Cryptography;
using System.Text;
using WaOperator.Api;
using WaOperator.SessionPod.Options;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Keys;

/// <summary>The installation's master key: it wraps the tenants' keys and is itself never stored, logged or made here.</summary>
internal sealed class MasterKey : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    private readonly byte[] _bytes;

    public MasterKey(byte[] bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException(
                $"a master key has {Size} bytes, this one {bytes.Length}",
                nameof(bytes)
            );
        _bytes = bytes;
    }

    /// <summary>The key itself.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Reads the key from a file with 32 bytes in base64.</summary>
    /// <exception cref="StartRefusedException">The file cannot be read or holds something else.</exception>
    public static MasterKey Load(string file)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                $"the master key cannot be read from {file}: {e.Message}"
            );
        }
        var key = new byte[Size];
        try
        {
            if (
                Convert.TryFromBase64Chars(
                    Encoding.ASCII.GetString(text).Trim(),
                    key,
                    out var length
                )
                && length == Size
            )
                return new MasterKey(key);
            throw new StartRefusedException(
                $"the master key in {file} is not {Size} bytes in base64; make one with: head -c {Size} /dev/urandom | base64"
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>Distinguishes this key from others without revealing anything of it.</summary>
    public byte[] Fingerprint() =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            _bytes,
            Size,
            info: Encoding.ASCII.GetBytes("wa-operator master key fingerprint 1")
        );

    /// <summary>Compares with the key that this installation was begun with; the first pod ever writes its own.</summary>
    /// <exception cref="StartRefusedException">Another key.</exception>
    public async Task CheckAsync(SessionKeys keys, CancellationToken ct)
    {
        var own = Fingerprint();
        var known = await keys.MasterKeyFingerprintAsync(own, ct);
        if (!CryptographicOperations.FixedTimeEquals(own, known))
            throw new StartRefusedException(
                "wrong master key: the keys in this database were encrypted with another one; restore the Secret that the installation was begun with"
            );
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
