namespace WaOperator.Api;

/// <summary>Errors that only the gateway answers with.</summary>
internal static partial class Problems
{
    public static ProblemAnswer TooManySessions(string detail) =>
        new(422, "too-many-sessions", "Too many sessions for one stream", detail);

    public static ProblemAnswer Stopped(string ns, string name) =>
        new(
            409,
            "stopped",
            "The session is stopped",
            $"{ns}/{name} is stopped; start it first (POST /v1/sessions/{ns}/{name}/start)"
        );

    public static ProblemAnswer Moving(string ns, string name) =>
        new(
            503,
            "moving",
            "No pod serves the session now",
            $"{ns}/{name} waits for a place or is moving to another pod; nothing was done, try again"
        )
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    public static ProblemAnswer PodBusy(string ns, string name) =>
        new(
            503,
            "busy",
            "The session's pod has enough to do",
            $"the pod of {ns}/{name} is answering as many requests as it is given at once; nothing was done, try again"
        )
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static ProblemAnswer OutcomeUnknown(string ns, string name) =>
        new(
            502,
            "outcome-unknown",
            "Not known whether it was done",
            $"the pod of {ns}/{name} was lost before it answered; look whether it was done before you try again"
        );

    public static ProblemAnswer MessageUnknown(string ns, string name, string id) =>
        new(
            502,
            "outcome-unknown",
            "Not known whether it was queued",
            $"the pod of {ns}/{name} was lost before it answered; ask again with the id {id}: it is not sent twice"
        )
        {
            Retryable = true,
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    public static ProblemAnswer GatewayFailed() =>
        new(
            500,
            "internal",
            "The gateway failed to answer",
            "this is a fault of the gateway, and is in its log; a message may be sent again with the same id"
        )
        {
            Retryable = true,
        };
}
