using System.Net.WebSockets;
using WaOperator.Api;
using WaOperator.Gateway.Access;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Streams.Tickets;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>The events of all sessions of a key in one stream, over server-sent events or a WebSocket.</summary>
internal sealed class TenantStreamEndpoints(
    StreamRoom room,
    GatewayStore store,
    StoreHold hold,
    RelayServices services,
    TenantRosters rosters,
    GatewayMetrics metrics,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet("/v1/events", (Delegate)StreamAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithMetadata(new TakesTickets())
            .WithName("streamTenantEvents")
            .WithSummary("The events of all sessions of the key, as they come")
            .WithDescription(
                $"""
                Server-sent events, or one text frame each over a WebSocket of the same address: CloudEvents as webhooks post them. Parameters: session (NAMESPACE/NAME, repeatable; default all that the key opens, at most {StreamCursor.MaxSessions}), types (such as message.*,gap), cursor (what the stream gave as id, or in a cursor frame), from (now, the default, or earliest), and ticket, in the place of a key (createEventTicket). Order holds within a session. After a reconnect by cursor or Last-Event-ID events of the last second may come again: ids tell. gap tells what the retention removed; closed ends a stream that it is no use to open again.
                """
            )
            .Produces(200, contentType: "text/event-stream")
            .Refuses(400, 404, 422, 429, 503);
        // A WebSocket of HTTP/2.
        app.MapMethods("/v1/events", [HttpMethods.Connect], (Delegate)StreamAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithMetadata(new TakesTickets())
            .ExcludeFromDescription();
    }

    private async Task<IResult> StreamAsync(HttpContext http)
    {
        var (key, refusal) = await services.Access.AskAsync(http);
        if (refusal is not null)
            return refusal;
        if (key.TenantsFor(null, ApiScopes.EventsRead, out _) is not [var tenant, ..] tenants)
            return Problems.NoScope(ApiScopes.EventsRead);
        if (
            StreamQuery.Read(
                http.Request.Query,
                http.Request.Headers["Last-Event-ID"],
                out var query
            ) is
            { } wrong
        )
            return Problems.Bad(wrong);
        if (room.Enter(tenant) is { } full)
            return full;
        try
        {
            using var lease = rosters.Follow(tenants);
            var (choice, roster) = await hold.AskAsync(
                () => BeginAsync(http, key, query!, lease),
                http.RequestAborted
            );
            var shown = choice.Of(roster);
            if (choice.Missing(shown) is { } missing)
                return Problems.NoSession(missing.Namespace, missing.Name);
            if (shown.Count > StreamCursor.MaxSessions)
                return Problems.TooManySessions(choice.TooMany(shown.Count));
            if (http.WebSockets.IsWebSocketRequest)
            {
                await using var sink = new WebSocketSink(
                    await http.WebSockets.AcceptWebSocketAsync()
                );
                using var open = metrics.StreamOpened(StreamKinds.WebSocket);
                await RunAsync(http, sink, choice, roster, lease, sink.Ended);
            }
            else
            {
                using var open = metrics.StreamOpened(StreamKinds.Sse);
                await RunAsync(
                    http,
                    new SseSink(http.Response),
                    choice,
                    roster,
                    lease,
                    http.RequestAborted
                );
            }
            return Results.Empty;
        }
        finally
        {
            room.Leave(tenant);
        }
    }

    private async ValueTask<(StreamChoice Choice, TenantRoster Roster)> BeginAsync(
        HttpContext http,
        KeyAnswer key,
        StreamQuery query,
        RosterLease lease
    )
    {
        var began = await store.ReadTimeAsync(http.RequestAborted);
        return (
            new StreamChoice(key, query, began),
            await lease.ReadAsync(time.GetTimestamp(), http.RequestAborted)
        );
    }

    private async Task RunAsync(
        HttpContext http,
        IEventSink sink,
        StreamChoice choice,
        TenantRoster roster,
        RosterLease lease,
        CancellationToken gone
    )
    {
        using var client = new ClientStream(sink, choice.Since, time);
        using var relay = new TenantRelay(services, http, client, lease, choice);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            gone,
            client.Gone,
            lifetime.ApplicationStopping
        );
        await using var lost = gone.UnsafeRegister(
            static state => _ = ((ClientStream)state!).LoseAsync(),
            client
        );
        using var beats = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            await relay.BeginAsync(roster, end.Token);
            await client.BeginAsync();
            var beating = BeatAsync(client, beats, end.Token);
            string? reason = null;
            try
            {
                reason = await relay.RunAsync(roster, end.Token);
            }
            catch (OperationCanceledException) when (!gone.IsCancellationRequested)
            {
                // The gateway stops: the client comes again with its cursor.
            }
            finally
            {
                await end.CancelAsync();
                await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            await client.EndAsync(reason);
        }
        catch (Exception e)
            when (e is OperationCanceledException or IOException or WebSocketException)
        {
            // The client has gone.
            if (!http.WebSockets.IsWebSocketRequest)
                http.Abort();
        }
    }

    private static async Task BeatAsync(
        ClientStream client,
        PeriodicTimer timer,
        CancellationToken ct
    )
    {
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
                await client.BeatAsync();
        }
        catch (Exception e) when (e is IOException or WebSocketException)
        {
            await client.LoseAsync();
        }
    }
}
