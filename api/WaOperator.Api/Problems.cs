namespace WaOperator.Api;

/// <summary>Every error that the API answers with, in words for people.</summary>
internal static partial class Problems
{
    public static ProblemAnswer Bad(string detail) =>
        new(400, "invalid-body", "Invalid request", detail);

    public static ProblemAnswer Unreadable(int status, string detail) =>
        new(status, "unreadable", "The request cannot be read", detail);

    public static ProblemAnswer Unauthorized() =>
        new(
            401,
            "unauthorized",
            "No valid API key",
            "send one of the tenant's API keys as \"Authorization: Bearer KEY\"; a new key is known within a minute"
        )
        {
            Challenge = "Bearer",
        };

    public static ProblemAnswer NoScope(string scope) =>
        new(
            403,
            "forbidden-scope",
            "The API key may not be used for this",
            $"this API key lacks the scope {scope} (spec.apiKeySecretRefs[].scopes of the tenant)"
        );

    public static ProblemAnswer OtherSessions() =>
        new(
            403,
            "forbidden-session",
            "The API key is for other sessions",
            "this API key opens sessions of certain names only (spec.apiKeySecretRefs[].sessions of the tenant)"
        );

    public static ProblemAnswer NoSession(string ns, string name) =>
        new(
            404,
            "unknown-session",
            "No such session",
            $"this API key opens no session {ns}/{name}; it opens the sessions of its own tenant only"
        );

    public static ProblemAnswer NoMessage(string ns, string name, string id) =>
        new(
            404,
            "unknown-message",
            "No such message",
            $"{ns}/{name} has no message {id}, or its retention has passed"
        );

    public static ProblemAnswer NoPath() =>
        new(
            404,
            "unknown-path",
            "No such path",
            "see /openapi/v1.json for the paths; a session's begin with /v1/sessions/NAMESPACE/NAME"
        );

    public static ProblemAnswer NoMethod() =>
        new(
            405,
            "method",
            "Method not allowed",
            "see /openapi/v1.json for the methods of each path"
        );

    public static ProblemAnswer NotLinked(string ns, string name, string phase) =>
        new(409, "not-paired", "No phone is linked", $"{ns}/{name} is {phase}; link a phone first");

    public static ProblemAnswer IdTaken(string id) =>
        new(409, "id-taken", "The id is taken", $"another message of this session has the id {id}");

    public static ProblemAnswer NoMediaType(string offered) =>
        new(
            406,
            "not-acceptable",
            "No such form of the answer",
            $"the header Accept names none of {offered}"
        );

    public static ProblemAnswer NoQr(string ns, string name, string state) =>
        new(
            409,
            "no-code",
            "No QR code waits",
            $"the pairing of {ns}/{name} is {state}; ask for it as application/json, which says what it waits for"
        );

    public static ProblemAnswer NotJson() =>
        new(
            415,
            "media-type",
            "Not JSON",
            "send the message as JSON in UTF-8, with \"Content-Type: application/json\""
        );

    public static ProblemAnswer RunsElsewhere(string ns, string name, string owner) =>
        new(
            421,
            "not-owner",
            "Another pod runs the session",
            $"{ns}/{name} is run by another pod; ask {owner}"
        )
        {
            Owner = owner,
            Retryable = true,
        };

    public static ProblemAnswer TooManyKeys() =>
        new(
            429,
            "rate-limited",
            "Too many unknown API keys",
            "too many unknown keys were tried recently, and this one is unknown, too; try again in a second"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
            Retryable = true,
        };

    public static ProblemAnswer TooMuchAtOnce(string full) =>
        new(429, "rate-limited", "Too much at once", full)
        {
            RetryAfter = TimeSpan.FromSeconds(1),
            Retryable = true,
        };

    public static ProblemAnswer TooManyStreams(string full) =>
        new(429, "rate-limited", "Too many streams", full)
        {
            RetryAfter = TimeSpan.FromSeconds(5),
            Retryable = true,
        };

    public static ProblemAnswer TooManyPairings(int most) =>
        new(
            429,
            "rate-limited",
            "Too many pairing streams",
            $"the tenant follows {most} pairings at once, as many as one may; close some"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(5),
            Retryable = true,
        };

    public static ProblemAnswer PairingsFull(int most) =>
        new(
            503,
            "busy",
            "Too many pairing streams",
            $"{most} pairings are followed here already; try again in a few seconds, or ask for application/json now and then"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(5),
            Retryable = true,
        };

    public static ProblemAnswer QueueFull(string ns, string name, string share) =>
        new(
            429,
            "queue-full",
            "Too many messages wait",
            $"the queue of {ns}/{name} is full ({share}); send more when some of its messages have been sent"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(5),
            Retryable = true,
        };

    public static ProblemAnswer Failed() =>
        new(
            500,
            "internal",
            "The pod failed to answer",
            "this is a fault of the pod, and is in its log; a message may be sent again with the same id"
        )
        {
            Retryable = true,
        };

    public static ProblemAnswer NoLease() =>
        new(
            503,
            "moving",
            "The pod serves no sessions now",
            "it has no lease; try again in a few seconds"
        )
        {
            Retryable = true,
        };

    public static ProblemAnswer NotRunning(string ns, string name) =>
        new(
            503,
            "moving",
            "The session is not running",
            $"{ns}/{name} waits for a place or is moving to another pod; try again in a few seconds"
        )
        {
            Retryable = true,
        };

    public static ProblemAnswer StoreAway() =>
        new(
            503,
            "store-away",
            "The database does not answer",
            "nothing was done; try again in a few seconds"
        )
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    public static ProblemAnswer MaybeQueued(string id) =>
        new(
            503,
            "outcome-unknown",
            "Not known whether it was queued",
            $"the database went away meanwhile; ask again with the id {id}: it is not sent twice"
        )
        {
            Retryable = true,
        };
}
