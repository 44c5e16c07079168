using WaOperator.Gateway.Options;
using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>Finds the next owner of a session for a request whose pod did not serve it.</summary>
internal sealed class OwnerSearch(
    GatewayOptions options,
    Owners owners,
    PlaceWatch watch,
    HoldRoom rooms,
    TimeProvider time
)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>The owner by what the directory says now; null for none, and while it is away.</summary>
    public async Task<ServedPlace?> LookAsync(Call call)
    {
        owners.Forget(call.Session);
        try
        {
            return
                await owners.ReadAsync(call.Session, call.Http.RequestAborted)
                    is { Pod: not null } place
                ? place
                : null;
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return null;
        }
    }

    /// <summary>
    /// Waits for an owner: another one than the pod that did not serve the session, or that one again after a pause. A planned change is
    /// waited for longer than a crash.
    /// </summary>
    /// <returns>
    /// The owner; a place without one if the session has come to rest meanwhile. Null: none came, or there is no room to wait in.
    /// </returns>
    public async Task<ServedPlace?> WaitAsync(Call call, ServedPlace? failed)
    {
        if (Left(call) <= TimeSpan.Zero)
            return null;
        using var room = rooms.TryEnter(call.Tenant, call.Body?.Length ?? 0);
        if (room is null)
            return null;
        var before = call.Held;
        var began = time.GetTimestamp();
        var pause = TimeSpan.FromTicks(
            Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(call.Waits++, 4))
        );
        while (Left(call) is var left && left > TimeSpan.Zero)
        {
            var place = await NextAsync(call, left);
            var waited = time.GetElapsedTime(began);
            call.Held = before + waited;
            if (place is { Pod: null })
            {
                if (AtRest.Is(place))
                    return place;
                call.Planned = place.GivenBack;
            }
            else if (place is not null && (place.Pod != failed?.Pod || waited >= pause))
            {
                owners.Remember(call.Session, place);
                return place;
            }
        }
        return null;
    }

    private TimeSpan Left(Call call) =>
        (call.Planned && options.PlannedHold > options.Hold ? options.PlannedHold : options.Hold)
        - call.Held;

    /// <summary>What the next look says; null while PostgreSQL is away, and once the limit has passed.</summary>
    private async Task<ServedPlace?> NextAsync(Call call, TimeSpan limit)
    {
        try
        {
            return await watch
                .NextAsync(call.Session, call.Http.RequestAborted)
                .WaitAsync(limit, time, call.Http.RequestAborted);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            // That the limit has passed is a TimeoutException, too: the caller looks at the clock.
            return null;
        }
    }
}
