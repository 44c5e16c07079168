namespace WaOperator.Api;

/// <summary>
/// How much of requests' bodies a pod holds at once, in all and of one tenant: a sender that is slow on purpose, over many connections,
/// would take all its memory otherwise. Counted as it arrives.
/// </summary>
/// <param name="mostMiB">In all.</param>
/// <param name="perTenantMiB">Of one tenant.</param>
internal sealed class BodyShares(int mostMiB, int perTenantMiB)
{
    private const long MiB = 1024 * 1024;
    private readonly TenantShares _bytes = new(mostMiB * MiB, perTenantMiB * MiB);

    /// <summary>The share of one request of a tenant; to be disposed once the request is answered.</summary>
    public BodyShare Of(long tenant) => new(this, tenant);

    internal string? Enter(long tenant, long length) =>
        _bytes.TryEnter(tenant, length) switch
        {
            Shortage.OfTenant =>
                $"the tenant's requests that this pod is reading have {perTenantMiB} MiB together, as much as one tenant's may; send fewer at once",
            Shortage.OfAll =>
                $"the requests that this pod is reading have {mostMiB} MiB together; try again later",
            _ => null,
        };

    internal void Leave(long tenant, long length) => _bytes.Leave(tenant, length);
}

/// <summary>What one request holds.</summary>
internal sealed class BodyShare(BodyShares shares, long tenant) : IDisposable
{
    private long _held;

    /// <summary>Takes room for some bytes more.</summary>
    /// <returns>Null, or why there is no room.</returns>
    public string? TryTake(long length)
    {
        var full = shares.Enter(tenant, length);
        if (full is null)
            _held += length;
        return full;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_held > 0)
            shares.Leave(tenant, _held);
        _held = 0;
    }
}
