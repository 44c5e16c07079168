using WaOperator.Simulator.Hooks;

namespace WaOperator.Simulator.Control;

/// <summary>How an endpoint of webhooks answers.</summary>
internal sealed record HookRequest(int? Status);

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
                request.Status is not (>= 200 and <= 599)
                    ? PhonesApi.Problem(400, "status must be from 200 to 599")
                : hooks.Answer(name, request.Status.Value) ? Results.NoContent()
                : PhonesApi.Problem(409, $"there are {HookReceiver.MaxNames} endpoints already")
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
}
