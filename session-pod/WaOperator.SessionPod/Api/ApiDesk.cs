using WaOperator.Api;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Streams;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api;

/// <summary>What the API serves from while the pod holds its lease.</summary>
/// <param name="Host">The sessions that are run here.</param>
/// <param name="Journals">What happened to them.</param>
/// <param name="Streams">The same, of many at once.</param>
/// <param name="Outboxes">What they are to send.</param>
/// <param name="Directory">Keys, and who runs what.</param>
/// <param name="Keys">Which tenant an API key belongs to.</param>
/// <param name="Policy">What tenants may send.</param>
/// <param name="Media">Files that tenants may send or load.</param>
/// <param name="References">What messages name.</param>
/// <param name="Chats">Their chats and contacts.</param>
/// <param name="History">The messages of their chats.</param>
/// <param name="Receipts">Who got what they sent.</param>
/// <param name="Broadcasts">Messages of theirs to many.</param>
/// <param name="Webhooks">Where their events are posted to.</param>
internal sealed record ApiTenure(
    SessionHost Host,
    JournalReader Journals,
    JournalStreams Streams,
    OutboxReader Outboxes,
    ApiDirectory Directory,
    TenantKeys Keys,
    SendPolicy Policy,
    MediaShelf Media,
    References References,
    ChatBook Chats,
    HistoryReader History,
    ReceiptReader Receipts,
    BroadcastBook Broadcasts,
    WebhookDispatcher Webhooks
);

/// <summary>The present tenure, if there is one.</summary>
internal sealed class ApiDesk
{
    private ApiTenure? _current;

    /// <summary>Null while the pod has no lease.</summary>
    public ApiTenure? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
