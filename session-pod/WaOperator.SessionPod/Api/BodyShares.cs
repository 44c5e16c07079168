using WaOperator.SessionPod.Sharing;

namespace WaOperator.SessionPod.Api;

/// <summary>
/// How much of requests' bodies a pod holds at once, in all and of one tenant: who sends slowly, over many connections, would take all
/// its memory otherwise. Counted before a body is read, by the length that its head says, else by the longest.
/// </summary>
/// <param name="mostMiB">In all.</param>
/// <param name="perTenantMiB">Of one tenant.</param>
internal sealed class BodyShares(int mostMiB, int perTenantMiB)
{
    private const long MiB = 1024 * 1024;
    private readonly TenantShares bytes = new(mostMiB * MiB, perTenantMiB * MiB);

    /// <summary>Takes room for a body; give it back with <see cref="Leave"/> once its request is answered.</summary>
    /// <returns>Null, or why there is no room.</returns>
    public string? Enter(long tenant, long length) =>
        bytes.TryEnter(tenant, length) switch
        {
            Shortage.OfTenant =>
                $"the tenant's requests that this pod is reading have {perTenantMiB} MiB together, as much as one tenant's may; send fewer at once",
            Shortage.OfAll =>
                $"the requests that this pod is reading have {mostMiB} MiB together; try again later",
            _ => null,
        };

    /// <summary>Gives the room back.</summary>
    public void Leave(long tenant, long length) => bytes.Leave(tenant, length);
}
