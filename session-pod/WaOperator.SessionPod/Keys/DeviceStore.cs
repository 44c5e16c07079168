using System.Security.Cryptography;
using WaOperator.SessionPod.Commit;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Keys;

/// <summary>A write of the session did not become durable.</summary>
internal sealed class NotStoredException(CommitOutcome outcome)
    : Exception(
        outcome switch
        {
            CommitOutcome.Fenced => "another pod owns the session",
            CommitOutcome.Unknown => "PostgreSQL went away while it committed",
            CommitOutcome.Broken => "what it builds on was not stored",
            _ => "the pod gave its sessions up",
        }
    );

/// <summary>
/// One session's keys in PostgreSQL, encrypted, each write fenced by the session's epoch. A write is durable or throws.
/// </summary>
/// <param name="tenant">The tenant's key in the database.</param>
/// <param name="session">The session's key in the database.</param>
/// <param name="keyring">Encrypts.</param>
/// <param name="stored">Reads.</param>
/// <param name="commit">
/// Commits keys together with whatever the credentials change of the session's state.
/// </param>
/// <param name="unreadable">Told of kinds of rows that cannot be opened and count as unknown.</param>
internal sealed class DeviceStore(
    long tenant,
    long session,
    Keyring keyring,
    SessionKeys stored,
    Func<IReadOnlyList<KeyWrite>, DeviceCredentials, Task<CommitOutcome>> commit,
    Action<string>? unreadable = null
) : IDeviceStore
{
    /// <summary>Kind of the row with the credentials.</summary>
    public const string CredentialsKind = "credentials";

    /// <summary>Kind of the rows with one-time prekeys.</summary>
    public const string PreKeysKind = "prekeys";

    private const string OnlyId = "";
    private DeviceCredentials? _prepared;
    private DeviceCredentials? _held;

    /// <summary>What <see cref="PrepareAsync"/> read, until the connection takes it; null: nothing.</summary>
    public DeviceCredentials? Prepared => _prepared;

    /// <summary>Reads the credentials ahead of the connection that needs them.</summary>
    /// <returns>Whether they are those of a linked device.</returns>
    /// <exception cref="InvalidDataException">They are damaged or were encrypted with another key.</exception>
    public async Task<bool> PrepareAsync(CancellationToken ct)
    {
        _prepared = _held = await ReadAsync(ct);
        return _prepared is { IsPaired: true };
    }

    /// <summary>Zeroes the keys that were given out. Only after the end of the connection that used them.</summary>
    public void Forget()
    {
        if (_held is { } keys)
        {
            keys.NoiseKey.Dispose();
            keys.PairingEphemeralKey.Dispose();
            keys.IdentityKey.Dispose();
            keys.SignedPreKey.Key.Dispose();
            keys.NextSignedPreKey?.Key.Dispose();
            keys.FormerSignedPreKey?.Key.Dispose();
            CryptographicOperations.ZeroMemory(keys.AdvSecret);
        }
        _prepared = _held = null;
    }

    /// <inheritdoc/>
    public async Task<DeviceCredentials?> LoadAsync(CancellationToken ct)
    {
        var found = _prepared ?? await ReadAsync(ct);
        _prepared = null;
        _held = found;
        return found;
    }

    // Not to be cancelled: a write whose connection has ended must still be known as durable or not before the next one loads.
    /// <inheritdoc/>
    public async Task SaveAsync(DeviceCredentials credentials, CancellationToken ct) =>
        await CommitAsync([await SealAsync(credentials)], credentials);

    /// <inheritdoc/>
    public async Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct)
    {
        var writes = new List<KeyWrite> { await SealAsync(batch.Credentials) };
        foreach (var chunk in PreKeyChunk.Cut(batch.Keys))
            writes.Add(
                await SealAsync(PreKeysKind, PreKeyChunk.IdOf(chunk), PreKeyChunk.Write(chunk))
            );
        await CommitAsync(writes, batch.Credentials);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(
        uint firstId,
        int count,
        CancellationToken ct
    )
    {
        if (count <= 0)
            return [];
        var last = firstId + (uint)count - 1;
        var ids = (await stored.ListAsync(session, ct))
            .Where(k => k.Kind == PreKeysKind && PreKeyChunk.Overlaps(k.Id, firstId, last))
            .Select(k => k.Id)
            .ToArray();
        var found = new List<PreKey>(count);
        foreach (var row in await stored.ReadAsync(session, PreKeysKind, ids, ct))
            found.AddRange(
                (await ReadChunkAsync(row, ct)).Where(k => k.Id >= firstId && k.Id <= last)
            );
        found.Sort((a, b) => a.Id.CompareTo(b.Id));
        return found;
    }

    /// <remarks>Of a damaged row the keys are as good as used up: who needs one of them is given another.</remarks>
    private async Task<IReadOnlyList<PreKey>> ReadChunkAsync(StoredKey row, CancellationToken ct)
    {
        try
        {
            return PreKeyChunk.Read(await keyring.OpenAsync(tenant, session, row, ct));
        }
        catch (InvalidDataException)
        {
            unreadable?.Invoke(PreKeysKind);
            return [];
        }
    }

    private async Task<DeviceCredentials?> ReadAsync(CancellationToken ct)
    {
        var rows = await stored.ReadAsync(session, CredentialsKind, ct);
        if (rows.Count == 0)
            return null;
        var plain = await keyring.OpenAsync(tenant, session, rows[0], ct);
        try
        {
            return CredentialsJson.Read(plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private Task<KeyWrite> SealAsync(DeviceCredentials credentials) =>
        SealAsync(CredentialsKind, OnlyId, CredentialsJson.Write(credentials));

    private async Task<KeyWrite> SealAsync(string kind, string id, byte[] plain)
    {
        try
        {
            return await keyring.SealAsync(
                tenant,
                session,
                kind,
                id,
                plain,
                CancellationToken.None
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private async Task CommitAsync(IReadOnlyList<KeyWrite> writes, DeviceCredentials credentials)
    {
        _held = credentials;
        var outcome = await commit(writes, credentials);
        if (outcome != CommitOutcome.Committed)
            throw new NotStoredException(outcome);
    }
}
