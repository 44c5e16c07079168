using Npgsql;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Media;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Broadcasts;

/// <summary>Broadcasts of a session: make, list, get, delete.</summary>
/// <param name="bodies">What all requests hold.</param>
/// <param name="recipients">Their recipients.</param>
internal sealed class BroadcastEndpoints(BodyShares bodies, RecipientEndpoints recipients)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(IEndpointRouteBuilder session)
    {
        session
            .MapPost("/broadcasts", CreateAsync)
            .Requiring(ApiScopes.BroadcastsWrite)
            .WithName("createBroadcast")
            .WithSummary(
                "Make a broadcast: one message to many recipients; it sends nothing before it is started"
            )
            .WithDescription(
                """
                Everything that is wrong is told, and then nothing is made. Asked again with the same id, nothing is made twice. A session keeps 100 broadcasts; one that does not run goes 30 days after its last change.
                """
            )
            .Accepts<BroadcastRequest>("application/json")
            .Produces<BroadcastAnswer>(201)
            .Refuses(400, 404, 409, 415, 429, 503);
        session
            .MapGet("/broadcasts", ListAsync)
            .Requiring(ApiScopes.BroadcastsRead)
            .WithName("listBroadcasts")
            .WithSummary("List the session's broadcasts, the newest first")
            .Produces<BroadcastList>();
        session
            .MapGet("/broadcasts/{id}", FindAsync)
            .Requiring(ApiScopes.BroadcastsRead)
            .WithName("getBroadcast")
            .WithSummary("Get a broadcast, and how many recipients are in each state")
            .Produces<BroadcastAnswer>()
            .Refuses(404);
        session
            .MapDelete("/broadcasts/{id}", RemoveAsync)
            .Requiring(ApiScopes.BroadcastsWrite)
            .WithName("deleteBroadcast")
            .WithSummary(
                "Delete a broadcast that does not run, and what is stored of its recipients"
            )
            .Produces(204)
            .Refuses(404, 409, 503);
        recipients.Map(session);
        MoveEndpoints.Map(session);
    }

    private async Task<IResult> CreateAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            BroadcastJson.Default.BroadcastRequest,
            BroadcastReader.Read
        );
        if (body.Refusal is { } refusal)
            return refusal;
        var (content, sample, first) = body.Asked!;
        if (await UnfitAsync(tenure, session, sample, http.RequestAborted) is { } unfit)
            return unfit;
        var id = body.Request.Id ?? OutgoingMessage.NewId();
        var book = tenure.Broadcasts;
        if (
            body.Request.Id is not null
            && await book.FindAsync(session, id, http.RequestAborted) is { } before
            && !BroadcastCodec
                .ToBytes(before.Content)
                .AsSpan()
                .SequenceEqual(BroadcastCodec.ToBytes(content))
        )
            return Problems.BroadcastTaken(id);
        return await WriteAsync(
            session,
            async () =>
            {
                var made = await book.CreateAsync(session, id, content, first, http.RequestAborted);
                return made switch
                {
                    null => Problems.TooManyBroadcasts(BroadcastWrites.MaxBroadcasts),
                    { Added: null } => RecipientEndpoints.Refusal(id, made),
                    _ => await AnswerAsync(http, id, StatusCodes.Status201Created),
                };
            }
        );
    }

    /// <summary>What its message names is looked up before anything is sent.</summary>
    private static async Task<ProblemAnswer?> UnfitAsync(
        ApiTenure tenure,
        IServedSession session,
        Draft sample,
        CancellationToken ct
    )
    {
        var (found, unknown) = await tenure.References.LookUpAsync(session, sample, ct);
        if (unknown is not null)
            return unknown;
        try
        {
            Composer.Compose(sample, found!);
            return null;
        }
        catch (BodyFaultException e)
        {
            return Problems.Bad($"#/message{e.Fault.Pointer[1..]}", e.Fault.Detail);
        }
    }

    private static async Task<IResult> ListAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var all = await tenure.Broadcasts.ListAsync(session, http.RequestAborted);
        return Results.Json(
            new BroadcastList([.. all.Select(BroadcastAnswer.Of)]),
            BroadcastJson.Default.BroadcastList
        );
    }

    private static Task<IResult> FindAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) => AnswerAsync(http, id, StatusCodes.Status200OK);

    private static Task<IResult> RemoveAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        return WriteAsync(
            session,
            async () =>
            {
                if (await tenure.Broadcasts.RemoveAsync(session, id, http.RequestAborted))
                    return Results.NoContent();
                return await tenure.Broadcasts.FindAsync(session, id, http.RequestAborted) is null
                    ? Problems.NoBroadcast(@namespace, name, id)
                    : Problems.BroadcastNotNow(
                        id,
                        "is Running; pause or cancel it before you delete it"
                    );
            }
        );
    }

    /// <summary>A broadcast as it is now.</summary>
    internal static async Task<IResult> AnswerAsync(HttpContext http, string id, int status)
    {
        var (tenure, session) = http.OpenedSession();
        var ct = http.RequestAborted;
        if (await tenure.Broadcasts.FindAsync(session, id, ct) is not { } found)
            return Problems.NoBroadcast(session.Wanted.Namespace, session.Wanted.Name, id);
        return Results.Json(
            BroadcastAnswer.Of(found) with
            {
                Counts = await tenure.Broadcasts.CountAsync(session, id, ct),
                Message = found.Content.Message,
            },
            BroadcastJson.Default.BroadcastAnswer,
            statusCode: status
        );
    }

    /// <summary>Writes; in words what went wrong with that.</summary>
    internal static async Task<IResult> WriteAsync(
        IServedSession session,
        Func<Task<IResult>> write
    )
    {
        try
        {
            return await write();
        }
        catch (PostgresException e) when (e.IsFenced())
        {
            return Problems.NotRunning(session.Wanted.Namespace, session.Wanted.Name);
        }
        catch (CommitUnknownException)
        {
            return Problems.MaybeBroadcast();
        }
    }
}
