using System.Globalization;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;

namespace WaOperator.SessionPod.Api;

/// <summary>The tenants' API: messages, the events of a session, its status.</summary>
internal sealed class ApiEndpoints(
    PodOptions options,
    MessagesEndpoints messages,
    LimitsEndpoint limits,
    WebhookTestEndpoint tests,
    UnreadableEntries unreadable,
    StreamShares streams,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        var session = app.MapGroup("/v1/sessions/{namespace}/{name}")
            .ServedOn(PodPort.Api)
            .ActingForSession();
        messages.Map(session);
        limits.Map(session);
        tests.Map(session);
        session
            .MapGet("/events", StreamAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithName("streamEvents")
            .WithSummary("The session's events from a cursor on, then as they come")
            .WithDescription(
                """
                Server-sent events: the name says which property of the schema describes the data. id is the event's number in its session, without gaps; continue with Last-Event-ID or ?after=NUMBER. Events hold no keys of files.
                """
            )
            .Produces<StreamedEvents>(200, "text/event-stream");
        session
            .MapGet("", StateAsync)
            .Requiring(ApiScopes.SessionsRead)
            .WithName("getSession")
            .WithSummary("Get the session's status")
            .Produces<SessionAnswer>();
    }

    private static async Task<IResult> StateAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var state = session.State;
        return Results.Json(
            new SessionAnswer(
                @namespace,
                name,
                state.Phase.ToString(),
                state.Reason,
                state.Message,
                state.Paired,
                state.Phone,
                state.Jid,
                state.LastConnectedAt,
                await tenure.Journals.LastAsync(session.Id, http.RequestAborted)
            ),
            ApiJson.Default.SessionAnswer
        );
    }

    private async Task<IResult> StreamAsync(HttpContext http, string @namespace, string name)
    {
        var opened = http.OpenedSession();
        if (!TryReadCursor(http.Request, out var after))
            return Problems.Bad(
                "the cursor (Last-Event-ID or ?after=) must be the number of an event"
            );
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        var (tenant, session) = (opened.Tenant, opened.Session);
        if (streams.Enter(tenant) is { } full)
            return Problems.TooManyStreams(full);
        try
        {
            await new EventStream(
                session.Wanted,
                http.Response,
                unreadable,
                (e, ct) => opened.Tenure.Streams.ChosenAsync(session.Wanted, e, ct),
                options.Heartbeat,
                time,
                () => opened.IsStillOpenAsync(http)
            ).RunAsync(opened.Tenure.Journals.ReadAsync(tenant, session.Id, after), end.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or the tenure has ended: the stream just ends.
            http.Abort();
        }
        finally
        {
            streams.Leave(tenant);
        }
        return Results.Empty;
    }

    /// <summary>The number of the last event that the client has; 0 where it says none.</summary>
    private static bool TryReadCursor(HttpRequest request, out long after)
    {
        string? cursor = request.Headers["Last-Event-ID"];
        cursor = cursor is { Length: > 0 } ? cursor : request.Query["after"];
        after = 0;
        return cursor is not { Length: > 0 }
            || long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after);
    }
}
