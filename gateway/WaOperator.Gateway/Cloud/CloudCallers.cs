using WaOperator.Api;
using WaOperator.Gateway.Access;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Options;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Cloud;

/// <summary>Who asks.</summary>
/// <param name="Key">What the key opens.</param>
/// <param name="Refusal">Why it opens nothing; null if it does.</param>
internal readonly record struct CloudCaller(KeyAnswer Key, CloudRefusal? Refusal);

/// <summary>Who asks, and for which session.</summary>
/// <param name="Key">What the key opens.</param>
/// <param name="Phone">The session; not to be used with a refusal.</param>
/// <param name="Refusal">Why there is none; null if there is one.</param>
internal readonly record struct CloudSession(
    KeyAnswer Key,
    PhoneSession Phone,
    CloudRefusal? Refusal
);

/// <summary>Finds out who asks, and the session that a number stands for.</summary>
internal sealed class CloudCallers(KeyAccess access, CloudPhones phones, GatewayOptions options)
{
    private const string QueryToken = "access_token";

    /// <summary>Who asks.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away, and the key is not known.</exception>
    public async ValueTask<CloudCaller> AskAsync(HttpContext http)
    {
        if (http.Request.Query.TryGetValue(QueryToken, out var tokens))
        {
            if (!options.CloudQueryToken)
                return new(
                    default,
                    new(
                        CloudCode.Token,
                        "a key in the address is not taken here: send it as \"Authorization: Bearer KEY\", or ask the platform's administrator for WA__Gateway__CloudQueryToken"
                    )
                );
            if (http.Request.Headers.Authorization.Count == 0)
                http.Request.Headers.Authorization = $"Bearer {tokens}";
        }
        var (key, refusal) = await access.AskAsync(http);
        return new(key, refusal is null ? null : CloudErrors.Of(refusal));
    }

    /// <summary>Who asks, and the session of the number.</summary>
    /// <param name="http">The request.</param>
    /// <param name="phone">The number, any text.</param>
    /// <param name="scope">What the key must be allowed for; null: pods ask for it.</param>
    public async ValueTask<CloudSession> AskAsync(HttpContext http, string phone, string? scope)
    {
        var caller = await AskAsync(http);
        return caller.Refusal is { } refusal
            ? new(default, null!, refusal)
            : await FindAsync(http, caller.Key, phone, scope);
    }

    /// <summary>The session of a number.</summary>
    public async ValueTask<CloudSession> FindAsync(
        HttpContext http,
        KeyAnswer key,
        string phone,
        string? scope
    )
    {
        if (
            !CloudPhones.IsNumber(phone)
            || await phones.FindAsync(key.Tenants, phone, http.RequestAborted) is not { } found
        )
            return Refused(NoNumber());
        var verdict = key.Judge(found.Tenant, found.Session.Name, scope);
        if (verdict == KeyVerdict.NoSession)
            return Refused(NoNumber());
        http.Audited()?.Tenant = found.Tenant;
        http.Audited()?.Session = found.Session;
        return verdict == KeyVerdict.Allowed
            ? new(key, found, null)
            : Refused(CloudErrors.Of(Problems.NoScope(scope!)));

        static CloudSession Refused(CloudRefusal why) => new(default, null!, why);
    }

    /// <summary>What does not exist, or is not the key's to see: both are told by the same words.</summary>
    public static CloudRefusal NoNumber() =>
        new(
            CloudCode.Parameter,
            "this API key opens no session of that number: the phone_number_id is the number of a session of the key's tenant, in digits with its country code"
        )
        {
            Status = StatusCodes.Status404NotFound,
        };
}
