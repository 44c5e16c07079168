using System.Collections.Immutable;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
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

    /// <summary>The collections that the server was never asked for.</summary>
    public async Task<IReadOnlyList<string>> NeverSyncedAsync()
    {
        using var pin = await cache.PinAsync([
            .. Collections.All.Select(AppStateRecords.Collection),
        ]);
        return [.. Collections.All.Where((_, i) => pin[i].Value is null)];
    }

    /// <summary>Whether the server had nothing of a collection when it was asked for it.</summary>
    public async Task<bool> WasEmptyAsync(string collection)
    {
        using var pin = await cache.PinAsync(AppStateRecords.Collection(collection));
        return pin[0].Value is CollectionRecord { State.Version: 0 };
    }

    /// <summary>The server has nothing of a collection: what comes is new.</summary>
    public async Task SetEmptyAsync(string collection)
    {
        using var pin = await cache.PinAsync(AppStateRecords.Collection(collection));
        if (pin[0].Value is null)
            await committer.CommitAsync(
                pin.Slots,
                step => step.Set(pin[0], new CollectionRecord(CollectionState.Empty))
            );
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

    /// <summary>The keys that the phone has shared.</summary>
    public async Task<SharedKeys> KeysAsync()
    {
        using var pin = await cache.PinAsync(AppStateRecords.Keys);
        return pin[0].Value as SharedKeys ?? SharedKeys.None;
    }

    /// <summary>Makes an event durable that comes with no change.</summary>
    public Task TellAsync(SessionEvent e) => committer.CommitAsync([], step => step.Add(e));

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
        await committer.CommitAsync(
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
        await committer.CommitAsync(
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
}
