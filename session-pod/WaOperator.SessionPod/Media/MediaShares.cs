using WaOperator.Api;

namespace WaOperator.SessionPod.Media;

/// <summary>
/// How many files a pod transfers at once for its tenants, and how much of uploads it keeps on its disk meanwhile: an upload's address
/// on the media hosts holds the hash of the whole, so what was encrypted waits there for the end.
/// </summary>
/// <param name="transfers">Transfers in all.</param>
/// <param name="tenantTransfers">Transfers of one tenant.</param>
/// <param name="spoolMiB">Uploads on the disk, in all.</param>
/// <param name="tenantSpoolMiB">Uploads on the disk, of one tenant.</param>
internal sealed class MediaShares(
    int transfers,
    int tenantTransfers,
    int spoolMiB,
    int tenantSpoolMiB
)
{
    private const long MiB = 1024 * 1024;
    private readonly TenantShares _transfers = new(transfers, tenantTransfers);
    private readonly TenantShares _spooled = new(spoolMiB * MiB, tenantSpoolMiB * MiB);

    /// <summary>Takes a place for a transfer; to be disposed when it is over.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="full">Why there is no place; null if there is.</param>
    public MediaShare Enter(long tenant, out string? full)
    {
        full = _transfers.TryEnter(tenant, 1) switch
        {
            Shortage.OfTenant =>
                $"the tenant's files that this pod transfers now are {tenantTransfers}, as many as one tenant's may; wait for some to end",
            Shortage.OfAll => $"this pod transfers {transfers} files already; try again later",
            _ => null,
        };
        return new(this, tenant, entered: full is null);
    }

    internal string? Spool(long tenant, long length) =>
        _spooled.TryEnter(tenant, length) switch
        {
            Shortage.OfTenant =>
                $"the tenant's uploads that this pod takes now have {tenantSpoolMiB} MiB together, as much as one tenant's may; wait for some to end",
            Shortage.OfAll =>
                $"the uploads that this pod takes now have {spoolMiB} MiB together; try again later",
            _ => null,
        };

    internal void Leave(long tenant, bool entered, long spooled)
    {
        if (spooled > 0)
            _spooled.Leave(tenant, spooled);
        if (entered)
            _transfers.Leave(tenant, 1);
    }
}

/// <summary>What one transfer holds.</summary>
internal sealed class MediaShare(MediaShares shares, long tenant, bool entered) : IDisposable
{
    private const long Step = 1024 * 1024;
    private long _spooled;
    private bool _over;

    /// <summary>Takes room on the disk for a file of this length so far.</summary>
    /// <returns>Null, or why there is no room.</returns>
    public string? TryReach(long length)
    {
        if (length <= _spooled)
            return null;
        // In steps, so that few reads ask.
        var more = Math.Max(length - _spooled, _spooled == 0 ? 0 : Step);
        var full = shares.Spool(tenant, more);
        if (full is null)
            _spooled += more;
        return full;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_over)
            return;
        _over = true;
        shares.Leave(tenant, entered, _spooled);
    }
}
