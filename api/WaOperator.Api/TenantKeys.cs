using System.Security.Cryptography;
using System.Text;
using WaOperator.Store;

namespace WaOperator.Api;

/// <summary>Whose a key is.</summary>
/// <param name="Tenants">The tenants that it opens; none for a key that is not valid.</param>
/// <param name="Busy">It is not known, and too many such keys were looked up recently.</param>
internal readonly record struct KeyAnswer(IReadOnlyList<long> Tenants, bool Busy = false);

/// <summary>
/// Finds out whose API key it is. An answer is remembered for <see cref="Lifetime"/>, so that requests do not ask PostgreSQL and a
/// revoked key ends soon. Valid keys and others are remembered apart: keys that are tried out push out no valid one.
/// </summary>
internal sealed class TenantKeys(
    Func<byte[], CancellationToken, Task<IReadOnlyList<KeyHolder>>> find,
    TimeProvider time
)
{
    /// <summary>How long an answer is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private const int MaxKey = 512;
    private const int MaxRemembered = 4096;
    private readonly Lock _turn = new();
    private readonly Dictionary<string, (IReadOnlyList<long> Tenants, long At)> _valid = new(
        StringComparer.Ordinal
    );
    private readonly Dictionary<string, long> _invalid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<IReadOnlyList<long>>> _asking = new(
        StringComparer.Ordinal
    );
    private readonly LookUpBudget _budget = new(time);

    /// <summary>The tenants that a request may act for.</summary>
    /// <param name="authorization">The header as it came.</param>
    /// <param name="address">Where it came from (<see cref="ConnectionLimits.KeyOf"/>).</param>
    /// <param name="openedBefore">The key opened something that is still open: it is looked up whatever others try.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<KeyAnswer> AskAsync(
        string? authorization,
        UInt128 address,
        bool openedBefore,
        CancellationToken ct
    )
    {
        const string scheme = "Bearer ";
        if (
            authorization is null
            || !authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            || authorization.Length > scheme.Length + MaxKey
        )
            return new([]);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[scheme.Length..].Trim()));
        var name = Convert.ToBase64String(hash);
        var known = openedBefore;
        Task<IReadOnlyList<long>>? answer;
        lock (_turn)
        {
            if (_valid.TryGetValue(name, out var before))
            {
                if (time.GetElapsedTime(before.At) < Lifetime)
                    return new(before.Tenants);
                known = true;
            }
            else if (_invalid.TryGetValue(name, out var at) && time.GetElapsedTime(at) < Lifetime)
                return new([]);
            // Requests that bring the same key at once are one look-up.
            if (!_asking.TryGetValue(name, out answer))
            {
                // One that was valid a moment ago is looked up whatever others try.
                if (!known && !_budget.TryTake(address))
                    return new([], Busy: true);
                _asking[name] = answer = Task.Run(
                    () => AskOnceAsync(name, hash),
                    CancellationToken.None
                );
            }
        }
        return new(await answer.WaitAsync(ct));
    }

    private async Task<IReadOnlyList<long>> AskOnceAsync(string name, byte[] hash)
    {
        try
        {
            var tenants = (await find(hash, CancellationToken.None))
                .Where(h => h.KeyHashes.Any(k => CryptographicOperations.FixedTimeEquals(k, hash)))
                .Select(h => h.Id)
                .ToArray();
            Remember(name, tenants);
            return tenants;
        }
        finally
        {
            lock (_turn)
                _asking.Remove(name);
        }
    }

    private void Remember(string name, long[] tenants)
    {
        lock (_turn)
        {
            if (tenants.Length > 0)
            {
                _invalid.Remove(name);
                if (_valid.Count >= MaxRemembered && !_valid.ContainsKey(name))
                    _valid.Clear();
                _valid[name] = (tenants, time.GetTimestamp());
            }
            else
            {
                _valid.Remove(name);
                if (_invalid.Count >= MaxRemembered)
                    _invalid.Clear();
                _invalid[name] = time.GetTimestamp();
            }
        }
    }
}
