using WaOperator.Api;

namespace WaOperator.SessionPod.Api.Asking;

/// <summary>How many commands, which wait for WhatsApp's server, a pod runs at once: in all, of a tenant, of a session.</summary>
/// <param name="most">In all.</param>
/// <param name="perTenant">Of all sessions of a tenant.</param>
/// <param name="perSession">Of one session.</param>
internal sealed class CommandShares(int most, int perTenant, int perSession)
{
    private readonly TenantShares _tenants = new(most, perTenant);
    private readonly TenantShares _sessions = new(most, perSession);

    /// <summary>Takes a place; give it back with <see cref="Leave"/>.</summary>
    /// <returns>Null, or why there is no place.</returns>
    public string? Enter(long tenant, long session)
    {
        switch (_tenants.TryEnter(tenant, 1))
        {
            case Shortage.OfTenant:
                return $"the tenant's sessions on this pod run {perTenant} commands already, as many as one tenant's may at once";
            case Shortage.OfAll:
                return $"this pod runs {most} commands already; try again later";
        }
        if (_sessions.TryEnter(session, 1) == Shortage.None)
            return null;
        _tenants.Leave(tenant, 1);
        return $"the session runs {perSession} commands already, as many as one may at once; wait for their answers";
    }

    /// <summary>Gives the place back.</summary>
    public void Leave(long tenant, long session)
    {
        _sessions.Leave(session, 1);
        _tenants.Leave(tenant, 1);
    }
}
