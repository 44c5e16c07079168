using WaOperator.Api;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Description;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Gateway.Streams;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Consumers;

/// <summary>Makes, shows and deletes consumers: programs that fetch events when they are ready for them, and whose place is kept.</summary>
internal sealed class ConsumerEndpoints(
    GatewayStore store,
    StoreHold hold,
    ConsumerAccess access,
    SessionBody bodies
)
{
    /// <summary>The most sessions that a consumer names.</summary>
    public const int MaxSessions = 1_000;

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet("/v1/consumers", (Delegate)ListAsync)
            .Requiring(ApiScopes.EventsRead)
            .WithName("listConsumers")
            .WithSummary("The consumers of the key's tenant")
            .WithDescription(
                "A key that is limited to sessions sees consumers of named sessions that it opens."
            )
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
                A name has up to {ConsumerAccess.MaxName} of a-z, 0-9 and -. Where a consumer is stays when it is changed; sessions that it did not name before begin where the consumer began. A tenant has {TenantConsumers.MaxOfTenant} consumers at most. A key that is limited to sessions makes, changes and deletes consumers of named sessions that it opens.
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
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var (caller, tenant, refusal) = await access.AskAsync(http, name: null);
        if (refusal is not null)
            return refusal;
        var rows = await access.ReadAsync(http, tenant, null);
        return Results.Json(
            new ConsumerList([
                .. rows.Where(r => ConsumerAccess.Keeps(caller.Key, tenant, r.Sessions))
                    .Select(ConsumerShown.Of),
            ]),
            ConsumersJson.Default.ConsumerList
        );
    }

    private async Task<IResult> GetAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await access.AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        return
            await access.ReadAsync(http, tenant, consumer, counts: true) is [var row]
            && ConsumerAccess.Keeps(caller.Key, tenant, row.Sessions)
            ? Results.Json(ConsumerShown.Of(row), ConsumersJson.Default.ConsumerShown)
            : Problems.NoConsumer();
    }

    private async Task<IResult> PutAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await access.AskAsync(http, name: null);
        if (refusal is not null)
            return refusal;
        if (!ConsumerAccess.IsName(consumer))
            return Problems.Bad(
                $"the name of a consumer has 1 to {ConsumerAccess.MaxName} of a-z, 0-9 and -, and begins and ends with a letter or a digit"
            );
        http.Audited()?.Subject = consumer;
        var body = await bodies.ReadAsync(
            http.Request,
            tenant,
            ConsumersJson.Default.ConsumerRequest,
            absent: new()
        );
        if (body.Refusal is { } unread)
            return unread;
        var asked = body.Value!;
        if (
            StreamFilter.Fault(asked.Sessions, asked.Types, MaxSessions, passing: false) is
            { } wrong
        )
            return Problems.Bad(wrong);
        if (await access.MissingAsync(http, caller.Key, tenant, asked.Sessions) is { } missing)
            return Problems.NoSession(missing.Namespace, missing.Name);
        var before = await access.ReadAsync(http, tenant, consumer);
        if (
            !ConsumerAccess.Keeps(caller.Key, tenant, asked.Sessions)
            || before is [var row] && !ConsumerAccess.Keeps(caller.Key, tenant, row.Sessions)
        )
            return Problems.OtherSessions();
        var made = await hold.AskAsync(
            () =>
                new ValueTask<bool?>(
                    store.Consumers.PutAsync(
                        tenant,
                        consumer,
                        asked.Sessions,
                        asked.Types?.Distinct(StringComparer.Ordinal).ToArray(),
                        asked.StartFrom == ConsumerStart.Earliest,
                        http.RequestAborted
                    )
                ),
            http.RequestAborted
        );
        if (made is not { } isNew)
            return Problems.TooManyConsumers(TenantConsumers.MaxOfTenant);
        return await access.ReadAsync(http, tenant, consumer) is [var put]
            ? Results.Json(
                ConsumerShown.Of(put),
                ConsumersJson.Default.ConsumerShown,
                statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK
            )
            // Another call deleted it in the same moment.
            : Problems.NoConsumer();
    }

    private async Task<IResult> DeleteAsync(HttpContext http, string consumer)
    {
        var (caller, tenant, refusal) = await access.AskAsync(http, consumer);
        if (refusal is not null)
            return refusal;
        if (await access.RefuseAsync(http, caller.Key, tenant, consumer) is { } others)
            return others;
        return await store.Consumers.DeleteAsync(tenant, consumer, http.RequestAborted)
            ? Results.NoContent()
            : Problems.NoConsumer();
    }
}
