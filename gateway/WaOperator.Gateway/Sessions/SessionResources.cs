using WaOperator.Api;
using WaOperator.Kubernetes.Client;
using WaOperator.Resources;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>A write of a session, or why it was not done.</summary>
/// <param name="Session">The session as it is now; null for a refusal.</param>
/// <param name="Refusal">Why not; null if it was done.</param>
internal readonly record struct SessionWrite(SessionResource? Session, ProblemAnswer? Refusal)
{
    public static implicit operator SessionWrite(SessionResource session) => new(session, null);

    public static implicit operator SessionWrite(ProblemAnswer refusal) => new(null, refusal);
}

/// <summary>
/// The resources of tenants' sessions. What is not of one of the given tenants is not there. Writes say what they expect, and are tried
/// again when something else, such as the operator's status, was written meanwhile.
/// </summary>
internal sealed class SessionResources(IKubernetes cluster)
{
    private const int Tries = 5;

    /// <summary>A session; null if there is none, or it is another tenant's.</summary>
    public async Task<SessionResource?> FindAsync(
        string ns,
        string name,
        IReadOnlyList<TenantName> tenants,
        CancellationToken ct
    )
    {
        // Names go into the path of a request.
        if (!SessionQuery.IsName(name) || tenants.All(t => t.Namespace != ns))
            return null;
        var found = await cluster.GetAsync<SessionResource>(name, ns, ct);
        return found is not null && OwnerOf(found, ns, tenants) is not null ? found : null;
    }

    /// <summary>A page of the sessions that have certain labels.</summary>
    /// <param name="ns">Their namespace, which is that of one of the tenants.</param>
    /// <param name="query">Which of them.</param>
    /// <param name="tenants">Whose they may be.</param>
    /// <param name="opens">Whether the key opens the session of a tenant and a name.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="KubernetesException">Among others: the selector is none, or the page is too old.</exception>
    public async Task<SessionPage> ListAsync(
        string ns,
        SessionQuery query,
        IReadOnlyList<TenantName> tenants,
        Func<long, string, bool> opens,
        CancellationToken ct
    )
    {
        var page = await cluster.ListAsync<SessionResource>(
            ns,
            new()
            {
                LabelSelector = query.Label,
                Limit = query.Limit,
                Continue = query.Token,
            },
            ct
        );
        return new(
            [
                .. page
                    .Items.Where(s =>
                        OwnerOf(s, ns, tenants) is { } tenant
                        && opens(tenant.Id, s.Metadata.Name ?? "")
                    )
                    .Select(SessionSummary.Of)
                    .Where(query.Has),
            ],
            page.Metadata.Continue is { Length: > 0 } token ? SessionCursor.WriteToken(token) : null
        );
    }

    /// <summary>Creates a session, unless the tenant has as many as it may.</summary>
    public async Task<SessionWrite> CreateAsync(
        SessionResource draft,
        TenantName tenant,
        CancellationToken ct
    )
    {
        var owner = await cluster.GetAsync<WhatsAppTenant>(tenant.Name, tenant.Namespace, ct);
        if (owner is null || owner.Metadata.IsBeingDeleted)
            return Problems.TenantLeaving();
        // The operator counts exactly; this keeps a program that goes wild from filling the cluster.
        var (held, most) = (owner.Status?.Sessions?.Total ?? 0, owner.Spec.Limits.Sessions);
        if (held >= most)
            return Problems.TenantFull(held, most);
        return await cluster.CreateAsync(draft, ct);
    }

    /// <summary>Changes a session.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="decide">The change of the session as it is now, or a refusal.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<SessionWrite> ChangeAsync(
        string ns,
        string name,
        IReadOnlyList<TenantName> tenants,
        Func<SessionResource, (SessionChange Change, ProblemAnswer? Refusal)> decide,
        CancellationToken ct
    )
    {
        for (var tried = 0; tried < Tries; tried++)
        {
            if (await FindAsync(ns, name, tenants, ct) is not { } now)
                return Problems.NoSession(ns, name);
            if (now.Metadata.DeletionTimestamp is not null)
                return Problems.SessionLeaving(ns, name);
            var (change, refusal) = decide(now);
            if (refusal is not null)
                return refusal;
            if (change.IsEmpty)
                return now;
            if (SessionOwnership.OwnerOf(now.Metadata, change.Touched()) is { } owner)
                return Problems.ManagedElsewhere(ns, name, owner);
            try
            {
                return await cluster.PatchMergeAsync<SessionResource>(
                    name,
                    ns,
                    change.ToMergePatch(now.Metadata),
                    ct: ct
                );
            }
            catch (KubernetesException e) when (e.IsConflict)
            {
                // Looked at again.
            }
        }
        return Problems.SessionChanging(ns, name);
    }

    /// <summary>Begins a deletion; one that has already begun continues.</summary>
    /// <returns>The session as it was; it is removed once its device is unlinked.</returns>
    public async Task<SessionWrite> DeleteAsync(
        string ns,
        string name,
        IReadOnlyList<TenantName> tenants,
        CancellationToken ct
    )
    {
        if (await FindAsync(ns, name, tenants, ct) is not { } now)
            return Problems.NoSession(ns, name);
        if (now.Metadata.DeletionTimestamp is not null)
            return now;
        if (SessionOwnership.OwnerOf(now.Metadata, new ResourceField("spec")) is { } owner)
            return Problems.ManagedElsewhere(ns, name, owner);
        await cluster.DeleteAsync<SessionResource>(name, ns, new() { Uid = now.Metadata.Uid }, ct);
        return now;
    }

    private static TenantName? OwnerOf(
        SessionResource session,
        string ns,
        IReadOnlyList<TenantName> tenants
    )
    {
        var name = session.Desired().TenantRef.Name;
        return tenants.FirstOrDefault(t => t.Namespace == ns && t.Name == name);
    }
}
