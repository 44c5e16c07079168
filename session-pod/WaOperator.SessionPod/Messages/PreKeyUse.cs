using System.Security.Cryptography;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Messages;

/// <summary>
/// Takes used one-time prekeys out of their chunks. A chunk that was rewritten and is not durable yet is kept here, so that the
/// next change of it builds on the last. One connection uses it, one call at a time; <see cref="Settle"/> may come meanwhile.
/// </summary>
internal sealed class PreKeyUse(MessageContext context, long tenant, long session)
{
    private readonly Lock _turn = new();
    private Dictionary<string, KeyWrite>? _unsettled;

    /// <summary>The chunks without these keys.</summary>
    /// <param name="cipher">Encrypts what is left.</param>
    /// <param name="used">Ids; one that is not stored is left aside.</param>
    public async Task<IReadOnlyList<KeyWrite>> RemoveAsync(
        AtRestCipher cipher,
        IReadOnlyList<uint> used
    )
    {
        if (used.Count == 0)
            return [];
        var rows = await context.ReadAsync(c => context.Keys.ListAsync(session, c), context.Ended);
        var ids = rows.Where(r =>
                r.Kind == DeviceStore.PreKeysKind && used.Any(k => PreKeyChunk.Overlaps(r.Id, k, k))
            )
            .Select(r => r.Id);
        var writes = new List<KeyWrite>();
        foreach (var id in ids)
            if (await ReadAsync(id) is { } plain)
                try
                {
                    var left = PreKeyChunk.Remove(plain, used);
                    writes.Add(
                        new KeyWrite(
                            DeviceStore.PreKeysKind,
                            id,
                            cipher.Version,
                            left ? cipher.Seal(DeviceStore.PreKeysKind, id, plain) : null
                        )
                    );
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(plain);
                }
        lock (_turn)
            foreach (var write in writes)
                (_unsettled ??= [])[write.Id] = write;
        return writes;
    }

    /// <summary>A write is durable.</summary>
    public void Settle(SessionWrite write)
    {
        lock (_turn)
            foreach (var key in write.Keys)
                if (
                    _unsettled?.TryGetValue(key.Id, out var newest) == true
                    && ReferenceEquals(newest, key)
                )
                    _unsettled.Remove(key.Id);
    }

    private async Task<byte[]?> ReadAsync(string id)
    {
        KeyWrite? mine = null;
        lock (_turn)
            _unsettled?.TryGetValue(id, out mine);
        var stored = mine switch
        {
            { Ciphertext: null } => null,
            { Ciphertext: { } box } => new StoredKey(mine.Kind, id, mine.KeyVersion, box),
            null => (
                await context.ReadAsync(
                    c => context.Keys.ReadAsync(session, DeviceStore.PreKeysKind, [id], c),
                    context.Ended
                )
            ).SingleOrDefault(),
        };
        if (stored is null)
            return null;
        try
        {
            return await context.Keyring.OpenAsync(tenant, session, stored, context.Ended);
        }
        catch (InvalidDataException)
        {
            context.Unreadable.Found(session, DeviceStore.PreKeysKind);
            return null;
        }
    }
}
