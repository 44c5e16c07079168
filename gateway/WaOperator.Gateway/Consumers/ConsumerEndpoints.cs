using System.Globalization;
using System.Text;
using WaOperator.Api;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Description;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Sessions;
using WaOperator.Gateway.Streams;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Consumers;

/// <summary>
/// Consumers: programs that fetch events when they are ready for them, and whose place is kept. What is not acknowledged comes again.
/// </summary>
internal sealed class ConsumerEndpoints(
    GatewayStore store,
    StoreHold hold,
    SessionCallers callers,
    SessionBody bodies,
    TenantRosters rosters,
    ConsumerReader reader,
    TimeProvider time
)
{
    /// <summary>The most sessions that a consumer names.</summary>
    public const int MaxSessions = 1_000;

    private const int MaxName = 63;

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet("/v1/consumers", (Delegate)ListAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithName("listConsumers")
            .WithSummary("The consumers of the key's tenant")
            .Produces<ConsumerList>()
            .Refuses(403, 503);
        var consumer = app.MapGroup("/v1/consumers/{consumer}");
        consumer
            .MapPut("", PutAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithName("putConsumer")
            .WithSummary("Makes a consumer of events, or changes which events it fetches")
            .WithDescription(
                $"""
                A name has up to {MaxName} of a-z, 0-9 and -. Where a consumer is stays when it is changed; sessions that it did not name before begin where the consumer began. A tenant has {TenantConsumers.MaxOfTenant} consumers at most. A key that is limited to sessions makes, changes and deletes consumers of named sessions that it opens.
                """
            )
            .Taking<ConsumerRequest>(required: false)
            .Produces<ConsumerShown>()
            .Produces<ConsumerShown>(201)
            .Refuses(400, 403, 404, 409, 415, 503);
        consumer
            .MapGet("", GetAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithName("getConsumer")
            .WithSummary("How far a consumer is")
            .Produces<ConsumerShown>()
            .Refuses(403, 404, 503);
        consumer
            .MapDelete("", DeleteAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithName("deleteConsumer")
            .WithSummary("Deletes a consumer, and where it is")
            .Produces(204)
            .Refuses(403, 404, 503);
        consumer
            .MapPost("/next", NextAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithMetadata(new Polled(Waits: true))
            .WithName("nextEvents")
            .WithSummary("The next events of a consumer, as soon as there are any")
            .WithDescription(
                $"""
                Parameters: max (1 to {ConsumerQuery.MaxEvents}, default {ConsumerQuery.DefaultEvents}) and waitSeconds (1 to {ConsumerQuery.MaxWait}, default {ConsumerQuery.DefaultWait}), after which an empty page comes. Events are those behind the last acknowledged ones: what was not acknowledged comes again with each call, with the same id. A consumer has one reader: the one that called last. One that still waits gets 409 taken-over, and so does its acknowledgement. Sessions that the key does not open are left out and keep their place.
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

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var (caller, tenant, refusal) = await AskAsync(http, name: null);
        if (refusal is not null)
            return refusal;
        var rows = await ReadAsync(http, tenant, null);
        return Results.Json(
            new ConsumerList([.. rows.Select(ConsumerShown.Of)]),
            ConsumersJson.Default.ConsumerList
        );
    }

    private async Task<IResult> GetAsync(HttpContext http, string consumer)
    {
        var (_, tenant, refusal) = await AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        return await ReadAsync(http, tenant, consumer) is [var row]
            ? Results.Json(ConsumerShown.Of(row), ConsumersJson.Default.ConsumerShown)
            : Problems.NoConsumer(consumer);
    }

    private async Task<IResult> PutAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await AskAsync(http, name: null);
        if (refusal is not null)
            return refusal;
        if (!IsName(consumer))
            return Problems.Bad(
                $"the name of a consumer has 1 to {MaxName} of a-z, 0-9 and -, and begins and ends with a letter or a digit"
            );
        Subject(http, consumer);
        var body = await bodies.ReadAsync(
            http.Request,
            tenant,
            ConsumersJson.Default.ConsumerRequest,
            absent: new()
        );
        if (body.Refusal is { } unread)
            return unread;
        var asked = body.Value!;
        if (StreamFilter.Fault(asked.Sessions, asked.Types, MaxSessions) is { } wrong)
            return Problems.Bad(wrong);
        if (await MissingAsync(http, caller.Key, tenant, asked.Sessions) is { } missing)
            return Problems.NoSession(missing.Namespace, missing.Name);
        var before = await ReadAsync(http, tenant, consumer);
        if (
            !Keeps(caller.Key, tenant, asked.Sessions)
            || before is [var row] && !Keeps(caller.Key, tenant, row.Sessions)
        )
            return Problems.OtherSessions();
        var made = await hold.AskAsync(
            () =>
                new ValueTask<bool?>(
                    store.Consumers.PutAsync(
                        tenant,
                        consumer,
                        asked.Sessions,
                        asked.Types,
                        asked.StartFrom == ConsumerStart.Earliest,
                        http.RequestAborted
                    )
                ),
            http.RequestAborted
        );
        if (made is not { } isNew)
            return Problems.TooManyConsumers(TenantConsumers.MaxOfTenant);
        return await ReadAsync(http, tenant, consumer) is [var put]
            ? Results.Json(
                ConsumerShown.Of(put),
                ConsumersJson.Default.ConsumerShown,
                statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK
            )
            // Another call deleted it in the same moment.
            : Problems.NoConsumer(consumer);
    }

    private async Task<IResult> DeleteAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        if (await ReadAsync(http, tenant, consumer) is not [var row])
            return Problems.NoConsumer(consumer);
        if (!Keeps(caller.Key, tenant, row.Sessions))
            return Problems.OtherSessions();
        return await store.Consumers.DeleteAsync(tenant, consumer, http.RequestAborted)
            ? Results.NoContent()
            : Problems.NoConsumer(consumer);
    }

    private async Task<IResult> NextAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        if (ConsumerQuery.Read(http.Request.Query, out var query) is { } wrong)
            return Problems.Bad(wrong);
        using var page = new EventPage(query.Max, time);
        var read = await reader.ReadAsync(http, caller.Key, tenant, consumer, page, query.Wait);
        if (read.Refusal is { } refused)
            return refused;
        var cursor = new ConsumerCursor(
            read.Reading.Consumer.Id,
            read.Reading.Reader,
            StreamCursor.Read(page.Cursor)!
        ).Write();
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        var body = http.Response.BodyWriter;
        await body.WriteAsync("{\"events\":["u8.ToArray(), http.RequestAborted);
        await body.WriteAsync(page.Events, http.RequestAborted);
        await body.WriteAsync(
            Encoding.ASCII.GetBytes($"],\"cursor\":\"{cursor}\"}}"),
            http.RequestAborted
        );
        return Results.Empty;
    }

    private async Task<IResult> AckAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        var body = await bodies.ReadAsync(
            http.Request,
            tenant,
            ConsumersJson.Default.AckRequest
        );
        if (body.Refusal is { } unread)
            return unread;
        if (ConsumerCursor.Read(body.Value!.Cursor) is not { } cursor)
            return Problems.Bad(
                "cursor must be what next of this consumer gave as cursor, unchanged"
            );
        var seen = await OpenAsync(http, caller.Key, tenant, cursor.Position.Seen);
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
            AckOutcome.Missing => Problems.NoConsumer(consumer),
            AckOutcome.Other => Problems.ForeignCursor(consumer),
            AckOutcome.Taken => Problems.TakenOver(consumer),
            _ => Problems.ConsumerFull(consumer),
        };
    }

    /// <summary>Who asks, and the one tenant of the key.</summary>
    private async ValueTask<(SessionCaller Caller, long Tenant, ProblemAnswer? Refusal)> AskAsync(
        HttpContext http,
        string? name
    )
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return (caller, 0, refusal);
        if (caller.Tenants is not [var tenant])
            return (caller, 0, Problems.SeveralTenants());
        http.Audited()?.Tenant = tenant;
        if (name is null)
            return (caller, tenant, null);
        if (!IsName(name))
            return (caller, tenant, Problems.NoConsumer("of that name"));
        Subject(http, name);
        return (caller, tenant, null);
    }

    private static void Subject(HttpContext http, string name) => http.Audited()?.Subject = name;

    private ValueTask<IReadOnlyList<StoredConsumer>> ReadAsync(
        HttpContext http,
        long tenant,
        string? name
    ) =>
        hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<StoredConsumer>>(
                    store.Consumers.ReadAsync(tenant, name, http.RequestAborted)
                ),
            http.RequestAborted
        );

    /// <summary>A session that is named and that the key does not open; null: there is none.</summary>
    private async ValueTask<SessionName?> MissingAsync(
        HttpContext http,
        KeyAnswer key,
        long tenant,
        IReadOnlyList<string>? sessions
    )
    {
        if (sessions is null)
            return null;
        var choice = new StreamChoice(
            key,
            new(
                sessions.Select(s => StreamFilter.Name(s)!.Value).ToHashSet(),
                null,
                null,
                FromEarliest: true
            ),
            began: default
        );
        return choice.Missing(choice.Of(await RosterAsync(http, tenant)));
    }

    /// <summary>Of what is acknowledged, what the key opens: others' place is not its to change.</summary>
    private async ValueTask<IReadOnlyDictionary<long, long>> OpenAsync(
        HttpContext http,
        KeyAnswer key,
        long tenant,
        IReadOnlyDictionary<long, long> seen
    )
    {
        if (key.WholeTenantsFor(ApiScopes.EventsRead).Contains(tenant))
            return seen;
        var opens = new StreamChoice(key, new(null, null, null, FromEarliest: true), began: default)
            .Of(await RosterAsync(http, tenant));
        return seen.Where(s => opens.ContainsKey(s.Key)).ToDictionary();
    }

    private async ValueTask<TenantRoster> RosterAsync(HttpContext http, long tenant)
    {
        using var lease = rosters.Follow([tenant]);
        return await hold.AskAsync(
            () =>
                new ValueTask<TenantRoster>(
                    lease.ReadAsync(time.GetTimestamp(), http.RequestAborted)
                ),
            http.RequestAborted
        );
    }

    /// <summary>Whether a consumer of these sessions is the key's to make, change and delete.</summary>
    private static bool Keeps(KeyAnswer key, long tenant, IReadOnlyList<string>? sessions) =>
        key.WholeTenantsFor(ApiScopes.EventsRead).Contains(tenant)
        || sessions?.All(s =>
            key.Judge(tenant, StreamFilter.Name(s)!.Value.Name, ApiScopes.EventsRead)
            == KeyVerdict.Allowed
        ) == true;

    /// <summary>Whether a consumer may have that name. Pure.</summary>
    internal static bool IsName(string name) =>
        name.Length is > 0 and <= MaxName
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-')
        && name[0] != '-'
        && name[^1] != '-';
}
