using WaOperator.Api;

namespace WaOperator.Gateway.Consumers;

/// <summary>How much of pages is held until readers have taken them: so much in all, and of one tenant half of it.</summary>
/// <param name="mostMiB">In all.</param>
internal sealed class PageRoom(int mostMiB)
{
    private const long MiB = 1024 * 1024;
    private readonly TenantShares _bytes = new(mostMiB * MiB, mostMiB * MiB / 2);

    /// <summary>What one page takes; given back by disposing it.</summary>
    public PageShare Begin(long tenant) => new(_bytes, tenant);
}

/// <summary>The bytes of one page.</summary>
internal sealed class PageShare(TenantShares bytes, long tenant) : IDisposable
{
    private long _taken;

    /// <summary>Takes some more.</summary>
    /// <returns>False: there is no room.</returns>
    public bool TryTake(int more)
    {
        if (more > 0 && bytes.TryEnter(tenant, more) != Shortage.None)
            return false;
        _taken += more;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_taken > 0)
            bytes.Leave(tenant, _taken);
        _taken = 0;
    }
}
