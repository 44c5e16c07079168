using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.PreKeys;

/// <summary>Keeps the server supplied with this device's one-time prekeys. They are stored before they are uploaded.</summary>
internal sealed partial class PreKeyKeeper(
    IStanzaLink link,
    Vault vault,
    DeviceOptions device,
    TimeProvider time,
    ILogger logger
)
{
    private const uint LastId = 0xFFFFFE;

    private int _uploading;

    /// <summary>At login: asks how many there are and uploads what is missing.</summary>
    public async Task CheckAsync()
    {
        try
        {
            var answer = await link.QueryAsync(PreKeyStanzas.Count(), "the count of prekeys");
            await EnsureAsync(PreKeyStanzas.ReadCount(answer) ?? 0);
        }
        catch (QueryRefusedException e)
        {
            Log.NotChecked(logger, e.Message);
        }
    }

    /// <summary>At login: if the server has lost this device's keys, uploads all that it needs; if it has another signed prekey, gives it ours.</summary>
    public async Task CheckDigestAsync()
    {
        try
        {
            var answer = await link.QueryAsync(PreKeyStanzas.Digest(), "the digest of the keys");
            if (answer.Child("digest") is { } digest)
            {
                await CompareAsync(digest);
                return;
            }
        }
        catch (QueryRefusedException e) when (e.Code == 404)
        {
            Log.NotChecked(logger, e.Message);
        }
        catch (QueryRefusedException e)
        {
            Log.NotChecked(logger, e.Message);
            return;
        }
        await UploadAsync(device.FirstPreKeys);
    }

    /// <summary>Replaces the signed prekey if it has served its time.</summary>
    public async Task RotateAsync()
    {
        if (!Rotation.IsDue(vault.Credentials, time.GetUtcNow(), device.SignedPreKeyAge))
            return;
        await vault.UpdateAsync(Rotation.Begin);
        if (vault.Credentials.NextSignedPreKey is not { } next)
            return;
        if (!await GiveAsync(next))
            return;
        await ConfirmAsync(next.Id);
        // An upload that was under way has brought the former one with it.
        await CheckDigestAsync();
    }

    /// <summary>Sees to it that the server gives out a signed prekey that is stored. A digest that does not name one is as good as the right one.</summary>
    private async Task CompareAsync(BinaryNode digest)
    {
        var ours = vault.Credentials;
        if (
            PreKeyStanzas.ReadSigned(digest) is not { } theirs
            || theirs.AsSpan().SequenceEqual(ours.SignedPreKey.Key.Public)
        )
            return;
        if (ours.NextSignedPreKey is { } next && theirs.AsSpan().SequenceEqual(next.Key.Public))
        {
            await ConfirmAsync(next.Id);
            return;
        }
        Log.OtherSigned(logger);
        await GiveAsync(ours.SignedPreKey);
    }

    private async Task<bool> GiveAsync(SignedPreKey key)
    {
        try
        {
            await link.QueryAsync(PreKeyStanzas.Rotate(key), "a new signed prekey");
            return true;
        }
        catch (Exception e) when (e is QueryRefusedException or TimeoutException)
        {
            // The server may have it all the same. It stays stored, and the next digest tells.
            Log.NotChecked(logger, e.Message);
            return false;
        }
    }

    private async Task ConfirmAsync(uint id)
    {
        await vault.UpdateAsync(old => Rotation.End(old, id, time.GetUtcNow()));
        Log.Rotated(logger, id);
    }

    /// <summary>Uploads new ones if the server has too few.</summary>
    /// <param name="count">How many the server has.</param>
    public Task EnsureAsync(int count)
    {
        var minimum = Math.Min(
            device.PreKeyMinimum,
            Math.Min(device.FirstPreKeys, device.PreKeyTarget) - 1
        );
        if (count > minimum)
            return Task.CompletedTask;
        return UploadAsync(count == 0 ? device.FirstPreKeys : device.PreKeyTarget - count);
    }

    /// <summary>Makes and stores one that is given to a single peer and never uploaded.</summary>
    public async Task<PreKey> MakeOneAsync()
    {
        var batch = await vault.AddPreKeysAsync(old =>
        {
            var made = Make(old, 1);
            // Only where none waits for its upload; else it goes with those, and the second to ask asks again.
            return old.FirstUnuploadedPreKeyId == old.NextPreKeyId
                ? made with
                {
                    Credentials = made.Credentials with
                    {
                        FirstUnuploadedPreKeyId = made.Credentials.NextPreKeyId,
                    },
                }
                : made;
        });
        return batch.Keys[0];
    }

    /// <summary>Uploads so many: first those that may never have arrived, then new ones.</summary>
    private async Task UploadAsync(int wanted)
    {
        if (Interlocked.Exchange(ref _uploading, 1) == 1)
            return;
        try
        {
            var (first, next) = (
                vault.Credentials.FirstUnuploadedPreKeyId,
                vault.Credentials.NextPreKeyId
            );
            var left = (int)Math.Min(next - Math.Min(first, next), DeviceOptions.MaxPreKeys);
            IReadOnlyList<PreKey> keys =
                left == 0 ? [] : await vault.LoadPreKeysAsync(next - (uint)left, left);
            if (keys.Count < wanted)
            {
                var batch = await vault.AddPreKeysAsync(old => Make(old, wanted - keys.Count));
                keys = [.. keys, .. batch.Keys];
            }
            var credentials = vault.Credentials;
            await link.QueryAsync(PreKeyStanzas.Upload(credentials, keys), "new prekeys");
            await vault.UpdateAsync(old =>
                old with
                {
                    FirstUnuploadedPreKeyId = credentials.NextPreKeyId,
                }
            );
            Log.Uploaded(logger, keys.Count);
        }
        catch (QueryRefusedException e)
        {
            // They stay stored, and go with the next upload, for which the server asks when it runs low.
            Log.NotChecked(logger, e.Message);
        }
        finally
        {
            Volatile.Write(ref _uploading, 0);
        }
    }

    private static PreKeyBatch Make(DeviceCredentials old, int count)
    {
        // Ids have three bytes on the wire. After sixteen million the first ones have long been used.
        var wraps = old.NextPreKeyId + (uint)count > LastId;
        var first = wraps ? 1 : old.NextPreKeyId;
        var keys = new PreKey[count];
        for (var i = 0; i < count; i++)
            keys[i] = new(first + (uint)i, KeyPair.Generate());
        return new(
            old with
            {
                NextPreKeyId = first + (uint)count,
                FirstUnuploadedPreKeyId = wraps ? 1 : old.FirstUnuploadedPreKeyId,
            },
            keys
        );
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.PreKeyKeeperRotated,
            Level = LogLevel.Information,
            Message = "The signed prekey is now number {Id}"
        )]
        public static partial void Rotated(ILogger logger, uint id);

        [LoggerMessage(
            EventId = EventIds.PreKeyKeeperOtherSigned,
            Level = LogLevel.Warning,
            Message = "The server has another signed prekey of this device than the stored one; replacing it"
        )]
        public static partial void OtherSigned(ILogger logger);

        [LoggerMessage(
            EventId = EventIds.PreKeyKeeperUploaded,
            Level = LogLevel.Information,
            Message = "Uploaded {Count} prekeys"
        )]
        public static partial void Uploaded(ILogger logger, int count);

        [LoggerMessage(
            EventId = EventIds.PreKeyKeeperNotChecked,
            Level = LogLevel.Warning,
            Message = "Prekeys: {Reason}"
        )]
        public static partial void NotChecked(ILogger logger, string reason);
    }
}
