using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Durability;

/// <summary>Steps that become durable in one commit. Of a record that several of them changed only the last value is written.</summary>
internal sealed class Batch
{
    private readonly Dictionary<RecordKey, IRecord?> _records = [];
    private readonly Dictionary<string, OutboundMessage> _outbound = new(StringComparer.Ordinal);
    private readonly List<uint> _usedPreKeys = [];
    private readonly List<SessionEvent> _events = [];
    private readonly List<HistoryBatch> _history = [];
    private readonly List<Step> _steps = [];
    private DeviceChange? _change;

    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Whether nothing waits for any of its steps.</summary>
    public bool CanWait { get; private set; } = true;

    /// <summary>About how many bytes of messages it holds.</summary>
    public long Size { get; private set; }

    public bool IsEmpty =>
        _records.Count + _outbound.Count + _usedPreKeys.Count + _events.Count + _history.Count == 0;

    public void Add(Step step)
    {
        _steps.Add(step);
        CanWait &= step.CanWait;
        foreach (var write in step.Writes)
        {
            if (write.Slot.Former is { } former)
            {
                _records[former] = null;
                write.Slot.Former = null;
            }
            _records[write.Slot.Key] = write.Value;
            // The value before is serialised already, or was replaced in this batch just now.
            write.Before?.Dispose();
        }
        if (step.Outbound is { } outbound)
        {
            _outbound[outbound.Id] = outbound;
            Size += outbound.Content.Length + (outbound.Stanza?.Length ?? 0);
        }
        _usedPreKeys.AddRange(step.UsedPreKeys);
        foreach (var e in step.Events)
        {
            _events.Add(e);
            Size += e.Weight;
        }
        foreach (var part in step.History)
        {
            _history.Add(part);
            Size += part.Weight;
        }
    }

    /// <summary>Takes the records' bytes: from now on they may change again.</summary>
    public DeviceChange Seal() =>
        _change ??= new()
        {
            Records =
            [
                .. _records.Select(pair => new RecordWrite(pair.Key, pair.Value?.Serialize())),
            ],
            UsedPreKeys = _usedPreKeys,
            Events = _events,
            Outbound = [.. _outbound.Values],
            History = _history,
        };

    public void Committed()
    {
        foreach (var step in _steps)
        {
            foreach (var write in step.Writes)
                write.Slot.Committed();
            step.Durable?.Invoke();
        }
    }
}
