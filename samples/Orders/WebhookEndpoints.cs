using System.Text.Json;
using Npgsql;

namespace Orders;

/// <summary>The addresses of a shop's two WhatsAppWebhooks.</summary>
internal static class WebhookEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapPost(
            "/shops/{shop}/messages",
            (string shop, HttpContext http, Webhooks webhooks, Bot bot) =>
                webhooks.TakeAsync(
                    http,
                    shop,
                    "messages",
                    StandardWebhook.Keys,
                    (connection, id, post) =>
                        CustomerMessage.Read(shop, post) is { } message
                            ? bot.ReadAsync(connection, id, message)
                            : Task.CompletedTask
                )
        );
        app.MapPost(
            "/shops/{shop}/votes",
            (string shop, HttpContext http, Webhooks webhooks, Bot bot) =>
                webhooks.TakeAsync(
                    http,
                    shop,
                    "votes",
                    StandardWebhook.TextKeys,
                    (connection, _, post) =>
                        Vote.Read(post) is { } vote
                            ? bot.CountAsync(connection, shop, vote)
                            : Task.CompletedTask
                )
        );
    }
}

/// <summary>Takes what WaOperator posts, and answers with 2xx once all that follows from it is stored.</summary>
internal sealed class Webhooks(Settings settings, OrderStore store, TimeProvider time)
{
    /// <summary>Takes a post.</summary>
    /// <param name="http">The request.</param>
    /// <param name="shop">Whose webhook it says it is from.</param>
    /// <param name="webhook">Which of the shop's. Both post the same event under the same id.</param>
    /// <param name="keys">Makes keys of secrets.</param>
    /// <param name="handle">Handles what has not been handled, by its id.</param>
    public async Task<IResult> TakeAsync(
        HttpContext http,
        string shop,
        string webhook,
        Func<IEnumerable<string>, IEnumerable<byte[]>> keys,
        Func<NpgsqlConnection, string, JsonElement, Task> handle
    )
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        // The signature is of the bytes as they came: they are checked before they are read.
        if (
            !settings.Shops.TryGetValue(shop, out var known)
            || !StandardWebhook.IsSigned(
                keys(known.WebhookSecrets),
                http.Request.Headers,
                body.ToArray(),
                time.GetUtcNow()
            )
        )
            return Results.Problem(
                "The signature is none of this shop's, or older than 5 minutes.",
                statusCode: StatusCodes.Status401Unauthorized
            );
        using var post = JsonDocument.Parse(body.ToArray());
        var id = http.Request.Headers["webhook-id"].ToString();
        await store.OnceAsync(
            shop,
            $"{webhook}/{id}",
            connection => handle(connection, id, post.RootElement),
            http.RequestAborted
        );
        return Results.NoContent();
    }
}
