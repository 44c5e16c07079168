using WaOperator.Api;
using WaOperator.Gateway.Description;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Sessions;
using WaOperator.Gateway.Streams;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Consumers;

/// <summary>Gives consumers their events, and takes their acknowledgements. What is not acknowledged comes again.</summary>
internal sealed class FetchEndpoints(
    GatewayStore store,
    StoreHold hold,
    ConsumerAccess access,
    SessionBody bodies,
    ConsumerReader reader,
    StreamRoom room,
    PageRoom pages,
    TimeProvider time
)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        var consumer = app.MapGroup("/v1/consumers/{consumer}");
        consumer
            .MapPost("/next", NextAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithMetadata(new Polled(Waits: true))
            .WithName("nextEvents")
            .WithSummary("The next events of a consumer, as soon as there are any")
            .WithDescription(
                $"""
                Parameters: max (1 to {ConsumerQuery.MaxEvents}, default {ConsumerQuery.DefaultEvents}) and waitSeconds (1 to {ConsumerQuery.MaxWait}, default {ConsumerQuery.DefaultWait}), after which an empty page comes. Events are those behind the last acknowledged ones: what was not acknowledged comes again with each call, with the same id. A consumer has one reader: the one that called last. One that still waits gets 409 taken-over, and so does its acknowledgement. A key that is limited to sessions reads consumers of named sessions that it opens, all of them.
                """
            )
            .Produces<ConsumerEvents>()
            .Refuses(400, 403, 404, 409, 422, 429, 503);
        consumer
            .MapPost("/ack", AckAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithMetadata(new Polled(Waits: false))
            .WithName("acknowledgeEvents")
            .WithSummary("Events are handled: a consumer does not fetch them again")
            .WithDescription(
                "Acknowledged twice, or behind a later cursor, nothing changes: it never leads back."
            )
            .Taking<AckRequest>()
            .Produces(204)
            .Refuses(400, 403, 404, 409, 415, 422, 503);
    }

    private async Task<IResult> NextAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await access.AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        if (ConsumerQuery.Read(http.Request.Query, out var query) is { } wrong)
            return Problems.Bad(wrong);
        // Before it takes the place of the reader before it.
        if (await access.RefuseAsync(http, caller.Key, tenant, consumer) is { } others)
            return others;
        if (room.Enter(tenant) is { } full)
            return full;
        try
        {
            using var page = new EventPage(query.Max, pages.Begin(tenant), time);
            var read = await reader.ReadAsync(http, caller.Key, tenant, consumer, page, query.Wait);
            if (read.Refusal is { } refused)
                return refused;
            var cursor = new ConsumerCursor(
                read.Reading.Consumer.Id,
                read.Reading.Reader,
                StreamCursor.Read(page.Cursor)!
            );
            await PageAnswer.WriteAsync(http, page.Events, cursor, time);
            return Results.Empty;
        }
        finally
        {
            room.Leave(tenant);
        }
    }

    private async Task<IResult> AckAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await access.AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        var body = await bodies.ReadAsync(http.Request, tenant, ConsumersJson.Default.AckRequest);
        if (body.Refusal is { } unread)
            return unread;
        if (ConsumerCursor.Read(body.Value!.Cursor) is not { } cursor)
            return Problems.Bad(
                "cursor must be what next of this consumer gave as cursor, unchanged"
            );
        if (await access.RefuseAsync(http, caller.Key, tenant, consumer) is { } others)
            return others;
        var seen = await access.OpenedAsync(http, caller.Key, tenant, cursor.Position.Seen);
        var outcome = await hold.AskAsync(
            () =>
                new ValueTask<AckOutcome>(
                    store.Consumers.AckAsync(
                        tenant,
                        consumer,
                        cursor.Consumer,
                        cursor.Reader,
                        seen,
                        http.RequestAborted
                    )
                ),
            http.RequestAborted
        );
        return outcome switch
        {
            AckOutcome.Acked => Results.NoContent(),
            AckOutcome.Missing => Problems.NoConsumer(),
            AckOutcome.Other => Problems.ForeignCursor(consumer),
            AckOutcome.Taken => Problems.TakenOver(consumer),
            _ => Problems.ConsumerFull(consumer),
        };
    }
}
