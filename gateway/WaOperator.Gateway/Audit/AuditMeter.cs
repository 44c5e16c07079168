using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Audit;

/// <summary>Notes who called what, and how it was answered. Calls without a valid key are no tenant's, and are not noted.</summary>
internal sealed class AuditMeter(AuditTrail trail, Operations operations)
{
    private const int ClientGone = 499;
    private const int MaxSubject = 64;

    /// <summary>Around all that answers tenants.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (GatewayPorts.IsForHealth(http))
        {
            await next(http);
            return;
        }
        var call = new AuditedCall();
        http.Features.Set(call);
        // A call that is brought to a pod under another path is the one that the client made.
        var path = http.Request.Path.Value ?? "";
        // A stream of events is noted as it begins.
        http.Response.OnStarting(
            static state =>
            {
                var (meter, http, path, call) = ((
                    AuditMeter,
                    HttpContext,
                    string,
                    AuditedCall
                ))state;
                meter.Note(http, path, call, http.Response.StatusCode);
                return Task.CompletedTask;
            },
            (this, http, path, call)
        );
        try
        {
            await next(http);
        }
        finally
        {
            Note(
                http,
                path,
                call,
                http.RequestAborted.IsCancellationRequested ? ClientGone : http.Response.StatusCode
            );
        }
    }

    private void Note(HttpContext http, string path, AuditedCall call, int status)
    {
        if (call.IsNoted)
            return;
        call.IsNoted = true;
        if (call.Grants.Count == 0 && call.InPlaceOfKey is null)
            return;
        // Names that were made up are none of a session.
        var session = call.Session ?? (call.Tenant is null ? null : SessionOf(http));
        var operation = operations.Find(http.Request.Method, path);
        var reads =
            HttpMethods.IsGet(http.Request.Method)
            || HttpMethods.IsHead(http.Request.Method)
            || http.GetEndpoint()?.Metadata.GetMetadata<Polled>() is not null;
        var subject = Shown(call.Subject ?? SubjectOf(http, operation));
        if (call.InPlaceOfKey is { } link)
        {
            // What a link names is proved by the answer alone: any client can write one.
            if (call.Tenant is { } linked && status < StatusCodes.Status400BadRequest)
                trail.Note(new(linked, link, operation.Id, session, status), reads, subject);
            return;
        }
        foreach (var tenant in call.Grants.Select(g => g.Tenant).Distinct())
            if (call.Tenant is null || call.Tenant == tenant)
                trail.Note(
                    new(
                        tenant,
                        call.Grants.First(g => g.Tenant == tenant).Source,
                        operation.Id,
                        session,
                        status
                    ),
                    reads,
                    subject
                );
    }

    private static SessionName? SessionOf(HttpContext http) =>
        http.GetRouteValue("namespace") is string ns
        && http.GetRouteValue("name") is string name
        && SessionQuery.IsName(ns)
        && SessionQuery.IsName(name)
            ? new SessionName(ns, name)
            : null;

    // Ids of chats, contacts and groups can hold numbers of people.
    private static string? SubjectOf(HttpContext http, Operation operation) =>
        operation.NamesSubject
        && (http.GetRouteValue("rest") as string)?.Split('/') is ["messages" or "media", var id, ..]
            ? id
            : null;

    // An id is the caller's to choose: what looks like a phone number is not told.
    private static string? Shown(string? subject) =>
        subject is { Length: > 0 and <= MaxSubject }
        && subject.All(c => c is > ' ' and < '\x7f')
        && !subject.All(c => char.IsAsciiDigit(c) || c is '+' or '-')
            ? subject
            : null;
}
