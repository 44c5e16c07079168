using Microsoft.AspNetCore.Http.Features;
using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.Gateway.Audit;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Brings requests that have a signed link in place of a key to the owners of their sessions. Only pods can check the signature, so
/// a link may name any session: what it costs before it is checked is bounded, and no answer tells what there is.
/// </summary>
internal sealed class Links(Forwarder forwarder, Owners owners, TimeProvider time)
{
    /// <summary>As much as an assertion of a passkey may have.</summary>
    private const int MostBody = 16 * 1024;

    /// <summary>Of all who have no key together: nothing that a tenant's requests need.</summary>
    private readonly BodyShares _bodies = new(mostMiB: 2, perTenantMiB: 2);
    private readonly LookUpBudget _lookUps = new(time);

    /// <summary>Maps what links open.</summary>
    public void Map(WebApplication app)
    {
        Map(app, LinkKind.Media, "{token}");
        Map(app, LinkKind.Pairing, "{token}");
        Map(app, LinkKind.Pairing, "{token}/events");
        Map(app, LinkKind.Pairing, "{token}/passkey", HttpMethods.Post);
        Map(app, LinkKind.Pairing, "{token}/passkey/confirm", HttpMethods.Post);
    }

    private void Map(WebApplication app, LinkKind kind, string path, string method = "GET") =>
        app.MapMethods(
                kind.Path() + path,
                [method],
                (HttpContext http, string token) =>
                    SignedLink.TryRead(kind, token, out var link)
                    && link.ExpiresAt > time.GetUtcNow()
                        ? OpenAsync(http, new(link.Namespace, link.Name))
                        : Problems.NoLink().ExecuteAsync(http)
            )
            .ExcludeFromDescription();

    private async Task OpenAsync(HttpContext http, SessionName session)
    {
        // Before anything is looked up: how long it takes, and whether there was room, is the same for sessions that there are not.
        using var share = _bodies.Of(0);
        var (refusal, body) = await ReadBodyAsync(http, share);
        if (refusal is not null)
        {
            await refusal.ExecuteAsync(http);
            return;
        }
        if (owners.Knows(session))
        {
            await BringAsync(http, session, body);
            return;
        }
        var address = ConnectionLimits.KeyOf(http.Connection.RemoteIpAddress);
        if (!_lookUps.TryTake(address))
        {
            await Problems.TooManyLinks().ExecuteAsync(http);
            return;
        }
        var lookUp = new LookUp(_lookUps, address);
        // A file or a stream may take long: whether the link is good shows as its answer begins.
        http.Response.OnStarting(() =>
        {
            lookUp.Settle(good: http.Response.StatusCode < 400);
            return Task.CompletedTask;
        });
        try
        {
            await BringAsync(http, session, body);
        }
        finally
        {
            lookUp.Settle(good: false);
        }
    }

    /// <summary>Reads what a link was given.</summary>
    private static async Task<(ProblemAnswer? Refusal, byte[]? Body)> ReadBodyAsync(
        HttpContext http,
        BodyShare share
    )
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
            return (null, null);
        if (!HttpMethods.IsPost(http.Request.Method) || !(http.Request.ContentLength <= MostBody))
            return (
                Problems.Bad(
                    $"a link is opened without a body, and takes {MostBody} bytes of known length at most where it takes any"
                ),
                null
            );
        var body = await JsonBody.ReadAnyAsync(http.Request, share);
        return body.Refusal is null ? (null, body.Bytes) : (Problems.TooManyLinks(), null);
    }

    private async Task BringAsync(HttpContext http, SessionName session, byte[]? body)
    {
        var call = new Call(
            http,
            session,
            static _ => true,
            HttpMethods.IsPost(http.Request.Method) ? RequestKind.Write : RequestKind.Read
        )
        {
            Resting = Problems.NoLink(),
            Body = body,
        };
        if (
            await owners.FindAsync(session, http.RequestAborted) is not { } place
            || AtRest.Is(place)
        )
        {
            await Problems.NoLink().ExecuteAsync(http);
            return;
        }
        call.Tenant = place.Tenant;
        if (http.Audited() is { } audited)
        {
            audited.Tenant = place.Tenant;
            audited.Session = session;
            audited.InPlaceOfKey = "link";
        }
        await forwarder.BringAsync(call, place);
    }

    /// <summary>A look-up that is settled once.</summary>
    private sealed class LookUp(LookUpBudget budget, UInt128 address)
    {
        private bool _settled;

        public void Settle(bool good)
        {
            if (_settled)
                return;
            _settled = true;
            budget.Settle(address, good);
        }
    }
}
