using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using WaOperator.Domain;
using WaOperator.Store;

namespace WaOperator.Api.Tokens;

/// <summary>
/// Finds out what a signed token opens: the API of each tenant that it names and that trusts its issuer. Signature, issuer, audience and
/// times are checked for each tenant by what that tenant says, so that none can open the door of another.
/// </summary>
internal sealed class TokenGrants(
    Func<
        string,
        IReadOnlyCollection<string>,
        CancellationToken,
        Task<IReadOnlyList<IssuerTrust>>
    > find,
    TimeProvider time
)
{
    /// <summary>How far the clock of an issuer may differ from ours.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private const int MaxSubject = 128;

    // Of longer runs, which may be phone numbers, the rest is left out.
    private const int MostDigits = 4;

    // The defaults rename claims; nothing here asks for them by their old names.
    private static readonly JsonWebTokenHandler Handler = new()
    {
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = TokenText.MaxLength,
    };

    /// <summary>What the token opens.</summary>
    /// <returns>None for a token that is not valid.</returns>
    public async Task<IReadOnlyList<KeyGrant>> AskAsync(string text, CancellationToken ct)
    {
        if (!TokenText.TryRead(text, out var token) || token.Tenants is not { Count: > 0 } tenants)
            return [];
        var grants = new List<KeyGrant>();
        foreach (var trust in await find(token.Issuer, tenants, ct))
            if (token.Has(trust.Claim, trust.Tenant) && await IsValidAsync(token, trust) is { } end)
                grants.Add(
                    new(
                        trust.TenantId,
                        new(ScopesOf(token, trust), null, end),
                        $"token:{Masked(token.Issuer, token.TextOf("sub"))}"
                    )
                );
        return grants;
    }

    /// <returns>When it ends; null if it is not valid for that tenant.</returns>
    private async Task<DateTimeOffset?> IsValidAsync(TokenText token, IssuerTrust trust)
    {
        var checks = new TokenValidationParameters
        {
            ValidIssuer = token.Issuer,
            ValidAudience = trust.Audience,
            IssuerSigningKeys = new JsonWebKeySet(trust.Keys).GetSigningKeys(),
            // A token does not say how it is to be checked (RFC 8725, 3.1).
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            RequireAudience = true,
            LifetimeValidator = (from, until, _, _) =>
                until is { } end
                && time.GetUtcNow().UtcDateTime < end + Skew
                && (from is null || time.GetUtcNow().UtcDateTime >= from - Skew),
        };
        var result = await Handler.ValidateTokenAsync(token.Text, checks);
        return result.IsValid
            ? new DateTimeOffset(result.SecurityToken.ValidTo, TimeSpan.Zero)
            : null;
    }

    /// <summary>What it may be used for; null for everything. Pure.</summary>
    internal static IReadOnlyList<string>? ScopesOf(TokenText token, IssuerTrust trust)
    {
        var named = token.Scopes.Intersect(ApiScopes.All, StringComparer.Ordinal).ToArray();
        return named.Length == 0 ? trust.Scopes
            : trust.Scopes is null ? named
            : [.. named.Intersect(trust.Scopes, StringComparer.Ordinal)];
    }

    /// <summary>
    /// A subject as it may be told: not long, on one line, without phone numbers. Where something of it is left out, a part of its hash
    /// tells it from others. Pure.
    /// </summary>
    internal static string Masked(string issuer, string? subject)
    {
        var text = subject ?? "";
        var told = new char[Math.Min(text.Length, MaxSubject)];
        var digits = 0;
        for (var i = 0; i < told.Length; i++)
        {
            var c = text[i];
            if (char.IsAsciiDigit(c))
                digits++;
            // Numbers are written in groups.
            else if (c is not ('-' or '.' or ' ' or '(' or ')' or '/'))
                digits = 0;
            told[i] =
                digits > MostDigits && char.IsAsciiDigit(c) ? '*'
                : c is > ' ' and < '\x7f' ? c
                : '?';
        }
        var shown = new string(told);
        return shown == text
            ? shown
            : $"{shown}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{issuer} {text}")))[..8]}";
    }
}
