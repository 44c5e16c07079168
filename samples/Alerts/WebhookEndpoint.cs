using System.Text.Json;

namespace Alerts;

/// <summary>What WaOperator posts. It is answered with 2xx once all that follows from it is stored.</summary>
internal static class WebhookEndpoint
{
    public static void Map(WebApplication app) => app.MapPost("/events", TakeAsync);

    private static async Task<IResult> TakeAsync(
        HttpContext http,
        Settings settings,
        AlertStore alerts,
        TimeProvider time
    )
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        // The signature is of the bytes as they came: they are checked before they are read.
        if (
            !StandardWebhook.IsSigned(
                StandardWebhook.Keys(settings.WebhookSecrets),
                http.Request.Headers,
                body.ToArray(),
                time.GetUtcNow()
            )
        )
            return Results.Problem(
                "The signature is none of the webhook's, or older than 5 minutes.",
                statusCode: StatusCodes.Status401Unauthorized
            );
        using var e = JsonDocument.Parse(body.ToArray());
        await alerts.TakeAsync(
            http.Request.Headers["webhook-id"].ToString(),
            e.RootElement,
            http.RequestAborted
        );
        return Results.NoContent();
    }
}
