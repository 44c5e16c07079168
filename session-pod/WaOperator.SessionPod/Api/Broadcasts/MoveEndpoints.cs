using WaOperator.Api;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api.Broadcasts;

/// <summary>Broadcasts of a session are started, paused, resumed and cancelled.</summary>
internal static class MoveEndpoints
{
    private static readonly BroadcastState[] Open =
    [
        BroadcastState.Created,
        BroadcastState.Running,
        BroadcastState.Paused,
        BroadcastState.Stopped,
    ];

    /// <summary>Maps the paths below that of a session.</summary>
    public static void Map(IEndpointRouteBuilder session)
    {
        MapMove(
            session,
            "start",
            "Start a broadcast",
            [BroadcastState.Created],
            BroadcastState.Running
        );
        MapMove(
            session,
            "pause",
            "Pause a broadcast; up to 3 messages may be under way",
            [BroadcastState.Running],
            BroadcastState.Paused
        );
        MapMove(
            session,
            "resume",
            "Let a broadcast continue that was paused, or stopped by itself",
            [BroadcastState.Paused, BroadcastState.Stopped],
            BroadcastState.Running
        );
        MapMove(
            session,
            "cancel",
            "Give a broadcast up; recipients that were not written to are skipped",
            Open,
            BroadcastState.Cancelled
        );
    }

    private static void MapMove(
        IEndpointRouteBuilder session,
        string action,
        string summary,
        IReadOnlyCollection<BroadcastState> from,
        BroadcastState to
    ) =>
        session
            .MapPost(
                $"/broadcasts/{{id}}/{action}",
                (HttpContext http, string @namespace, string name, string id) =>
                    MoveAsync(http, id, action, from, to)
            )
            .Requiring(ApiScopes.BroadcastsWrite)
            .WithName($"{action}Broadcast")
            .WithSummary($"{summary}; asked again, nothing changes")
            .Produces<BroadcastAnswer>()
            .Refuses(404, 409, 503);

    private static Task<IResult> MoveAsync(
        HttpContext http,
        string id,
        string action,
        IReadOnlyCollection<BroadcastState> from,
        BroadcastState to
    )
    {
        var (tenure, session) = http.OpenedSession();
        var (ns, name) = (session.Wanted.Namespace, session.Wanted.Name);
        return BroadcastEndpoints.WriteAsync(
            session,
            async () =>
            {
                if (
                    await tenure.Broadcasts.FindAsync(session, id, http.RequestAborted)
                    is not { Stored: var before }
                )
                    return Problems.NoBroadcast(ns, name, id);
                if (before.State == to)
                    return await BroadcastEndpoints.AnswerAsync(http, id, StatusCodes.Status200OK);
                if (!from.Contains(before.State))
                    return Problems.BroadcastNotNow(
                        id,
                        $"is {before.State}; {action} is for one that is {string.Join(" or ", from)}"
                    );
                if (to == BroadcastState.Running && before.Recipients == 0)
                    return Problems.BroadcastNotNow(id, "has no recipients; add some first");
                if (to == BroadcastState.Running && !session.State.Paired)
                    return Problems.NotLinked(ns, name, session.State.Phase.ToString());
                return await tenure.Broadcasts.MoveAsync(session, id, from, to, http.RequestAborted)
                    ? await BroadcastEndpoints.AnswerAsync(http, id, StatusCodes.Status200OK)
                    : Problems.BroadcastNotNow(
                        id,
                        to == BroadcastState.Running
                            ? "cannot run beside another broadcast of the session; pause or cancel that one first"
                            : "has changed meanwhile; get it and see"
                    );
            }
        );
    }
}
