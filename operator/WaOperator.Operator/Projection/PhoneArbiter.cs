using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Text;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>
/// Which of several sessions has a phone. A number is exclusive once its phone was linked; a session that is not gives it up after
/// a while to another one that asks.
/// </summary>
/// <param name="store">Where the session that gives its number up is removed.</param>
/// <param name="book">Who has which phone.</param>
/// <param name="caches">Who asks for which.</param>
/// <param name="due">Where those who may have a phone now are looked at.</param>
/// <param name="hints">Where the shard of a session that gives its number up is woken.</param>
/// <param name="unpairedLimit">How long a session that was not linked keeps its number.</param>
/// <param name="logger">Where to log.</param>
/// <param name="time">The clock.</param>
internal sealed partial class PhoneArbiter(
    DesiredStore store,
    SessionBook book,
    Caches caches,
    DueSessions due,
    IHints hints,
    TimeSpan unpairedLimit,
    ILogger<PhoneArbiter> logger,
    TimeProvider time
)
{
    /// <summary>Takes phones from those that have them in vain and are asked for them.</summary>
    public async Task DisplaceAsync(IEnumerable<WhatsAppSession> asking, CancellationToken ct)
    {
        foreach (var session in asking)
            if (
                book.Find(session.Metadata.Uid)?.Stored is null
                && OtherHolder(session) is { Stored: { } stored } holder
                && IsInVain(holder)
            )
            {
                await store.RemoveSessionsAsync([stored.Id], ct);
                Log.Displaced(logger, holder.Name, Mask.Phone(session.Spec.PhoneNumber));
                Displace(holder);
            }
    }

    /// <summary>The session that has the phone of this one, if it is another.</summary>
    public SessionFacts? OtherHolder(WhatsAppSession session) =>
        book.HolderOf(session.Spec.PhoneNumber) is { } uid && uid != session.Metadata.Uid
            ? book.Find(uid)
            : null;

    /// <summary>A session that waited for the phone of this one may have it.</summary>
    public void Free(string uid)
    {
        if (book.GiveBackPhone(uid) is { } account)
            due.Add(caches.SessionsOfPhone(account).Where(s => s.Metadata.Uid != uid));
    }

    private bool IsInVain(SessionFacts holder) =>
        holder.Observed?.State.Paired != true
        && caches.Sessions.Store[holder.Name]?.Metadata.CreationTimestamp is { } made
        && time.GetUtcNow() - made >= unpairedLimit;

    private void Displace(SessionFacts holder)
    {
        hints.PlacementChanged(holder);
        book.Update(
            holder.Uid,
            holder.Name,
            f => f with { Stored = null, Shard = null, Waits = null, Observed = null, Code = null }
        );
        // The one that asks comes next in this step: the others need not be looked at for it.
        book.GiveBackPhone(holder.Uid);
        due.Add(holder.Name);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PhoneArbiterDisplaced,
            LogLevel.Warning,
            "{Session} was never paired or no longer is; its number {Phone} is given to another session that asks for it"
        )]
        public static partial void Displaced(ILogger logger, NamespacedName session, string phone);
    }
}
