using System.Security.Cryptography;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Baileys;

namespace WaOperator.SessionPod.Import;

/// <summary>Makes the one write that gives a session a device: keys and records, encrypted. Its owner reports it once it is started.</summary>
internal static class SessionImport
{
    private const string RecordKind = "record";

    /// <param name="target">The session.</param>
    /// <param name="epoch">The epoch that was claimed for the write.</param>
    /// <param name="import">What was read.</param>
    /// <param name="keyring">Encrypts.</param>
    /// <param name="keys">Reads.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<SessionWrite> SealAsync(
        ImportTarget target,
        long epoch,
        BaileysImport import,
        Keyring keyring,
        SessionKeys keys,
        CancellationToken ct
    )
    {
        var sealedKeys = new List<KeyWrite>();
        var device = new DeviceStore(
            target.Tenant,
            target.Id,
            keyring,
            keys,
            (writes, _) =>
            {
                sealedKeys.AddRange(writes);
                return Task.FromResult(CommitOutcome.Committed);
            }
        );
        await device.SavePreKeysAsync(import.Batch, ct);
        using var cipher = await keyring.CipherAsync(target.Tenant, target.Id, null, ct);
        var records = new List<RecordRow>();
        foreach (var (key, value) in import.Records)
        {
            records.Add(
                new(
                    keyring.Name(target.Id, RecordKind, key.Kind, key.Id),
                    cipher.Version,
                    cipher.Seal(key.Kind, key.Id, value)
                )
            );
            CryptographicOperations.ZeroMemory(value);
        }
        return new(target.Id, epoch) { Keys = sealedKeys, Records = records };
    }
}
