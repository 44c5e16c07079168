using System.Text.Json;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>
/// A device's messages, Signal sessions and events in one file: a line of JSON for each change, on disk before anything that
/// depends on it is sent. Opening reads it, and writes it anew where most of it is outdated. Like the keys beside it, it is
/// not encrypted.
/// </summary>
internal sealed class FileMessageStore : IMessageStore, IDisposable
{
    private const string FileName = "messages.jsonl";
    private const int EventsKept = 10_000;

    /// <summary>Outbound messages are kept this long for retries: the last so many.</summary>
    private const int OutboundKept = 10_000;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Dictionary<RecordKey, byte[]> _records = [];
    private readonly HashSet<MessageKey> _handled = [];
    private readonly HashSet<uint> _usedPreKeys = [];
    private readonly Dictionary<string, OutboundMessage> _outbound = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<NumberedEvent> _events = [];
    private FileStream _file;
    private long _seq;

    private FileMessageStore(string path)
    {
        _path = path;
        _file = Open(path, FileMode.OpenOrCreate);
    }

    /// <summary>Called with each event once it is durable. Default nothing.</summary>
    public Action<NumberedEvent> OnEvent { get; set; } = _ => { };

    /// <summary>Opens the store in a directory that is held by this program alone.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; says where.</exception>
    public static FileMessageStore Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var store = new FileMessageStore(path);
        try
        {
            var lines = store.Replay();
            if (lines > 1000 && lines > 4 * (store._records.Count + store._order.Count))
                store.Compact();
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Whether a message has used that one-time prekey.</summary>
    public bool IsUsed(uint preKey)
    {
        lock (_lock)
            return _usedPreKeys.Contains(preKey);
    }

    /// <summary>The events after a number, as far as they are kept.</summary>
    public IReadOnlyList<NumberedEvent> Since(long seq)
    {
        lock (_lock)
            return [.. _events.Where(e => e.Seq > seq)];
    }

    /// <summary>The names of the records of a kind.</summary>
    public IReadOnlyList<RecordKey> Names(string kind)
    {
        lock (_lock)
            return [.. _records.Keys.Where(key => key.Kind == kind)];
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _records.Clear();
            _handled.Clear();
            _usedPreKeys.Clear();
            _outbound.Clear();
            _order.Clear();
            _events.Clear();
            _file.SetLength(0);
            _file.Flush(flushToDisk: true);
        }
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
    public Task CommitAsync(DeviceChange change, CancellationToken ct)
    {
        List<NumberedEvent> events;
        lock (_lock)
        {
            events = [.. change.Events.Select(e => NumberedEvent.Of(++_seq, e))];
            Write(_file, StoredChange.Of(change, events));
            _file.Flush(flushToDisk: true);
            Apply(change, events);
        }
        foreach (var e in events)
            OnEvent(e);
        return Task.CompletedTask;
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
    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path, FileMode mode) =>
        new(
            path,
            new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        );

    private static void Write(FileStream file, StoredChange change)
    {
        file.Write(JsonSerializer.SerializeToUtf8Bytes(change, StoredContext.Default.StoredChange));
        file.WriteByte((byte)'\n');
    }

    /// <summary>Guard: the lock.</summary>
    private void Apply(DeviceChange change, IReadOnlyList<NumberedEvent> events)
    {
        foreach (var (key, value) in change.Records)
        {
            if (value is null)
                _records.Remove(key);
            else
                _records[key] = value;
        }
        _usedPreKeys.UnionWith(change.UsedPreKeys);
        foreach (var message in change.Outbound)
        {
            if (_outbound.TryAdd(message.Id, message))
                _order.Add(message.Id);
            else
                _outbound[message.Id] = message;
        }
        foreach (var e in events)
        {
            if (e.Completes is { } key)
                _handled.Add(key);
            _events.Add(e);
        }
        if (_events.Count > 2 * EventsKept)
            _events.RemoveRange(0, _events.Count - EventsKept);
    }

    /// <summary>Reads the file; a last line that was not written to its end was never confirmed, and goes.</summary>
    private int Replay()
    {
        var content = new byte[_file.Length];
        _file.ReadExactly(content);
        var (start, lines) = (0, 0);
        while (Array.IndexOf(content, (byte)'\n', start) is >= 0 and var end)
        {
            lines++;
            try
            {
                var stored =
                    JsonSerializer.Deserialize(
                        content.AsSpan(start, end - start),
                        StoredContext.Default.StoredChange
                    ) ?? throw new JsonException("null is no change");
                var (change, events) = stored.Read();
                Apply(change, events);
                _seq = events.Count > 0 ? events[^1].Seq : _seq;
                _handled.UnionWith(stored.HandledBefore ?? []);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{_path}, line {lines}: {e.Message}", e);
            }
            start = end + 1;
        }
        _file.SetLength(start);
        _file.Position = start;
        return lines;
    }

    /// <summary>Writes what still matters to a new file, and puts that in the place of the old.</summary>
    private void Compact()
    {
        var kept = _order
            .TakeLast(OutboundKept)
            .Concat(_order.Where(id => _outbound[id].State == OutboundState.Encrypted))
            .ToHashSet(StringComparer.Ordinal);
        var events = _events.TakeLast(EventsKept).ToList();
        var change = new DeviceChange
        {
            Records = [.. _records.Select(record => new RecordWrite(record.Key, record.Value))],
            UsedPreKeys = [.. _usedPreKeys],
            Outbound = [.. _order.Where(kept.Contains).Select(id => _outbound[id])],
        };
        var temporary = _path + ".new";
        var file = Open(temporary, FileMode.Create);
        Write(file, StoredChange.Of(change, events) with { HandledBefore = [.. _handled] });
        file.Flush(flushToDisk: true);
        _file.Dispose();
        File.Move(temporary, _path, overwrite: true);
        _file = file;
    }
}
