using System.Collections.Concurrent;
using WaOperator.Gateway.Forwarding;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Cloud;

/// <summary>Sessions by their numbers. One that was found is remembered for <see cref="Lifetime"/>: a number seldom gets another session.</summary>
internal sealed class CloudPhones(GatewayStore store, StoreHold hold, TimeProvider time)
{
    /// <summary>How long a session is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private const int MaxKnown = 100_000;
    private readonly ConcurrentDictionary<
        (long Tenant, string Phone),
        (PhoneSession Session, long At)
    > _known = new();

    /// <summary>Whether it can be a number: 7 to 15 digits.</summary>
    public static bool IsNumber(string text) =>
        text.Length is >= 7 and <= 15 && text.All(char.IsAsciiDigit);

    /// <summary>The session of a number; null if none of these tenants has one.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async ValueTask<PhoneSession?> FindAsync(
        IReadOnlyList<long> tenants,
        string phone,
        CancellationToken ct
    )
    {
        foreach (var tenant in tenants)
            if (
                _known.TryGetValue((tenant, phone), out var known)
                && time.GetElapsedTime(known.At) < Lifetime
            )
                return known.Session;
        var found = await hold.AskAsync(
            () => new ValueTask<PhoneSession?>(store.Phones.FindAsync(tenants, phone, ct)),
            ct
        );
        if (found is null)
            return null;
        if (_known.Count >= MaxKnown)
            _known.Clear();
        _known[(found.Tenant, phone)] = (found, time.GetTimestamp());
        return found;
    }
}
