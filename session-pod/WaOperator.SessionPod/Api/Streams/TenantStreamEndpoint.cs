using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Streams;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api.Streams;

/// <summary>
/// The events of many sessions in one stream, for gateways, which make of those of all pods the stream of a tenant.
/// </summary>
internal sealed class TenantStreamEndpoint(
    ApiDesk desk,
    PodOptions options,
    BodyShares bodies,
    StreamShares streams,
    UnreadableEntries unreadable,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    /// <summary>Maps the path.</summary>
    public void Map(WebApplication app) =>
        app.MapPost("/v1/events", (Delegate)StreamAsync)
            .ServedOn(PodPort.Api)
            .Requiring(ApiScopes.EventsRead)
            .ExcludeFromDescription();

    private async Task<IResult> StreamAsync(HttpContext http)
    {
        if (desk.Current is not { } tenure)
            return Problems.NoLease();
        var key = await tenure.Keys.AskAsync(http, openedBefore: false);
        if (key.Busy)
            return Problems.TooManyKeys();
        if (key.Grants.Count == 0)
            return Problems.Unauthorized();
        if (key.TenantsFor(null, ApiScopes.EventsRead, out _) is not [var tenant, ..])
            return Problems.NoScope(ApiScopes.EventsRead);
        var (asked, refusal) = await ReadAsync(http, tenant);
        if (refusal is not null)
            return refusal;
        if (streams.Enter(tenant) is { } full)
            return Problems.TooManyStreams(full);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping,
            tenure.Streams.Ended
        );
        try
        {
            await RunAsync(http, tenure, key, asked, end.Token);
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

    private async Task<(StreamAsked Asked, ProblemAnswer? Refusal)> ReadAsync(
        HttpContext http,
        long tenant
    )
    {
        using var share = bodies.Of(tenant);
        var body = await JsonBody.ReadAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return (null!, refusal);
        var read = TypedBody.Parse(body.Bytes, StreamJson.Default.StreamRequest);
        if (read.Value is not { } request)
            return (null!, read.Refusal);
        var faults = new Faults();
        var asked = request.Read(faults);
        return (asked, faults.Problem);
    }

    private async Task RunAsync(
        HttpContext http,
        ApiTenure tenure,
        KeyAnswer key,
        StreamAsked asked,
        CancellationToken ct
    )
    {
        var writer = new TenantStreamWriter(http.Response);
        using var stream = new TenantStream(
            tenure.Streams,
            writer,
            asked,
            unreadable,
            time,
            options.Heartbeat
        );
        await stream.OpenAsync(session => Opens(key, session), ct);
        writer.Begin();
        await writer.FlushAsync(ct);
        await stream.RunAsync(
            async () =>
            {
                var now = await tenure.Keys.AskAsync(http, openedBefore: true);
                return now.TenantsFor(null, ApiScopes.EventsRead, out _).Count == 0
                    ? null
                    : session => Opens(now, session);
            },
            ct
        );
    }

    private static bool Opens(KeyAnswer key, Assignment session) =>
        key.Judge(session.TenantId, session.Name, ApiScopes.EventsRead) == KeyVerdict.Allowed;
}
