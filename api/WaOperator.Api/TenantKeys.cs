using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Api.Tokens;
using WaOperator.Domain;
using WaOperator.Store;

namespace WaOperator.Api;

/// <summary>A tenant that a key opens, and how much of it.</summary>
/// <param name="Tenant">The tenant's key in the database.</param>
/// <param name="Limits">What the key opens; null for everything.</param>
/// <param name="Source">Where the key stands, as Secret/key; null if that is not known.</param>
internal readonly record struct KeyGrant(long Tenant, ApiKeyLimits? Limits, string? Source = null);

/// <summary>What a key opens.</summary>
/// <param name="Grants">None for a key that is not valid.</param>
/// <param name="Busy">It is not known, and too many such keys were looked up recently.</param>
internal readonly record struct KeyAnswer(IReadOnlyList<KeyGrant> Grants, bool Busy = false)
{
    /// <summary>The tenants of whom it opens anything.</summary>
    public IReadOnlyList<long> Tenants => [.. Grants.Select(g => g.Tenant).Distinct()];

    /// <summary>The tenants for whom it may be used for that.</summary>
    /// <param name="session">The session's name; null if it is not about one.</param>
    /// <param name="scope">One of <see cref="ApiScopes"/>; null for none in particular.</param>
    /// <param name="verdict">Allowed if there are any.</param>
    public IReadOnlyList<long> TenantsFor(string? session, string? scope, out KeyVerdict verdict)
    {
        var there = Grants
            .Where(g => session is null || g.Limits?.HasSession(session) != false)
            .ToList();
        long[] tenants =
        [
            .. there
                .Where(g => scope is null || g.Limits?.HasScope(scope) != false)
                .Select(g => g.Tenant)
                .Distinct(),
        ];
        verdict =
            tenants.Length > 0 ? KeyVerdict.Allowed
            : there.Count > 0 ? KeyVerdict.NoScope
            : KeyVerdict.NoSession;
        return tenants;
    }

    /// <summary>The tenants of whom it opens all sessions, and may be used for that.</summary>
    /// <param name="scope">One of <see cref="ApiScopes"/>.</param>
    public IReadOnlyList<long> WholeTenantsFor(string scope) =>
        [
            .. Grants
                .Where(g => g.Limits is null or { Sessions: null })
                .Where(g => g.Limits?.HasScope(scope) != false)
                .Select(g => g.Tenant)
                .Distinct(),
        ];

    /// <summary>Whether it opens the session, and may be used for that.</summary>
    /// <param name="tenant">The session's tenant.</param>
    /// <param name="session">The session's name.</param>
    /// <param name="scope">One of <see cref="ApiScopes"/>; null for none in particular.</param>
    public KeyVerdict Judge(long tenant, string session, string? scope)
    {
        var verdict = KeyVerdict.NoSession;
        foreach (var grant in Grants)
        {
            if (grant.Tenant != tenant || grant.Limits?.HasSession(session) == false)
                continue;
            if (grant.Limits is not { } limits || scope is null || limits.HasScope(scope))
                return KeyVerdict.Allowed;
            verdict = KeyVerdict.NoScope;
        }
        return verdict;
    }
}

/// <summary>Whether a key may be used for a request.</summary>
internal enum KeyVerdict
{
    /// <summary>It may.</summary>
    Allowed,

    /// <summary>It does not open the session: whether there is one is not told.</summary>
    NoSession,

    /// <summary>It opens the session, but not for this.</summary>
    NoScope,
}

