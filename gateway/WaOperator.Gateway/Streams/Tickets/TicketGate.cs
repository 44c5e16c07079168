using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using WaOperator.Api;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Options;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams.Tickets;

/// <summary>An endpoint that a ticket opens.</summary>
internal sealed record TakesTickets;

/// <summary>
/// Takes tickets: puts the key that a ticket stands for in its place before anything else looks at the request, so that a stream of a ticket
/// is the stream of its maker in all. The ticket itself reaches neither pods nor the audit.
/// </summary>
internal sealed class TicketGate(
    GatewayOptions options,
    GatewayStore store,
    StoreHold hold,
    TimeProvider time
)
{
    /// <summary>The parameter of an address that holds a ticket.</summary>
    public const string Parameter = "ticket";

    // One probe of a primary key each: many, for behind an ingress all pages have one address, also those that make tickets up.
    private static readonly LookUpRates Rates = new(1_000, 200, 4_000, 400);

    private readonly LookUpBudget _lookUps = new(time, Rates);

    /// <summary>In front of endpoints.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Query.TryGetValue(Parameter, out var tickets) || !IsStream(http))
        {
            await next(http);
            return;
        }
        http.Response.OnStarting(() => ShowOrigin(http));
        if (await AdmitAsync(http, tickets) is { } refusal)
            await refusal.ExecuteAsync(http);
        else
            await next(http);
    }

    private async ValueTask<ProblemAnswer?> AdmitAsync(HttpContext http, StringValues tickets)
    {
        if (http.Request.Headers.Authorization.Count > 0)
            return Problems.Bad("a ticket and an API key: a stream is opened with one of them");
        if (!IsFromKnownOrigin(http.Request))
            return Problems.ForeignOrigin();
        if (tickets.Count != 1 || !StreamTicket.TryRead(tickets[0], out var ticket))
            return Problems.NoTicket();
        var address = ConnectionLimits.KeyOf(http.Connection.RemoteIpAddress);
        if (!await _lookUps.TakeAsync(address, http.RequestAborted))
            return Problems.TooManyUnknownTickets();
        var rights = default(TicketRights);
        try
        {
            rights = await TakeAsync(ticket, http.RequestAborted);
        }
        finally
        {
            _lookUps.Settle(address, good: rights is not null);
        }
        return rights is null ? Problems.NoTicket() : Apply(http, rights);
    }

    private async ValueTask<TicketRights?> TakeAsync(StreamTicket ticket, CancellationToken ct)
    {
        var @sealed = await hold.AskAsync(
            () => new ValueTask<byte[]?>(store.Tickets.TakeAsync(ticket.Hash, ct)),
            ct
        );
        try
        {
            return @sealed is null ? null : ticket.Open(@sealed);
        }
        catch (CryptographicException)
        {
            // What stands there is not this ticket's.
            return null;
        }
    }

    private static ProblemAnswer? Apply(HttpContext http, TicketRights rights)
    {
        var request = http.Request;
        var asked = request
            .Query.Where(p => !p.Key.Equals(Parameter, StringComparison.OrdinalIgnoreCase))
            .SelectMany(p => p.Value, (p, value) => KeyValuePair.Create(p.Key, value));
        if (http.GetRouteValue("namespace") is string ns)
        {
            var session = $"{ns}/{http.GetRouteValue("name")}";
            if (rights.Sessions?.Contains(session, StringComparer.Ordinal) == false)
                return Problems.NoSession(ns, (string)http.GetRouteValue("name")!);
            if (rights.Types is not null)
                return Problems.TicketOfTypes();
        }
        else
        {
            if (rights.Sessions is not null && request.Query.ContainsKey("session"))
                return Problems.Bad("session: the ticket says already which sessions are shown");
            if (rights.Types is not null && request.Query.ContainsKey("types"))
                return Problems.Bad("types: the ticket says already which types are shown");
            foreach (var session in rights.Sessions ?? [])
                asked = asked.Append(KeyValuePair.Create("session", (string?)session));
            if (rights.Types is { } types)
                asked = asked.Append(
                    KeyValuePair.Create("types", (string?)string.Join(',', types))
                );
            if (!BeginsElsewhere(request))
                asked = asked.Append(KeyValuePair.Create("cursor", (string?)rights.Cursor));
        }
        request.QueryString = QueryString.Create(asked);
        request.Headers.Authorization = rights.Authorization;
        return null;
    }

    private static bool BeginsElsewhere(HttpRequest request) =>
        request.Query.ContainsKey("cursor")
        || request.Query.ContainsKey("from")
        || request.Headers["Last-Event-ID"].Count > 0;

    private static bool IsStream(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<TakesTickets>() is not null
        && (
            http.GetRouteValue("namespace") is null
            || RequestKinds.Of(http.Request.Method, http.GetRouteValue("rest") as string)
                == RequestKind.Events
        );

    // A page of another origin could open a stream in a browser that was sent a ticket for something else.
    private bool IsFromKnownOrigin(HttpRequest request) =>
        request.Headers.Origin is not [{ } origin]
            ? request.Headers.Origin.Count == 0
            : options.AllowedOrigins.Contains(origin, StringComparer.Ordinal)
                || (
                    Uri.TryCreate(origin, UriKind.Absolute, out var own)
                    && own.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
                );

    /// <summary>Lets a page of an allowed origin read the answer, whatever it is.</summary>
    private Task ShowOrigin(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        headers["Referrer-Policy"] = "no-referrer";
        if (
            http.Request.Headers.Origin is [{ } origin]
            && options.AllowedOrigins.Contains(origin, StringComparer.Ordinal)
        )
            headers.AccessControlAllowOrigin = origin;
        return Task.CompletedTask;
    }
}
