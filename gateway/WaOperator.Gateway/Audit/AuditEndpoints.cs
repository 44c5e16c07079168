using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Audit;

/// <summary>Calls of the tenant's API that differ in nothing but their subject.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When the first of them was answered.</param>
/// <param name="Operation">What was called: an operationId of this description, or unknown.</param>
/// <param name="Status">HTTP status of the answer; 499 if the client had gone before it.</param>
/// <param name="Calls">How many calls.</param>
/// <param name="Subjects">Ids of the messages and files that they were about, as far as known.</param>
internal sealed record AuditedCalls(
    Guid Id,
    DateTimeOffset At,
    string Operation,
    int Status,
    int Calls,
    IReadOnlyList<string> Subjects
)
{
    /// <summary>Where the key stands that was used, as Secret/key; link for a signed link. Left out if it is not known.</summary>
    public string? Key { get; init; }

    /// <summary>The namespace of the session that it was about; left out for none.</summary>
    public string? Namespace { get; init; }

    /// <summary>The name of the session that it was about; left out for none.</summary>
    public string? Session { get; init; }
}

/// <summary>A page of the audit, newest first.</summary>
/// <param name="Data">Its entries.</param>
/// <param name="Next">Give it as after for the next page; null for the last page. A page may have fewer entries than were asked for, or none, and not be the last.</param>
internal sealed record AuditPage(
    IReadOnlyList<AuditedCalls> Data,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(AuditPage))]
internal sealed partial class AuditJson : JsonSerializerContext;

/// <summary>Shows tenants who called what.</summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle is not asked for holds nothing."
)]
internal sealed class AuditEndpoints(
    GatewayStore store,
    SessionCallers callers,
    Operations operations,
    TimeProvider time
)
{
    // Of the connections to PostgreSQL most are for what all requests wait for.
    private readonly SemaphoreSlim _turns = new(2, 2);

    /// <summary>Maps the path.</summary>
    public void Map(WebApplication app) =>
        app.MapGet("/v1/audit", (Delegate)ListAsync)
            .Requiring(ApiScopes.AuditRead)
            .WithName("listAudit")
            .WithSummary("Who called what of the API in the last 90 days, newest first")
            .WithDescription(
                """
                Parameters: limit (1 to 500, default 100), after (the next of the page before), since (default 24 hours before until), until (default now), key, operation, namespace, session and status. Entries appear some seconds after the call; calls that only read are taken together for a minute. A key that is limited to sessions sees what was about them. The Link header has the next page, too.
                """
            )
            .Produces<AuditPage>()
            .Refuses(400, 503);

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        if (
            AuditQuery.Read(http.Request.Query, operations.Ids, time.GetUtcNow(), out var query) is
            { } wrong
        )
            return Problems.Bad(wrong);
        var found = await ReadAsync(SpansOf(caller.Key), query!, http.RequestAborted);
        var shown = found.Entries.Take(query!.Limit).ToArray();
        var next =
            found.Entries.Count > shown.Length ? AuditQuery.Cursor(shown[^1].Id)
            : found.Rest is { } rest ? AuditQuery.Cursor(rest)
            : null;
        if (next is not null)
            http.Response.Headers.Link = $"</v1/audit{query.Next(next)}>; rel=\"next\"";
        return Results.Json(
            new AuditPage([.. shown.Select(Show)], next),
            AuditJson.Default.AuditPage
        );
    }

    private async Task<AuditEntries> ReadAsync(
        IReadOnlyList<AuditSpan> spans,
        AuditQuery query,
        CancellationToken ct
    )
    {
        await _turns.WaitAsync(ct);
        try
        {
            // One more than is shown says whether there is another page.
            return await store.Audit.ReadAsync(
                spans,
                query.After,
                query.End,
                query.Filter,
                query.Limit + 1,
                ct: ct
            );
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>What the key shows of each tenant. Pure.</summary>
    internal static IReadOnlyList<AuditSpan> SpansOf(KeyAnswer key) =>
        [
            .. key
                .Grants.Where(g => g.Limits?.HasScope(ApiScopes.AuditRead) != false)
                .GroupBy(g => g.Tenant)
                .Select(tenant => new AuditSpan(
                    tenant.Key,
                    tenant.Any(g => g.Limits?.Sessions is null)
                        ? null
                        : [.. tenant.SelectMany(g => g.Limits!.Sessions!).Distinct()]
                )),
        ];

    private static AuditedCalls Show(AuditEntry entry) =>
        new(entry.Id, entry.At, entry.Operation, entry.Status, entry.Calls, entry.Subjects)
        {
            Key = entry.Who,
            Namespace = entry.Namespace,
            Session = entry.Session,
        };
}
