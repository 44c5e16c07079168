using WaOperator.Api;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Options;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Where requests wait for an owner of their session: so many, so large together, and of one tenant three quarters, so that the sessions of
/// one that have no place do not take all of it.
/// </summary>
internal sealed class HoldRoom(GatewayOptions options, GatewayMetrics metrics, TimeProvider time)
{
    private const long MiB = 1024 * 1024;
    private readonly TenantShares _requests = new(
        options.MaxHeld,
        Math.Max(Math.Min(1, options.MaxHeld), options.MaxHeld * 3 / 4)
    );
    private readonly TenantShares _bytes = new(
        options.MaxHeldMiB * MiB,
        Math.Max(MiB, options.MaxHeldMiB * MiB * 3 / 4)
    );

    /// <summary>Takes a place, which is given back by disposing it.</summary>
    /// <param name="tenant">Whose request it is.</param>
    /// <param name="length">Bytes of its body.</param>
    /// <returns>Null: there is no room.</returns>
    public IDisposable? TryEnter(long tenant, long length)
    {
        if (_requests.TryEnter(tenant, 1) != Shortage.None)
            return null;
        if (length > 0 && _bytes.TryEnter(tenant, length) != Shortage.None)
        {
            _requests.Leave(tenant, 1);
            return null;
        }
        metrics.HoldBegan();
        return new Place(this, tenant, length, time.GetTimestamp());
    }

    private void Leave(Place place)
    {
        _requests.Leave(place.Tenant, 1);
        if (place.Length > 0)
            _bytes.Leave(place.Tenant, place.Length);
        metrics.HoldEnded(time.GetElapsedTime(place.Began));
    }

    private sealed record Place(HoldRoom Room, long Tenant, long Length, long Began) : IDisposable
    {
        public void Dispose() => Room.Leave(this);
    }
}
