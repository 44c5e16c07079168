using System.Collections.Immutable;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>
/// The stored state of the account: versions, hashes, value MACs, keys. Only what a change touches is in memory, and only while it is
/// made; what is changed is durable as a whole, and then the task completes.
/// </summary>
internal sealed class AppStateBook(RecordCache cache, Committer committer)
{
    /// <summary>How far a collection has come.</summary>
    public async Task<CollectionState> StateAsync(string collection)
    {
        using var pin = await cache.PinAsync(AppStateRecords.Collection(collection));
        return (pin[0].Value as CollectionRecord)?.State ?? CollectionState.Empty;
    }

    /// <summary>The value MACs in force of some indexes.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> MacsAsync(
        string collection,
        IReadOnlyCollection<string> indexes
    )
    {
        using var pin = await cache.PinAsync([
            .. indexes.Select(index => AppStateRecords.Bucket(collection, index)).Distinct(),
        ]);
        var buckets = pin.Slots.ToDictionary(slot => slot.Key, slot => slot.Value as MacBucket);
        var macs = new Dictionary<string, byte[]>();
        foreach (var index in indexes)
            if (
                buckets[AppStateRecords.Bucket(collection, index)] is { } bucket
                && bucket.Macs.TryGetValue(index, out var valueMac)
            )
                macs[index] = valueMac;
        return macs;
    }

    /// <summary>The keys of some ids; one that the phone has not shared is missing in it.</summary>
    public async Task<AppStateKeyring> KeysAsync(IEnumerable<byte[]> ids)
    {
        var names = ids.Select(id => AppStateKeyring.Name(id)).Distinct().ToList();
        using var pin = await cache.PinAsync([.. names.Select(AppStateRecords.Key)]);
        var found = new Dictionary<string, byte[]>();
        for (var i = 0; i < names.Count; i++)
            if (pin[i].Value is AppStateKeyRecord key)
                found[names[i]] = key.Data;
        return new(name => found.GetValueOrDefault(name));
    }

    /// <summary>The id of the key to write with; null: the phone has shared none.</summary>
    public async Task<byte[]?> NewestKeyAsync()
    {
        using var pin = await cache.PinAsync(AppStateRecords.NewestKey);
        return (pin[0].Value as AppStateKeyRecord)?.Id;
    }

    /// <summary>Keeps keys that the phone shared, those that are whole.</summary>
    /// <returns>How many.</returns>
    public async Task<int> TakeAsync(AppStateSyncKeyShare share)
    {
        var keys = share
            .Keys.Where(key =>
                key.KeyId?.KeyId.Length is > 0 and <= AppStateLimits.KeyIdSize
                && key.KeyData?.KeyData.Length == AppStateKeys.KeyDataSize
            )
            .Select(key => new AppStateKeyRecord(
                key.KeyData.Timestamp,
                key.KeyId.KeyId.ToByteArray(),
                key.KeyData.KeyData.ToByteArray()
            ))
            .DistinctBy(key => key.ToString())
            .Take(AppStateLimits.Keys)
            .ToList();
        if (keys.Count == 0)
            return 0;
        using var pin = await cache.PinAsync([
            .. keys.Select(key => AppStateRecords.Key($"{key}")),
            AppStateRecords.NewestKey,
        ]);
        await CommitAsync(
            pin.Slots,
            step =>
            {
                for (var i = 0; i < keys.Count; i++)
                    step.Set(pin[i], keys[i]);
                var newest = pin[keys.Count];
                // Of two of the same time the one that came last.
                var latest = keys.Aggregate((a, b) => b.Timestamp >= a.Timestamp ? b : a);
                if (
                    newest.Value is not AppStateKeyRecord known
                    || latest.Timestamp >= known.Timestamp
                )
                    step.Set(newest, latest);
            }
        );
        return keys.Count;
    }

    /// <summary>Makes a patch durable that was applied to what is stored.</summary>
    public async Task ApplyAsync(
        string collection,
        Applied applied,
        IReadOnlyCollection<SessionEvent> events
    )
    {
        var byBucket = applied
            .Changed.GroupBy(pair => AppStateRecords.Bucket(collection, pair.Key))
            .ToList();
        using var pin = await cache.PinAsync([
            AppStateRecords.Collection(collection),
            .. byBucket.Select(group => group.Key),
        ]);
        await CommitAsync(
            pin.Slots,
            step =>
            {
                step.Set(pin[0], new CollectionRecord(applied.State));
                for (var i = 0; i < byBucket.Count; i++)
                {
                    var slot = pin[i + 1];
                    var macs = (
                        (slot.Value as MacBucket)?.Macs ?? ImmutableDictionary<string, byte[]>.Empty
                    ).ToBuilder();
                    foreach (var (index, valueMac) in byBucket[i])
                        if (valueMac is null)
                            macs.Remove(index);
                        else
                            macs[index] = valueMac;
                    step.Set(slot, macs.Count == 0 ? null : new MacBucket(macs.ToImmutable()));
                }
                foreach (var e in events)
                    step.Add(e);
            }
        );
    }

    /// <summary>Puts a snapshot in the place of what is stored.</summary>
    public async Task ReplaceAsync(
        string collection,
        Applied snapshot,
        IReadOnlyCollection<SessionEvent> events
    )
    {
        var byBucket = snapshot
            .Changed.GroupBy(pair => AppStateRecords.Bucket(collection, pair.Key))
            .ToDictionary(
                group => group.Key,
                group =>
                    group
                        .Where(pair => pair.Value is not null)
                        .ToImmutableDictionary(pair => pair.Key, pair => pair.Value!)
            );
        using var pin = await cache.PinAsync([
            AppStateRecords.Collection(collection),
            .. AppStateRecords.Buckets(collection),
        ]);
        await CommitAsync(
            pin.Slots,
            step =>
            {
                step.Set(pin[0], new CollectionRecord(snapshot.State));
                foreach (var slot in pin.Slots.Skip(1))
                    if (byBucket.TryGetValue(slot.Key, out var macs))
                        step.Set(slot, new MacBucket(macs));
                    else if (slot.Value is not null)
                        step.Set(slot, null);
                foreach (var e in events)
                    step.Add(e);
            }
        );
    }

    private Task CommitAsync(IReadOnlyList<Slot> slots, Action<Step> change)
    {
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Slots.Locked(
            slots,
            () =>
            {
                var step = new Step { Durable = durable.SetResult };
                change(step);
                committer.Enqueue(step);
            }
        );
        return durable.Task.WaitAsync(committer.Ended);
    }
}
