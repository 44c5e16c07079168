using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Running;

/// <summary>A store of messages that reports the events of each commit once they are durable.</summary>
internal sealed class WatchedStore(
    IMessageStore store,
    Action<IReadOnlyList<SessionEvent>> committed
) : IMessageStore
{
    bool IMessageStore.KeepsHistory => store.KeepsHistory;

    public Task<IReadOnlyList<byte[]?>> LoadAsync(
        IReadOnlyList<RecordKey> keys,
        CancellationToken ct
    ) => store.LoadAsync(keys, ct);

    public Task<IReadOnlySet<MessageKey>> FindHandledAsync(
        IReadOnlyList<MessageKey> keys,
        CancellationToken ct
    ) => store.FindHandledAsync(keys, ct);

    public async Task CommitAsync(DeviceChange change, CancellationToken ct)
    {
        await store.CommitAsync(change, ct);
        if (change.Events.Count > 0)
            committed(change.Events);
    }

    public Task<OutboundMessage?> FindOutboundAsync(string id, CancellationToken ct) =>
        store.FindOutboundAsync(id, ct);

    public Task<IReadOnlyList<OutboundMessage>> LoadUnackedAsync(CancellationToken ct) =>
        store.LoadUnackedAsync(ct);
}
