using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.History;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Durability;

/// <summary>
/// The records in memory: read when needed, kept while they are used or ahead of the store, and beyond that the last used ones, but for
/// announcements of the history, which are large and used once.
/// </summary>
internal sealed partial class RecordCache(
    IMessageStore store,
    ILogger logger,
    CancellationToken ended
) : IDisposable
{
    /// <summary>How many unused records stay.</summary>
    private const int Capacity = 96;

    /// <summary>Of a record's name, its slot and its places in the tables.</summary>
    private const int SlotSize = 400;

    private readonly Lock _lock = new();
    private readonly Dictionary<RecordKey, Slot> _slots = [];
    private readonly LinkedList<Slot> _byUse = new();

    /// <summary>Gives the records of the keys, in their order, and keeps them in memory until the pin is disposed.</summary>
    /// <param name="keys">Their names.</param>
    /// <param name="former">Another name under which a record may still be stored; null for none.</param>
    public async ValueTask<Pin> PinAsync(
        IReadOnlyList<RecordKey> keys,
        Func<RecordKey, RecordKey?>? former = null
    )
    {
        var slots = new Slot[keys.Count];
        List<Slot>? missing = null;
        List<Task>? waits = null;
        TaskCompletionSource? loaded = null;
        lock (_lock)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                var key = keys[i];
                if (!_slots.TryGetValue(key, out var slot))
                {
                    slot = _slots[key] = new(key);
                    loaded ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                    slot.Loaded = loaded.Task;
                    (missing ??= []).Add(slot);
                }
                else if (!slot.Loaded.IsCompletedSuccessfully && slot.Loaded != loaded?.Task)
                {
                    (waits ??= []).Add(slot.Loaded);
                }
                slot.Pins++;
                Use(slot);
                slots[i] = slot;
            }
        }
        var pin = new Pin(this, slots);
        try
        {
            if (missing is not null)
                await LoadAsync(missing, former, loaded!);
            if (waits is not null)
                await Task.WhenAll(waits);
            return pin;
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    /// <summary>About how many bytes the records in memory take.</summary>
    public long HeldBytes
    {
        get
        {
            lock (_lock)
            {
                var bytes = 0L;
                foreach (var slot in _slots.Values)
                    bytes += SlotSize + (slot.Value?.HeldBytes ?? 0);
                return bytes;
            }
        }
    }

    public async ValueTask<Pin> PinAsync(RecordKey key) => await PinAsync([key]);

    /// <summary>Whether a record is in memory.</summary>
    public bool Holds(RecordKey key)
    {
        lock (_lock)
            return _slots.ContainsKey(key);
    }

    /// <summary>Forgets a record if it can be read again.</summary>
    public void Forget(RecordKey key)
    {
        lock (_lock)
        {
            if (_slots.TryGetValue(key, out var slot))
                Drop(slot);
        }
    }

    /// <summary>Forgets all that can be read again.</summary>
    public void Trim() => Shrink(0);

    /// <summary>Zeroes everything. Nothing uses it any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var slot in _slots.Values)
                slot.Value?.Dispose();
            _slots.Clear();
            _byUse.Clear();
        }
    }

    private async Task LoadAsync(
        List<Slot> missing,
        Func<RecordKey, RecordKey?>? former,
        TaskCompletionSource loaded
    )
    {
        try
        {
            var keys = missing.ConvertAll(slot => slot.Key);
            var owners = new List<Slot>(missing);
            if (former is not null)
            {
                foreach (var slot in missing)
                {
                    if (former(slot.Key) is not { } other)
                        continue;
                    keys.Add(other);
                    owners.Add(slot);
                }
            }
            var values = await ReadAsync(keys);
            for (var i = 0; i < keys.Count; i++)
            {
                var slot = owners[i];
                if (slot.Value is not null)
                    continue;
                var renamed = keys[i] != slot.Key;
                if (renamed && TakeOver(keys[i]) is { } live)
                    slot.Fill(live);
                else if (values[i] is { } bytes)
                    slot.Fill(Parse(keys[i], bytes));
                if (renamed && slot.Value is not null)
                    slot.Former = keys[i];
            }
            loaded.SetResult();
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                foreach (var slot in missing)
                    Remove(slot);
            }
            loaded.SetException(e);
            _ = loaded.Task.Exception;
            throw;
        }
    }

    /// <summary>The value of a slot that is in memory, and newer than what the store has; the slot is left empty.</summary>
    private IRecord? TakeOver(RecordKey key)
    {
        Slot? slot;
        lock (_lock)
            _slots.TryGetValue(key, out slot);
        if (slot is null)
            return null;
        lock (slot)
        {
            var value = slot.Value;
            slot.Fill(null);
            return value;
        }
    }

    private async Task<IReadOnlyList<byte[]?>> ReadAsync(List<RecordKey> keys)
    {
        try
        {
            return await store.LoadAsync(keys, ended);
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !ended.IsCancellationRequested)
        {
            throw new StoreFailedException(e);
        }
    }

    /// <summary>A record that cannot be read is as good as none: the peer is asked for its message again, and a new one begins.</summary>
    private IRecord? Parse(RecordKey key, byte[] bytes)
    {
        try
        {
            return key.Kind switch
            {
                RecordKinds.Session => SessionStorage.ReadAny(bytes),
                RecordKinds.SenderKey => SenderKeyRecord.Deserialize(bytes),
                RecordKinds.SenderKeyHolders => KeyHolders.Deserialize(bytes),
                RecordKinds.Devices => DeviceList.Deserialize(bytes),
                RecordKinds.AppState or RecordKinds.AppStateKeys => AppStateRecords.Deserialize(
                    key,
                    bytes
                ),
                RecordKinds.History => HistoryRecords.Deserialize(key, bytes),
                _ => new TextRecord(bytes),
            };
        }
        catch (Exception e) when (e is SignalException or InvalidDataException)
        {
            Log.Damaged(logger, key.Kind, e.Message);
            return null;
        }
    }

    private void Release(Slot[] slots)
    {
        lock (_lock)
        {
            foreach (var slot in slots)
            {
                slot.Pins--;
                if (HistoryRecords.IsNote(slot.Key))
                    Drop(slot);
            }
            if (_slots.Count <= Capacity)
                return;
        }
        Shrink(Capacity);
    }

    private void Shrink(int count)
    {
        lock (_lock)
        {
            for (var node = _byUse.First; node is not null && _slots.Count > count; )
            {
                var next = node.Next;
                Drop(node.Value);
                node = next;
            }
        }
    }

    /// <summary>Forgets a record that is not used and not ahead of the store. Guard: the lock.</summary>
    private void Drop(Slot slot)
    {
        if (slot is not { Pins: 0, IsAhead: false })
            return;
        Remove(slot);
        slot.Value?.Dispose();
    }

    private void Use(Slot slot)
    {
        if (slot.Place is { } place)
            _byUse.Remove(place);
        slot.Place = _byUse.AddLast(slot);
    }

    private void Remove(Slot slot)
    {
        _slots.Remove(slot.Key);
        if (slot.Place is { } place)
            _byUse.Remove(place);
        slot.Place = null;
    }

    /// <summary>Keeps records in memory.</summary>
    internal readonly struct Pin(RecordCache cache, Slot[] slots) : IDisposable
    {
        public IReadOnlyList<Slot> Slots => slots;

        public Slot this[int index] => slots[index];

        public void Dispose() => cache.Release(slots);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.RecordCacheDamaged,
            Level = LogLevel.Error,
            Message = "A stored record of kind {Kind} cannot be read and is ignored. {Reason}"
        )]
        public static partial void Damaged(ILogger logger, string kind, string reason);
    }
}
