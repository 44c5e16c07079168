using System.Text.Json.Serialization.Metadata;

namespace WaOperator.SessionPod.Api;

/// <summary>Answers of the API. Whatever goes wrong is told as application/problem+json, in words for people.</summary>
internal static class Answers
{
    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = 200) =>
        Results.Json(value, type, statusCode: status);

    public static IResult Problem(int status, string title, string detail, string? owner = null) =>
        Results.Json(
            new Problem(title, status, detail, owner),
            ApiJson.Default.Problem,
            "application/problem+json",
            status
        );

    public static IResult Unauthorized() =>
        Problem(
            401,
            "No valid API key",
            "send one of the tenant's API keys as \"Authorization: Bearer KEY\"; a new key is known within a minute"
        );

    public static IResult TooManyKeys() =>
        Problem(
            429,
            "Too many unknown API keys",
            "too many keys that are not known were tried of late, and this one is not known either; try again in a second"
        );

    public static IResult NotFound(string ns, string name) =>
        Problem(
            404,
            "No such session",
            $"this API key opens no session {ns}/{name}; it opens the sessions of its own tenant only"
        );

    public static IResult Elsewhere(string ns, string name, string? owner) =>
        owner is null
            ? Problem(
                503,
                "Nobody runs the session now",
                $"{ns}/{name} waits for a place or is just moving; try again in a few seconds"
            )
            : Problem(
                421,
                "Another pod runs the session",
                $"{ns}/{name} is run by another pod; ask {owner}",
                owner
            );

    public static IResult Bad(string detail) => Problem(400, "The request is wrong", detail);

    public static IResult NotJson() =>
        Problem(
            415,
            "Not JSON",
            "send the message as JSON in UTF-8, with \"Content-Type: application/json\""
        );
}
