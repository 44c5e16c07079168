using System.Security.Cryptography;
using System.Text;

namespace WaOperator.SessionPod.Keys;

/// <summary>What signs links of all kinds: derived from the master key, so that all pods of the installation have the same.</summary>
internal sealed class LinkKey(MasterKey master) : IDisposable
{
    private readonly byte[] _bytes = HKDF.DeriveKey(
        HashAlgorithmName.SHA256,
        master.Bytes.ToArray(),
        MasterKey.Size,
        // From before there were other kinds; another text would end all links that are out.
        info: Encoding.ASCII.GetBytes("wa-operator media links 1")
    );

    /// <summary>The key itself.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
