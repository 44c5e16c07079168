using System.Collections.Concurrent;
using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>Who owns which session, remembered for <see cref="Lifetime"/>. A pod that is no longer the owner says so itself (421).</summary>
internal sealed class Owners(PlaceBatch places, StoreHold hold, TimeProvider time)
{
    /// <summary>How long an owner is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private const int MaxKnown = 100_000;
    private readonly ConcurrentDictionary<SessionName, (ServedPlace Place, long At)> _known = new();

    /// <summary>Whether the owner is remembered: it is found without PostgreSQL.</summary>
    public bool Knows(SessionName session) =>
        _known.TryGetValue(session, out var known) && time.GetElapsedTime(known.At) < Lifetime;

    /// <summary>Where a session is served; null if there is none of that name.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away, and no owner is known from before.</exception>
    public async ValueTask<ServedPlace?> FindAsync(SessionName session, CancellationToken ct)
    {
        var isKnown = _known.TryGetValue(session, out var known);
        if (isKnown && time.GetElapsedTime(known.At) < Lifetime)
            return known.Place;
        if (!isKnown)
            return await hold.AskAsync<ServedPlace?>(() => new(ReadAsync(session, ct)), ct);
        try
        {
            return await ReadAsync(session, ct);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            return known.Place;
        }
    }

    /// <summary>Where a session is served, by what PostgreSQL says now.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<ServedPlace?> ReadAsync(SessionName session, CancellationToken ct)
    {
        var place = await places.AskAsync(session, ct);
        Remember(session, place);
        return place;
    }

    /// <summary>Notes what was found. A session without an owner is asked for again each time.</summary>
    public void Remember(SessionName session, ServedPlace? place)
    {
        if (place?.Pod is null)
        {
            Forget(session);
            return;
        }
        if (_known.Count >= MaxKnown)
            _known.Clear();
        _known[session] = (place, time.GetTimestamp());
    }

    /// <summary>The owner is another one now, or is gone.</summary>
    public void Forget(SessionName session) => _known.TryRemove(session, out _);
}
