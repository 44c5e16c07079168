using System.Text.Json;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// A device's messages, Signal sessions and events in one file: a line of JSON for each change, on disk before anything that
/// depends on it is sent. It is compacted when most of it is outdated. Like the keys beside it, it is not encrypted.
/// </summary>
internal sealed class MessageFile : IMessageStore, IDisposable
{
    private const string FileName = "messages.jsonl";

    /// <summary>The last so many events are kept, confirmed or not.</summary>
    private const int EventsKept = 10_000;

    /// <summary>The most events that are kept because they are not confirmed.</summary>
    private const int MostUnconfirmed = 100_000;

    /// <summary>Outbound messages are kept this long for retries: the last so many.</summary>
    private const int OutboundKept = 10_000;

    /// <summary>A server repeats what it has delivered of late, not what came long ago: the last so many keys.</summary>
    private const int HandledKept = 100_000;

    /// <summary>An opened file is compacted from so many lines on, one in use from so many.</summary>
    private const int LinesAtOpening = 1_000;
    private const int LinesInUse = 10_000;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly Dictionary<RecordKey, byte[]> _records = [];
    private readonly HashSet<MessageKey> _handled = [];
    private readonly Queue<MessageKey> _handledOrder = [];
    private readonly HashSet<uint> _usedPreKeys = [];
    private readonly Dictionary<string, OutboundMessage> _outbound = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<KeptEvent> _events = [];
    private FileStream _file;
    private long _length;
    private long _seq;
    private long _confirmed;
    private int _lines;

    /// <summary>After a compaction that failed: the next attempt comes when there are more lines than these.</summary>
    private int _compactAfter;

    private MessageFile(string path)
    {
        _path = path;
        _file = Open(path, FileMode.OpenOrCreate);
    }

    /// <summary>Called with each event once it is durable. Default nothing.</summary>
    public Action<KeptEvent> OnEvent { get; set; } = _ => { };

