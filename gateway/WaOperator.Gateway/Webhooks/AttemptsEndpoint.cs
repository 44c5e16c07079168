using System.Globalization;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Sessions;

namespace WaOperator.Gateway.Webhooks;

/// <summary>What pods posted last for a webhook, and what came of it.</summary>
/// <param name="Data">The posts, the newest first.</param>
/// <param name="Unanswered">Pods that post for it and did not answer: what they posted is missing.</param>
internal sealed record AttemptPage(
    IReadOnlyList<WebhookAttempt> Data,
    IReadOnlyList<string> Unanswered
);

/// <summary>Shows what became of a webhook's posts, as the pods that made them remember it.</summary>
internal sealed class AttemptsEndpoint(WebhookCallers callers, PodAttempts pods)
{
    private const int MaxShown = 500;
    private const int DefaultShown = 100;

    /// <summary>Maps the path.</summary>
    public void Map(WebApplication app) =>
        app.MapGet("/v1/webhooks/{namespace}/{webhook}/attempts", ListAsync)
            .Requiring(ApiScopes.WebhooksRead)
            .WithName("listAttempts")
            .WithSummary("The newest posts of a webhook, and what its endpoint said")
            .WithDescription(
                """
                Parameters: failed (true: only those that were not taken) and limit (1 to 500, default 100). Each pod remembers the last 100 that were taken and the last 100 that were not, while it runs. What an answer said is not kept: endpoints repeat what they were sent; testWebhook shows it for an event without contents.
                """
            )
            .Produces<AttemptPage>()
            .Refuses(400, 404, 503);

    private async Task<IResult> ListAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        if (found.Refusal is { } refusal)
            return refusal;
        if (Read(http.Request.Query, out var failed, out var limit) is { } wrong)
            return Problems.Bad(wrong);
        var (attempts, unanswered) = await pods.ReadAsync(http, found.Row!, found.Tenants, failed);
        return Results.Json(
            new AttemptPage([.. attempts.Take(limit)], unanswered),
            WebhooksJson.Default.AttemptPage
        );
    }

    /// <summary>The parameters. Pure.</summary>
    /// <returns>What is wrong; null for nothing.</returns>
    internal static string? Read(IQueryCollection parameters, out bool failed, out int limit)
    {
        (failed, limit) = (false, DefaultShown);
        foreach (var (name, values) in parameters)
        {
            if (values is not [{ } value])
                return $"the parameter {SessionQuery.Shown(name)} is given {values.Count} times; give it once";
            switch (name)
            {
                case "failed":
                    if (value is not ("true" or "false"))
                        return "failed must be true or false";
                    failed = value == "true";
                    break;
                case "limit":
                    if (
                        !int.TryParse(
                            value,
                            NumberStyles.None,
                            CultureInfo.InvariantCulture,
                            out limit
                        ) || limit is < 1 or > MaxShown
                    )
                        return $"limit must be a number from 1 to {MaxShown}";
                    break;
                default:
                    return $"there is no parameter {SessionQuery.Shown(name)}; there are failed and limit";
            }
        }
        return null;
    }
}
