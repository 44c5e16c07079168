using System.Security.Cryptography;

namespace WaOperator.SessionPod.Keys;

/// <summary>A session's key in one version, for as long as one commit or one read takes.</summary>
internal sealed class AtRestCipher : IDisposable
{
    private readonly long _tenant;
    private readonly long _session;
    private readonly AesGcm _aes;

    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="version">Version of the tenant's key that it was derived from.</param>
    /// <param name="key">32 bytes; copied, the caller zeroes them.</param>
    public AtRestCipher(long tenant, long session, int version, ReadOnlySpan<byte> key)
    {
        _tenant = tenant;
        _session = session;
        Version = version;
        _aes = new AesGcm(key, AesGcmBox.TagSize);
    }

    /// <summary>Version of the tenant's key.</summary>
    public int Version { get; }

    /// <summary>Encrypts.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="id">Which one of its kind.</param>
    /// <param name="plain">Any length.</param>
    public byte[] Seal(string kind, string id, ReadOnlySpan<byte> plain) =>
        AesGcmBox.Seal(_aes, Context(kind, id), plain);

    /// <summary>Decrypts.</summary>
    /// <exception cref="InvalidDataException">Damaged, bound to something else, or encrypted with another key.</exception>
    public byte[] Open(string kind, string id, ReadOnlySpan<byte> box) =>
        AesGcmBox.Open(_aes, Context(kind, id), box);

    /// <inheritdoc/>
    public void Dispose() => _aes.Dispose();

    private EnvelopeContext Context(string kind, string id) =>
        new(_tenant, _session, kind, id, Version);
}
