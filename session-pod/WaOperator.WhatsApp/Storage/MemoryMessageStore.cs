using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// Keeps a device and its messages in memory: for tests, and for programs that need nothing to survive them. Everything
/// goes through its stored form.
/// </summary>
public sealed class MemoryMessageStore : IWhatsAppStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RecordKey, byte[]> _records = [];
    private readonly SortedDictionary<uint, byte[]> _preKeys = [];
    private readonly HashSet<MessageKey> _handled = [];
    private readonly List<SessionEvent> _events = [];
    private readonly Dictionary<string, OutboundMessage> _outbound = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<HistoryBatch> _history = [];
    private byte[]? _credentials;
    private int _confirmed;

    /// <summary>Called before each commit; a test can wait or fail in it. Default nothing.</summary>
    internal Func<DeviceChange, Task> BeforeCommit { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called with each event when it is kept. Default nothing.</summary>
    internal Action<SessionEvent> OnEvent { get; set; } = _ => { };

    /// <summary>The credentials as they are stored; null if there are none.</summary>
    internal DeviceCredentials? Credentials
    {
        get
        {
            lock (_lock)
                return _credentials is null ? null : CredentialsJson.Read(_credentials);
        }
        set
        {
            lock (_lock)
                _credentials = value is null ? null : CredentialsJson.Write(value);
        }
    }

    /// <summary>The ids of the one-time prekeys that are left.</summary>
    internal IReadOnlyList<uint> PreKeyIds
    {
        get
        {
            lock (_lock)
                return [.. _preKeys.Keys];
        }
    }

    /// <summary>The events so far.</summary>
    internal IReadOnlyList<SessionEvent> Events
    {
        get
        {
            lock (_lock)
                return [.. _events];
        }
    }

    /// <summary>The names of the records.</summary>
    internal IReadOnlyList<RecordKey> RecordKeys
    {
        get
        {
            lock (_lock)
                return [.. _records.Keys];
        }
    }

    /// <summary>The outbound messages, oldest first.</summary>
    internal IReadOnlyList<OutboundMessage> Outbound
    {
        get
        {
            lock (_lock)
                return [.. _order.Select(id => _outbound[id])];
        }
    }

    /// <inheritdoc/>
    bool IMessageStore.KeepsHistory => true;

    /// <summary>What was given of the account's past, in order.</summary>
    internal IReadOnlyList<HistoryBatch> History
    {
        get
        {
            lock (_lock)
                return [.. _history];
        }
    }

    /// <summary>How many commits there were.</summary>
    internal int Commits { get; private set; }

    /// <summary>Writes or deletes a record, as a carried-over device needs it.</summary>
    internal void Put(RecordKey key, byte[]? value)
    {
        lock (_lock)
        {
            if (value is null)
                _records.Remove(key);
            else
                _records[key] = value;
        }
    }

    /// <inheritdoc/>
    public Task<DeviceCredentials?> LoadAsync(CancellationToken ct) => Task.FromResult(Credentials);

    /// <inheritdoc/>
    public Task SaveAsync(DeviceCredentials credentials, CancellationToken ct)
    {
        Credentials = credentials;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct)
    {
        lock (_lock)
        {
            foreach (var key in batch.Keys)
                _preKeys[key.Id] = CredentialsJson.WritePreKeys([key]);
            _credentials = CredentialsJson.Write(batch.Credentials);
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(
        uint firstId,
        int count,
        CancellationToken ct
    )
    {
        var keys = new List<PreKey>();
        lock (_lock)
        {
            for (var i = 0; i < count; i++)
            {
                if (_preKeys.TryGetValue(firstId + (uint)i, out var bytes))
                    keys.AddRange(CredentialsJson.ReadPreKeys(bytes));
            }
        }
        return Task.FromResult<IReadOnlyList<PreKey>>(keys);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<byte[]?>> LoadAsync(
        IReadOnlyList<RecordKey> keys,
        CancellationToken ct
    )
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<byte[]?>>([
                .. keys.Select(key => (byte[]?)_records.GetValueOrDefault(key)?.Clone()),
            ]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlySet<MessageKey>> FindHandledAsync(
        IReadOnlyList<MessageKey> keys,
        CancellationToken ct
    )
    {
        lock (_lock)
            return Task.FromResult<IReadOnlySet<MessageKey>>(
                keys.Where(_handled.Contains).ToHashSet()
            );
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A message was handled before, or a prekey used: a defect of the caller.</exception>
    public async Task CommitAsync(DeviceChange change, CancellationToken ct)
    {
        await BeforeCommit(change);
        lock (_lock)
            Apply(change);
        foreach (var e in change.Events)
            OnEvent(e);
    }

    /// <inheritdoc/>
    public Task<OutboundMessage?> FindOutboundAsync(string id, CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult(_outbound.GetValueOrDefault(id));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<OutboundMessage>> LoadUnackedAsync(CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<OutboundMessage>>([
                .. _order
                    .Select(id => _outbound[id])
                    .Where(message => message.State == OutboundState.Encrypted),
            ]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<NumberedEvent>> LoadEventsAsync(int most, CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<NumberedEvent>>([
                .. _events
                    .Skip(_confirmed)
                    .Take(most)
                    .Select((e, i) => new NumberedEvent(_confirmed + 1 + i, e)),
            ]);
    }

    /// <inheritdoc/>
    public Task ConfirmEventsAsync(long number, CancellationToken ct)
    {
        lock (_lock)
        {
            // One beyond the last is of a device that was cleared meanwhile.
            if (number > _confirmed && number <= _events.Count)
                _confirmed = (int)number;
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ClearAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            _records.Clear();
            _preKeys.Clear();
            _handled.Clear();
            _events.Clear();
            _outbound.Clear();
            _order.Clear();
            _history.Clear();
            _credentials = null;
            _confirmed = 0;
        }
        return Task.CompletedTask;
    }

    private void Apply(DeviceChange change)
    {
        foreach (var e in change.Events)
        {
            if (e.Completes is { } key && !_handled.Add(key))
                throw new InvalidOperationException("A message is handled a second time.");
        }
        foreach (var id in change.UsedPreKeys)
        {
            if (!_preKeys.Remove(id))
                throw new InvalidOperationException($"Prekey {id} is used a second time.");
        }
        foreach (var (key, value) in change.Records)
        {
            if (value is null)
                _records.Remove(key);
            else
                _records[key] = value;
        }
        foreach (var message in change.Outbound)
        {
            if (_outbound.TryAdd(message.Id, message))
                _order.Add(message.Id);
            else
                _outbound[message.Id] = message;
        }
        foreach (var e in change.Events)
        {
            var (type, bytes) = EventCodec.Encode(e);
            _events.Add(EventCodec.Decode(type, bytes));
        }
        _history.AddRange(change.History);
        Commits++;
    }
}
