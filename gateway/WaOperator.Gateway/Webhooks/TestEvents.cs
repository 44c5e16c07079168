using Microsoft.AspNetCore.Http.Features;
using WaOperator.Api;
using WaOperator.Gateway.Forwarding;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>
/// Brings tests of webhooks to a pod that can post: secrets are sealed to pods, and those that run a session of the tenant have opened
/// them. It asks for one by such a session, as other requests do, and checks the key again.
/// </summary>
internal sealed class TestEvents(
    GatewayStore store,
    StoreHold hold,
    Owners owners,
    Forwarder forwarder
)
{
    private const int MaxLooked = 1_000;

    /// <summary>Brings a test, and answers it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="webhook">What is tested.</param>
    /// <returns>Why it cannot be brought; null: it is answered.</returns>
    public async Task<ProblemAnswer?> BringAsync(HttpContext http, TenantWebhook webhook)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
            return Problems.Bad("a test takes no body");
        var sessions = await hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<TenantSession>>(
                    store.Sessions.ReadAsync(
                        [webhook.TenantId],
                        0,
                        MaxLooked,
                        new(webhook.Namespace),
                        http.RequestAborted
                    )
                ),
            http.RequestAborted
        );
        if (sessions.FirstOrDefault(s => s.Pod is not null) is not { } session)
            return Problems.NoPoster(webhook.Namespace, webhook.Name);
        var name = new SessionName(session.Namespace, session.Name);
        if (await owners.FindAsync(name, http.RequestAborted) is not { Pod: not null } place)
            return Problems.NoPoster(webhook.Namespace, webhook.Name);
        http.Request.Path = $"/v1/sessions/{name}/webhooks/{webhook.Name}/test";
        http.Request.QueryString = default;
        await forwarder.BringAsync(
            new(http, name, p => p.Tenant == webhook.TenantId, RequestKind.Write)
            {
                Tenant = webhook.TenantId,
            },
            place
        );
        return null;
    }
}
