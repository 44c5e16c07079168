using WaOperator.SessionPod.Limits;

namespace WaOperator.SessionPod.Api;

/// <summary>Every error that the API answers with, in words for people.</summary>
internal static class Problems
{
    public static ProblemAnswer Bad(string detail) => new(400, "Invalid request", detail);

    public static ProblemAnswer Unreadable(int status, string detail) =>
        new(status, "The request cannot be read", detail);

    public static ProblemAnswer Unauthorized() =>
        new(
            401,
            "No valid API key",
            "send one of the tenant's API keys as \"Authorization: Bearer KEY\"; a new key is known within a minute"
        )
        {
            Challenge = "Bearer",
        };

    public static ProblemAnswer NoSession(string ns, string name) =>
        new(
            404,
            "No such session",
            $"this API key opens no session {ns}/{name}; it opens the sessions of its own tenant only"
        );

    public static ProblemAnswer NoMessage(string ns, string name, string id) =>
        new(
            404,
            "No such message",
            $"{ns}/{name} has no message {id}, or its retention has passed"
        );

    public static ProblemAnswer NoPath() =>
        new(
            404,
            "No such path",
            "see /openapi/v1.json for the paths; a session's begin with /v1/sessions/NAMESPACE/NAME"
        );

    public static ProblemAnswer NoMethod() =>
        new(405, "Method not allowed", "see /openapi/v1.json for the methods of each path");

    public static ProblemAnswer NotLinked(string ns, string name, string phase) =>
        new(409, "No phone is linked", $"{ns}/{name} is {phase}; link a phone first");

    public static ProblemAnswer IdTaken(string id) =>
        new(409, "The id is taken", $"another message of this session has the id {id}");

    public static ProblemAnswer NotJson() =>
        new(
            415,
            "Not JSON",
            "send the message as JSON in UTF-8, with \"Content-Type: application/json\""
        );

    public static ProblemAnswer RunsElsewhere(string ns, string name, string owner) =>
        new(421, "Another pod runs the session", $"{ns}/{name} is run by another pod; ask {owner}")
        {
            Owner = owner,
        };

    public static ProblemAnswer TooManyKeys() =>
        new(
            429,
            "Too many unknown API keys",
            "too many unknown keys were tried recently, and this one is unknown, too; try again in a second"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static ProblemAnswer TooMuchAtOnce(string full) =>
        new(429, "Too much at once", full) { RetryAfter = TimeSpan.FromSeconds(1) };

    public static ProblemAnswer TooManyStreams(string full) =>
        new(429, "Too many streams", full) { RetryAfter = TimeSpan.FromSeconds(5) };

    public static ProblemAnswer QueueFull(string ns, string name, QueueShare share) =>
        new(
            429,
            "Too many messages wait",
            $"the queue of {ns}/{name} is full ({share}); send more when some of its messages have been sent"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    public static ProblemAnswer Refused(SendRefusal refusal) =>
        new(refusal.Status, refusal.Title, refusal.Detail) { RetryAfter = refusal.RetryAfter };

    public static ProblemAnswer Failed() =>
        new(
            500,
            "The pod failed to answer",
            "this is a fault of the pod, and is in its log; a message may be sent again with the same id"
        );

    public static ProblemAnswer NoLease() =>
        new(503, "The pod serves no sessions now", "it has no lease; try again in a few seconds");

    public static ProblemAnswer NotRunning(string ns, string name) =>
        new(
            503,
            "The session is not running",
            $"{ns}/{name} waits for a place or is moving to another pod; try again in a few seconds"
        );

    public static ProblemAnswer NoDatabase() =>
        new(503, "The database does not answer", "nothing was done; try again in a few seconds");

    public static ProblemAnswer MaybeQueued(string id) =>
        new(
            503,
            "Not known whether it was queued",
            $"the database went away meanwhile; ask again with the id {id}: it is not sent twice"
        );
}
