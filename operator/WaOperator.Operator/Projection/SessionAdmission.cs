using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Proxies;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>Gathers what the <see cref="Admission"/> of a session depends on, and takes its phone and shows its trouble as decided.</summary>
internal sealed class SessionAdmission(
    SessionBook book,
    TenantBook tenantBook,
    Caches caches,
    TenantProjection tenants,
    PhoneArbiter phones,
    Refusals refusals,
    ProxyBook proxies
)
{
    /// <summary>Decides about a session; returns its row if that is to be written.</summary>
    public SessionRow? Admit(WhatsAppSession session)
    {
        var (uid, name) = (session.Metadata.Uid!, NamespacedName.Of(session));
        var made = book.Find(uid)?.Stored?.Row;
        var tenant = Caches.TenantOf(session);
        var admitted = Admission.Decide(
            new(
                session,
                made,
                caches.Tenants.Store[tenant],
                tenantBook.IdOf(tenant),
                caches.PoolFor(session, made?.PoolUid)?.Metadata.Uid,
                made is null ? phones.OtherHolder(session)?.Name : null,
                proxies.For(session, made?.Proxy)
            )
        );
        if (made is null && admitted.Row is { } first)
            book.TakePhone(first.Phone, uid);
        else if (made is null)
            phones.Free(uid);
        var facts = book.Update(
            uid,
            name,
            f =>
                f with
                {
                    Trouble =
                        admitted.Trouble
                        ?? refusals.Of(admitted.Row)
                        ?? (admitted.Row is null ? tenants.Refusal(tenant) : null),
                    Suspended = admitted.Row is { } row && IsSuspended(row.TenantId),
                    NeedsFinalizer =
                        admitted.Row is not null
                        && !session.Metadata.HasFinalizer(WhatsAppFinalizers.Session),
                    MayGo = false,
                }
        );
        return admitted.Row == made || (made is null && facts.NeedsFinalizer) ? null : admitted.Row;
    }

    private bool IsSuspended(long tenantId) =>
        tenantBook.NameOf(tenantId) is { } name
        && caches.Tenants.Store[name]?.Spec.Suspended == true;
}
