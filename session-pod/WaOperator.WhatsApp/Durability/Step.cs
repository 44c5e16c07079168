using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Durability;

/// <summary>What must become durable together, and what follows then.</summary>
internal sealed class Step
{
    private List<Write>? _writes;
    private List<uint>? _usedPreKeys;
    private List<SessionEvent>? _events;
    private List<HistoryBatch>? _history;

    public IReadOnlyList<Write> Writes => _writes ?? [];

    public IReadOnlyList<uint> UsedPreKeys => _usedPreKeys ?? [];

    public IReadOnlyList<SessionEvent> Events => _events ?? [];

    public IReadOnlyList<HistoryBatch> History => _history ?? [];

    public OutboundMessage? Outbound { get; set; }

    /// <summary>Nothing waits for it: it may stay for <see cref="WhatsAppOptions.Gather"/>, so as to share the commit of the next that cannot.</summary>
    public bool CanWait { get; init; }

    /// <summary>Runs as soon as the step is durable, even if the connection has ended meanwhile. It must be short and never wait.</summary>
    public Action? Durable { get; set; }

    /// <summary>Runs when the step is durable, after those of earlier steps: sends, and reports. It never waits for an answer of the server.</summary>
    public Func<ValueTask>? Then { get; set; }

    /// <summary>Changes a record, whose monitor the caller holds until the step is queued.</summary>
    public void Set(Slot slot, IRecord? value) =>
        (_writes ??= []).Add(new(slot, value, slot.Change(value)));

    public void UsePreKey(uint id) => (_usedPreKeys ??= []).Add(id);

    public void Add(SessionEvent e) => (_events ??= []).Add(e);

    public void Add(HistoryBatch batch) => (_history ??= []).Add(batch);

    internal readonly record struct Write(Slot Slot, IRecord? Value, IRecord? Before);
}
