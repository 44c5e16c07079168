using WaOperator.Simulator.Hooks;

namespace WaOperator.Simulator.Control;

/// <summary>How an endpoint of webhooks answers: a status, or nothing at all.</summary>
internal sealed record HookRequest(int? Status, bool? Silent);

/// <summary>The endpoints of webhooks: what came in, and how they answer.</summary>
internal static class HooksApi
{
    public static void Map(IEndpointRouteBuilder app, HookReceiver hooks)
    {
        app.MapGet(
            "/hooks/{name}",
            (string name) =>
                hooks.Of(name) is { } hook
                    ? Results.Ok(new { hook.Status, hook.Posts })
                    : Results.Ok(
                        new
                        {
                            Status = StatusCodes.Status204NoContent,
                            Posts = Array.Empty<HookPost>(),
                        }
                    )
        );
        // POST, for kubectl create --raw.
        app.MapPost(
            "/hooks/{name}",
            (string name, HookRequest request) =>
                request is { Status: null, Silent: null } or { Status: < 200 or > 599 }
                    ? PhonesApi.Problem(400, "status must be from 200 to 599, or silent be given")
                : Answer(hooks, name, request) ? Results.NoContent()
                : TooMany()
        );
        app.MapGet(
            "/hooks/{name}/tally",
            (string name) =>
                hooks.TallyOf(name) is { } tally
                    ? Results.Ok(tally)
                    : PhonesApi.Problem(404, "posts to it are not counted: POST .../tally first")
        );
        app.MapPost(
            "/hooks/{name}/tally",
            (string name) => hooks.Count(name) ? Results.NoContent() : TooMany()
        );
        app.MapPost(
            "/hooks/{name}/tally/times",
            (string name) =>
            {
                hooks.TimeAgain(name);
                return Results.NoContent();
            }
        );
        app.MapDelete(
            "/hooks/{name}",
            (string name) =>
            {
                hooks.Forget(name);
                return Results.NoContent();
            }
        );
    }

    private static bool Answer(HookReceiver hooks, string name, HookRequest request) =>
        (request.Status is not { } status || hooks.Answer(name, status))
        && (request.Silent is not { } silent || hooks.Silence(name, silent));

    private static IResult TooMany() =>
        PhonesApi.Problem(409, $"there are {HookReceiver.MaxNames} endpoints already");
}
