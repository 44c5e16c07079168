using WaOperator.Gateway.Options;
using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>Finds the next owner of a session for a request whose pod did not serve it.</summary>
internal sealed class OwnerSearch(
    GatewayOptions options,
    Owners owners,
    PlaceWatch watch,
    HoldRoom room,
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
    /// Waits for an owner: another one than the pod that did not serve the session, or that one again after a pause.
    /// </summary>
    /// <returns>Null: none came, or there is no room to wait in.</returns>
    public async Task<ServedPlace?> WaitAsync(Call call, ServedPlace? failed)
    {
        if (call.Held >= options.Hold)
            return null;
        using var held = room.TryEnter(call.Tenant, call.Body?.Length ?? 0);
        if (held is null)
            return null;
        var began = time.GetTimestamp();
        var pause = TimeSpan.FromTicks(
            Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(call.Waits++, 4))
        );
        try
        {
            for (
                TimeSpan waited;
                (waited = time.GetElapsedTime(began)) < options.Hold - call.Held;

            )
            {
                if (await NextAsync(call, options.Hold - call.Held - waited) is not { } place)
                    continue;
                if (place.Pod != failed?.Pod || time.GetElapsedTime(began) >= pause)
                {
                    owners.Remember(call.Session, place);
                    return place;
                }
            }
            return null;
        }
        finally
        {
            call.Held += time.GetElapsedTime(began);
        }
    }

    private async Task<ServedPlace?> NextAsync(Call call, TimeSpan limit)
    {
        try
        {
            return
                await watch
                    .NextAsync(call.Session, call.Http.RequestAborted)
                    .WaitAsync(limit, time, call.Http.RequestAborted)
                    is { Pod: not null } place
                ? place
                : null;
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            // That the limit has passed is a TimeoutException, too: the caller looks at the clock.
            return null;
        }
    }
}
