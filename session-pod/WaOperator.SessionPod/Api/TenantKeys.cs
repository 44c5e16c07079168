using System.Security.Cryptography;
using System.Text;
using WaOperator.Store.Messages;

namespace WaOperator.SessionPod.Api;

/// <summary>
/// Tells whose API key it is. An answer is remembered for <see cref="Lifetime"/>, so that requests do not ask PostgreSQL and a
/// revoked key ends soon.
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
    private readonly Lock turn = new();
    private readonly Dictionary<string, (IReadOnlyList<long> Tenants, long At)> known = new(
        StringComparer.Ordinal
    );

    /// <summary>The tenants that a request may act for; none for a request without a valid key.</summary>
    /// <param name="authorization">The header as it came.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<IReadOnlyList<long>> TenantsAsync(
        string? authorization,
        CancellationToken ct
    )
    {
        const string scheme = "Bearer ";
        if (
            authorization is null
            || !authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            || authorization.Length > scheme.Length + MaxKey
        )
            return [];
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(authorization[scheme.Length..].Trim()));
        var name = Convert.ToBase64String(hash);
        lock (turn)
            if (
                known.TryGetValue(name, out var before)
                && time.GetElapsedTime(before.At) < Lifetime
            )
                return before.Tenants;
        var tenants = (await find(hash, ct))
            .Where(h => h.KeyHashes.Any(k => CryptographicOperations.FixedTimeEquals(k, hash)))
            .Select(h => h.Id)
            .ToArray();
        lock (turn)
        {
            // Somebody who tries keys pushes out what is looked up again in no time.
            if (known.Count >= MaxRemembered)
                known.Clear();
            known[name] = (tenants, time.GetTimestamp());
        }
        return tenants;
    }
}