/// <summary>
/// Finds out what an API key, or a token in its place, opens. An answer is remembered for <see cref="Lifetime"/>, so that requests do not
/// ask PostgreSQL and a revoked key ends soon. Valid keys and others are remembered apart: keys that are tried out push out no valid one. A valid key costs its
/// address nothing: when many come at once, those behind the budget wait for the look-ups that are under way.
/// </summary>
internal sealed class TenantKeys(
    Func<byte[], CancellationToken, Task<IReadOnlyList<KeyHolder>>> find,
    TimeProvider time,
    Func<string, CancellationToken, Task<IReadOnlyList<KeyGrant>>>? findToken = null
)
{
    /// <summary>How long an answer is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private const int MaxKey = 512;
    private const int MaxRemembered = 4096;
    private readonly Lock _turn = new();
    private readonly Dictionary<string, (IReadOnlyList<KeyGrant> Grants, long At)> _valid = new(
        StringComparer.Ordinal
    );

    // Apart from keys: an issuer makes as many valid tokens as it likes.
    private readonly Dictionary<string, (IReadOnlyList<KeyGrant> Grants, long At)> _tokens = new(
        StringComparer.Ordinal
    );
    private readonly Dictionary<string, long> _invalid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<IReadOnlyList<KeyGrant>>> _asking = new(
        StringComparer.Ordinal
    );
    private readonly LookUpBudget _budget = new(time);
    private TaskCompletionSource? _nextEnd;

    /// <summary>What a request may act for.</summary>
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
            || authorization.Length > scheme.Length + TokenText.MaxLength
        )
            return new([]);
        var text = authorization[scheme.Length..].Trim();
        var isToken = findToken is not null && TokenText.IsToken(text);
        if (!isToken && text.Length > MaxKey)
            return new([]);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        var name = Convert.ToBase64String(hash);
        while (true)
        {
            Task<IReadOnlyList<KeyGrant>>? answer;
            Task? turn = null;
            lock (_turn)
            {
                if (Recall(name, out var wasValid) is { } grants)
                    return new(grants);
                // Requests that bring the same key at once are one look-up. A key that was valid a moment ago is looked up whatever others try.
                if (
                    !_asking.TryGetValue(name, out answer)
                    && !TryBegin(
                        name,
                        hash,
                        isToken ? text : null,
                        openedBefore || wasValid ? null : address,
                        out answer
                    )
                )
                {
                    if (!_budget.IsAsking(address))
                        return new([], Busy: true);
                    _nextEnd ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                    turn = _nextEnd.Task;
                }
            }
            if (turn is null)
                return new(await answer!.WaitAsync(ct));
            await turn.WaitAsync(ct);
        }
    }

    /// <summary>What is remembered of a key; null for nothing that still counts.</summary>
    private IReadOnlyList<KeyGrant>? Recall(string name, out bool wasValid)
    {
        wasValid = _valid.TryGetValue(name, out var valid) || _tokens.TryGetValue(name, out valid);
        if (wasValid)
            return time.GetElapsedTime(valid.At) < Lifetime ? valid.Grants : null;
        return _invalid.TryGetValue(name, out var at) && time.GetElapsedTime(at) < Lifetime
            ? []
            : null;
    }

    /// <summary>Begins a look-up, unless the budget is spent.</summary>
    /// <param name="name">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="token">Its text, if it has the form of a token; null for one that has not.</param>
    /// <param name="payer">The address whose budget it is; null for no limit.</param>
    /// <param name="answer">The look-up.</param>
    private bool TryBegin(
        string name,
        byte[] hash,
        string? token,
        UInt128? payer,
        [NotNullWhen(true)] out Task<IReadOnlyList<KeyGrant>>? answer
    )
    {
        answer = null;
        if (payer is { } address && !_budget.TryTake(address))
            return false;
        answer = Task.Run(() => AskOnceAsync(name, hash, token, payer), CancellationToken.None);
        _asking[name] = answer;
        return true;
    }

    private async Task<IReadOnlyList<KeyGrant>> AskOnceAsync(
        string name,
        byte[] hash,
        string? token,
        UInt128? payer
    )
    {
        var good = false;
        try
        {
            var (grants, isToken) = await LookAsync(hash, token);
            good = grants.Count > 0;
            Remember(name, grants, isToken ? _tokens : _valid);
            return grants;
        }
        finally
        {
            lock (_turn)
            {
                _asking.Remove(name);
                if (payer is { } address)
                    _budget.Settle(address, good);
                _nextEnd?.SetResult();
                _nextEnd = null;
            }
        }
    }

    private async Task<(IReadOnlyList<KeyGrant> Grants, bool IsToken)> LookAsync(
        byte[] hash,
        string? token
    )
    {
        if (token is not null)
        {
            var opened = await findToken!(token, CancellationToken.None);
            // A key may look like a token, too.
            if (opened.Count > 0 || token.Length > MaxKey)
                return (opened, true);
        }
        return (
            [
                .. (await find(hash, CancellationToken.None))
                    .Where(h =>
                        h.KeyHashes.Any(k => CryptographicOperations.FixedTimeEquals(k, hash))
                    )
                    .Select(h => new KeyGrant(h.Id, h.Limits, h.Source)),
            ],
            false
        );
    }

    private void Remember(
        string name,
        IReadOnlyList<KeyGrant> grants,
        Dictionary<string, (IReadOnlyList<KeyGrant> Grants, long At)> valid
    )
    {
        lock (_turn)
        {
            if (grants.Count > 0)
            {
                _invalid.Remove(name);
                if (valid.Count >= MaxRemembered && !valid.ContainsKey(name))
                    valid.Clear();
                valid[name] = (grants, time.GetTimestamp());
            }
            else
            {
                _valid.Remove(name);
                _tokens.Remove(name);
                if (_invalid.Count >= MaxRemembered)
                    _invalid.Clear();
                _invalid[name] = time.GetTimestamp();
            }
        }
    }
}

/// <summary>Keys by what PostgreSQL says of them.</summary>
internal static class TenantKeysExtensions
{
    /// <summary>What the directory knows of keys and tokens, remembered for a while.</summary>
    public static TenantKeys Keys(this ApiDirectory directory, TimeProvider time) =>
        new(
            directory.FindHoldersAsync,
            time,
            new TokenGrants(directory.FindIssuersAsync, time).AskAsync
        );
}
