using System.Globalization;
using System.Text.Json;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Cloud;

/// <summary>Shows numbers, and that there are no templates.</summary>
internal sealed class CloudPhoneEndpoints(CloudCallers callers, GatewayStore store, StoreHold hold)
{
    private const int MaxPage = 500;
    private const int DefaultPage = 100;

    /// <summary>A number.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string phone)
    {
        var session = await callers.AskAsync(http, phone, ApiScopes.SessionsRead);
        if (session.Refusal is { } refusal)
            return refusal;
        return session.Phone.Paired
            ? Results.Json(Show(phone), CloudJson.Default.CloudPhone)
            : new CloudRefusal(
                CloudCode.NotLinked,
                $"no phone is linked to {session.Phone.Session}; link it first (POST /v1/sessions/{session.Phone.Session}/pairing)"
            );
    }

    /// <summary>The numbers of an account.</summary>
    public async Task<IResult> ListAsync(HttpContext http, string account)
    {
        var (key, tenant, refusal) = await AccountAsync(http, account);
        if (refusal is not null)
            return refusal;
        if (!key.TenantsFor(session: null, ApiScopes.SessionsRead, out _).Contains(tenant))
            return CloudErrors.Of(Problems.NoScope(ApiScopes.SessionsRead));
        var query = http.Request.Query;
        long after = 0;
        var limit = DefaultPage;
        if (
            query["limit"] is [{ } most]
                && (
                    !int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                    || limit is < 1 or > MaxPage
                )
            || query["after"] is [{ } cursor]
                && (SessionCursor.Read(cursor) is not { } at || (after = at) < 0)
        )
            return new CloudRefusal(
                CloudCode.Parameter,
                $"\"limit\" must be 1 to {MaxPage}, and \"after\" what the page before says under paging.cursors"
            );
        // One more than is shown says whether there is another page.
        var rows = await hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<TenantSession>>(
                    store.Sessions.ReadAsync([tenant], after, limit + 1, null, http.RequestAborted)
                ),
            http.RequestAborted
        );
        var seen = rows.Take(limit).ToArray();
        return Results.Json(
            new CloudPhonePage(
                [
                    .. seen.Where(s =>
                            s.Paired
                            && key.Judge(s.TenantId, s.Name, ApiScopes.SessionsRead)
                                == KeyVerdict.Allowed
                        )
                        .Select(s => Show(s.Phone)),
                ],
                new(rows.Count > seen.Length ? new(SessionCursor.Write(seen[^1].Id)) : null)
            ),
            CloudJson.Default.CloudPhonePage
        );
    }

    /// <summary>The templates of an account.</summary>
    public async Task<IResult> TemplatesAsync(HttpContext http, string account)
    {
        var (_, _, refusal) = await AccountAsync(http, account);
        return refusal is null
            ? Results.Json(new([], new()), CloudJson.Default.CloudTemplatePage)
            : refusal;
    }

    private async ValueTask<(KeyAnswer Key, long Tenant, CloudRefusal? Refusal)> AccountAsync(
        HttpContext http,
        string account
    )
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return (default, 0, refusal);
        foreach (var tenant in caller.Key.Tenants)
            if (CloudAccounts.IdOf(tenant) == account)
            {
                http.Audited()?.Tenant = tenant;
                return (caller.Key, tenant, null);
            }
        return (default, 0, CloudAccounts.Unknown(caller.Key.Tenants));
    }

    private static CloudPhone Show(string phone) => new(phone, $"+{phone}");
}
