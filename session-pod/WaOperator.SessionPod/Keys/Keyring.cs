using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Keys;

/// <summary>
/// The keys that session state is encrypted with. The master key wraps a random key for each tenant; each session's key is derived
/// from its tenant's by HKDF-SHA256 when it is needed and not kept. Tenants' keys are few and stay in memory until disposal.
/// </summary>
internal sealed class Keyring(MasterKey master, SessionKeys store) : IDisposable
{
    // Not of a tenant's key: names must outlive its rotation.
    private readonly byte[] _naming = HKDF.DeriveKey(
        HashAlgorithmName.SHA256,
        master.Bytes.ToArray(),
        MasterKey.Size,
        info: Encoding.ASCII.GetBytes("wa-operator names 1")
    );

    private const string TenantKeyKind = "tenant-key";
    private const int FirstVersion = 1;
    private readonly ConcurrentDictionary<(long Tenant, int? Version), Task<TenantKey>> _tenants =
        new();

    /// <summary>Names something of a session so that only a holder of the master key can tell what it is.</summary>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="parts">Which one of its kind.</param>
    public RecordName Name(long session, string kind, params ReadOnlySpan<string> parts)
    {
        var size = 8 + 4 + Encoding.UTF8.GetByteCount(kind);
        foreach (var part in parts)
            size += 4 + Encoding.UTF8.GetByteCount(part);
        Span<byte> text = size <= 512 ? stackalloc byte[size] : new byte[size];
        BinaryPrimitives.WriteInt64BigEndian(text, session);
        var rest = Put(text[8..], kind);
        foreach (var part in parts)
            rest = Put(rest, part);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_naming, text, hash);
        return RecordName.From(hash);
    }

    /// <summary>The session's key.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="version">Version of the tenant's key; null for the newest.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidDataException">The tenant's key is not there or does not open.</exception>
    public async ValueTask<AtRestCipher> CipherAsync(
        long tenant,
        long session,
        int? version,
        CancellationToken ct
    ) => Cipher(await TenantAsync(tenant, version, ct), tenant, session);

    /// <summary>Encrypts with the newest key of the tenant.</summary>
    /// <exception cref="InvalidDataException">The tenant's key does not open.</exception>
    public async Task<KeyWrite> SealAsync(
        long tenant,
        long session,
        string kind,
        string id,
        ReadOnlyMemory<byte> plain,
        CancellationToken ct
    )
    {
        var key = await TenantAsync(tenant, null, ct);
        var context = new EnvelopeContext(tenant, session, kind, id, key.Version);
        return new KeyWrite(kind, id, key.Version, Seal(key, context, plain.Span));
    }

    /// <summary>Decrypts. The caller zeroes the result.</summary>
    /// <exception cref="InvalidDataException">Damaged, belongs elsewhere, or the tenant's key is gone.</exception>
    public async Task<byte[]> OpenAsync(
        long tenant,
        long session,
        StoredKey stored,
        CancellationToken ct
    )
    {
        var key = await TenantAsync(tenant, stored.KeyVersion, ct);
        var context = new EnvelopeContext(tenant, session, stored.Kind, stored.Id, key.Version);
        Span<byte> derived = stackalloc byte[MasterKey.Size];
        Derive(key, tenant, session, derived);
        try
        {
            return AesGcmBox.Open(derived, context, stored.Ciphertext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    /// <summary>Encrypts the private part of a key that webhooks' secrets are sealed to: it is of no tenant.</summary>
    public byte[] SealBoxKey(ReadOnlySpan<byte> key) => AesGcmBox.Seal(master.Bytes, BoxKey, key);

    /// <summary>Decrypts it. The caller zeroes the result.</summary>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another master key.</exception>
    public byte[] OpenBoxKey(ReadOnlySpan<byte> box) => AesGcmBox.Open(master.Bytes, BoxKey, box);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in _tenants.Values.Where(t => t.IsCompletedSuccessfully))
            CryptographicOperations.ZeroMemory(key.Result.Bytes);
        _tenants.Clear();
        CryptographicOperations.ZeroMemory(_naming);
    }

    private static AtRestCipher Cipher(TenantKey key, long tenant, long session)
    {
        Span<byte> derived = stackalloc byte[MasterKey.Size];
        Derive(key, tenant, session, derived);
        try
        {
            return new AtRestCipher(tenant, session, key.Version, derived);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private static Span<byte> Put(Span<byte> to, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, to[4..]);
        BinaryPrimitives.WriteInt32BigEndian(to, length);
        return to[(4 + length)..];
    }

    private static byte[] Seal(TenantKey key, EnvelopeContext context, ReadOnlySpan<byte> plain)
    {
        Span<byte> derived = stackalloc byte[MasterKey.Size];
        Derive(key, context.Tenant, context.Session, derived);
        try
        {
            return AesGcmBox.Seal(derived, context, plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private static void Derive(TenantKey key, long tenant, long session, Span<byte> derived)
    {
        Span<byte> info = stackalloc byte[7 + 8 + 8];
        Encoding.ASCII.GetBytes("session", info);
        BinaryPrimitives.WriteInt64BigEndian(info[7..], tenant);
        BinaryPrimitives.WriteInt64BigEndian(info[15..], session);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, derived, [], info);
    }

    private async Task<TenantKey> TenantAsync(long tenant, int? version, CancellationToken ct)
    {
        var loading = _tenants.GetOrAdd((tenant, version), t => LoadAsync(t.Tenant, t.Version));
        try
        {
            return await loading.WaitAsync(ct);
        }
        catch when (loading.IsFaulted)
        {
            _tenants.TryRemove(new((tenant, version), loading));
            throw;
        }
    }

    // Shared by all that wait for it, so no one's token ends it.
    private async Task<TenantKey> LoadAsync(long tenant, int? version)
    {
        if (await store.TenantKeyAsync(tenant, version) is { } found)
            return Unwrap(tenant, found);
        if (version is not null)
            throw new InvalidDataException(
                $"key version {version} of tenant {tenant} is not in the database"
            );
        var fresh = RandomNumberGenerator.GetBytes(MasterKey.Size);
        try
        {
            var wrapped = AesGcmBox.Seal(master.Bytes, Wrapping(tenant, FirstVersion), fresh);
            await store.AddTenantKeyAsync(tenant, FirstVersion, wrapped);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(fresh);
        }
        // Another pod may have been first: what stands in the database is what counts.
        return Unwrap(
            tenant,
            await store.TenantKeyAsync(tenant)
                ?? throw new InvalidDataException($"tenant {tenant} is gone: it has no key")
        );
    }

    private TenantKey Unwrap(long tenant, (int Version, byte[] Wrapped) stored) =>
        new(
            stored.Version,
            AesGcmBox.Open(master.Bytes, Wrapping(tenant, stored.Version), stored.Wrapped)
        );

    private static readonly EnvelopeContext BoxKey = new(0, 0, "box-key", "", 1);

    private static EnvelopeContext Wrapping(long tenant, int version) =>
        new(tenant, 0, TenantKeyKind, "", version);

    private sealed record TenantKey(int Version, byte[] Bytes);
}
