using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Description;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams.Tickets;

/// <summary>Makes tickets, with which browsers open streams of events: they cannot send a key, and are not to have one.</summary>
internal sealed class TicketEndpoints(
    GatewayStore store,
    StoreHold hold,
    SessionCallers callers,
    SessionBody bodies
)
{
    /// <summary>The most sessions that a ticket names.</summary>
    public const int MaxSessions = 100;

    private const int LeastSeconds = 5;
    private const int DefaultSeconds = 60;
    private const int MostSeconds = 300;

    /// <summary>Maps the path.</summary>
    public void Map(WebApplication app) =>
        app.MapPost("/v1/events/tickets", (Delegate)MakeAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithName("createEventTicket")
            .WithSummary("A ticket that opens one stream of events without a key, for a browser")
            .WithDescription(
                """
                EventSource and WebSocket cannot send a key: a server of yours asks for a ticket and hands it to the page, which opens url, or the events of one session (/v1/sessions/NAMESPACE/NAME/events?ticket=), once. The stream has the rights of the key that asked, narrowed to sessions and types, and ends with that key. That of url begins when the ticket was made, unless cursor, from or Last-Event-ID says where; that of one session begins as with a key. A ticket opens nothing else. After a reconnect another one is needed; give it together with the cursor. The body may be left out.
                """
            )
            .Taking<TicketRequest>(required: false)
            .Produces<TicketAnswer>(201)
            .Refuses(400, 404, 415, 429, 503);

    private async Task<IResult> MakeAsync(HttpContext http)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        var tenant = caller.Tenants[0];
        var body = await bodies.ReadAsync(
            http.Request,
            tenant,
            TicketsJson.Default.TicketRequest,
            absent: new()
        );
        if (body.Refusal is { } unread)
            return unread;
        var asked = body.Value!;
        if (
            StreamFilter.Fault(asked.Sessions, asked.Types, MaxSessions, passing: true) is { } wrong
        )
            return Problems.Bad(wrong);
        if (asked.Seconds is < LeastSeconds or > MostSeconds)
            return Problems.Bad($"seconds must be {LeastSeconds} to {MostSeconds}");
        foreach (var session in asked.Sessions ?? [])
            if (
                StreamFilter.Name(session) is { } name
                && !caller.Tenants.Any(t => caller.Opens(t, name.Name, ApiScopes.EventsRead))
            )
                return Problems.NoSession(name.Namespace, name.Name);
        var ticket = StreamTicket.New();
        var life = TimeSpan.FromSeconds(asked.Seconds ?? DefaultSeconds);
        var made = await hold.AskAsync(
            () => new ValueTask<DateTimeOffset>(store.ReadTimeAsync(http.RequestAborted)),
            http.RequestAborted
        );
        var cursor = new StreamCursor(
            made.ToUnixTimeMilliseconds(),
            new Dictionary<long, long>()
        ).Write();
        var @sealed = ticket.Seal(
            new(
                http.Request.Headers.Authorization.ToString(),
                asked.Sessions,
                asked.Types?.Distinct(StringComparer.Ordinal).ToArray(),
                cursor
            )
        );
        var expires = await hold.AskAsync(
            () =>
                new ValueTask<DateTimeOffset?>(
                    store.Tickets.PutAsync(ticket.Hash, tenant, @sealed, life, http.RequestAborted)
                ),
            http.RequestAborted
        );
        if (expires is not { } until)
            return Problems.TooManyTickets(StreamTickets.MaxOfTenant);
        http.Response.Headers.CacheControl = "no-store";
        var text = ticket.Reveal();
        return Results.Json(
            new TicketAnswer(text, until, $"/v1/events?{TicketGate.Parameter}={text}", cursor),
            TicketsJson.Default.TicketAnswer,
            statusCode: StatusCodes.Status201Created
        );
    }
}