    /// <summary>Opens the store in a directory that is held by this program alone.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; says where.</exception>
    public static MessageFile Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var store = new MessageFile(path);
        try
        {
            store.Replay();
            store.CompactIfOutdated(LinesAtOpening);
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
    public IReadOnlyList<KeptEvent> Since(long seq)
    {
        lock (_lock)
            return [.. _events.Where(e => e.Seq > seq)];
    }

    /// <summary>The oldest events that are not confirmed.</summary>
    public IReadOnlyList<NumberedEvent> Unconfirmed(int most)
    {
        lock (_lock)
            return
            [
                .. _events
                    .SkipWhile(e => e.Seq <= _confirmed)
                    .Take(most)
                    .Select(e => new NumberedEvent(e.Seq, e.Event)),
            ];
    }

    /// <summary>The application is done with an event and all before it. Not synchronised to the disk: a crash may bring some of them again.</summary>
    public void Confirm(long seq)
    {
        lock (_lock)
        {
            // One beyond the last is of a device that was cleared meanwhile.
            if (seq <= _confirmed || seq > _seq)
                return;
            Write(new(null, null, null, null) { Confirmed = seq }, toDisk: false);
            _confirmed = seq;
            Trim();
            CompactIfOutdated(LinesInUse);
        }
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
            _handledOrder.Clear();
            _usedPreKeys.Clear();
            _outbound.Clear();
            _order.Clear();
            _events.Clear();
            (_length, _lines, _seq, _confirmed, _compactAfter) = (0, 0, 0, 0, 0);
            _file.SetLength(0);
            _file.Position = 0;
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
        List<KeptEvent> events;
        lock (_lock)
        {
            events = [.. change.Events.Select((e, i) => KeptEvent.Of(_seq + 1 + i, e))];
            Write(StoredChange.Of(change, events), toDisk: true);
            _seq += events.Count;
            Apply(change, events);
            Trim();
            CompactIfOutdated(LinesInUse);
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
        // Unbuffered: what could not be written must not be written later.
        new(path, OwnerOnly.File(mode, FileAccess.ReadWrite, bufferSize: 0));

    private static byte[] Line(StoredChange change) =>
        [
            .. JsonSerializer.SerializeToUtf8Bytes(change, StoredContext.Default.StoredChange),
            (byte)'\n',
        ];

    /// <summary>Appends a line; what is left of one that could not be written goes first. Guard: the lock.</summary>
    private void Write(StoredChange change, bool toDisk)
    {
        var line = Line(change);
        if (_file.Length != _length)
            _file.SetLength(_length);
        _file.Position = _length;
        _file.Write(line);
        if (toDisk)
            _file.Flush(flushToDisk: true);
        _length += line.Length;
        _lines++;
    }

    /// <summary>Guard: the lock.</summary>
    private void Apply(DeviceChange change, IReadOnlyList<KeptEvent> events)
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
                AddHandled(key);
            _events.Add(e);
        }
    }

    private void AddHandled(MessageKey key)
    {
        if (!_handled.Add(key))
            return;
        _handledOrder.Enqueue(key);
        if (_handledOrder.Count > HandledKept)
            _handled.Remove(_handledOrder.Dequeue());
    }

    /// <summary>Forgets events that are neither recent nor wanted, and outbound messages that are done with. Guard: the lock.</summary>
    private void Trim()
    {
        // Many at a time: the list is moved as a whole.
        if (_events.Count - EventsWanted is > EventsKept and var outdated)
            _events.RemoveRange(0, outdated);
        if (_order.Count > 2 * OutboundKept)
        {
            var kept = OutboundWanted();
            foreach (var id in _order.Where(id => !kept.Contains(id)))
                _outbound.Remove(id);
            _order.RemoveAll(id => !kept.Contains(id));
        }
    }

    private int EventsWanted => (int)Math.Clamp(_seq - _confirmed, EventsKept, MostUnconfirmed);

    private HashSet<string> OutboundWanted() =>
        _order
            .TakeLast(OutboundKept)
            .Concat(_order.Where(id => _outbound[id].State == OutboundState.Encrypted))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads the file; a last line that was not written to its end was never confirmed, and goes.</summary>
    private void Replay()
    {
        var content = new byte[_file.Length];
        _file.ReadExactly(content);
        var start = 0;
        while (Array.IndexOf(content, (byte)'\n', start) is >= 0 and var end)
        {
            _lines++;
            try
            {
                var stored =
                    JsonSerializer.Deserialize(
                        content.AsSpan(start, end - start),
                        StoredContext.Default.StoredChange
                    ) ?? throw new JsonException("null is not a change");
                var (change, events) = stored.Read();
                foreach (var key in stored.HandledBefore ?? [])
                    AddHandled(key);
                Apply(change, events);
                _seq = stored.LastSeq ?? (events.Count > 0 ? events[^1].Seq : _seq);
                _confirmed = stored.Confirmed ?? _confirmed;
                Trim();
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{_path}, line {_lines}: {e.Message}", e);
            }
            start = end + 1;
        }
        _length = start;
        _file.SetLength(start);
    }

    /// <summary>Guard: the lock.</summary>
    private void CompactIfOutdated(int lines)
    {
        if (
            _lines <= Math.Max(lines, _compactAfter)
            || _lines <= 4 * (_records.Count + _order.Count)
        )
            return;
        try
        {
            Compact();
            _compactAfter = 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk may have room for a line and none for a second file. The old one is complete, and what was just written
            // to it is durable: that must not look like a failure.
            _compactAfter = _lines + LinesAtOpening;
        }
    }

    /// <summary>Writes what still matters to a new file, and puts that in the place of the old.</summary>
    private void Compact()
    {
        var kept = OutboundWanted();
        var change = new DeviceChange
        {
            Records = [.. _records.Select(record => new RecordWrite(record.Key, record.Value))],
            UsedPreKeys = [.. _usedPreKeys],
            Outbound = [.. _order.Where(kept.Contains).Select(id => _outbound[id])],
        };
        var line = Line(
            StoredChange.Of(change, [.. _events.TakeLast(EventsWanted)]) with
            {
                HandledBefore = [.. _handledOrder],
                Confirmed = _confirmed,
                LastSeq = _seq,
            }
        );
        var temporary = _path + ".new";
        var file = Open(temporary, FileMode.Create);
        try
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
            File.Move(temporary, _path, overwrite: true);
        }
        catch
        {
            file.Dispose();
            // It takes the room that the next lines need.
            File.Delete(temporary);
            throw;
        }
        _file.Dispose();
        (_file, _length, _lines) = (file, line.Length, 1);
        DirectoryEntries.Flush(Path.GetDirectoryName(_path)!);
    }
}
