namespace WaOperator.Api;

/// <content>Of webhooks.</content>
internal static partial class Problems
{
    public static ProblemAnswer NoWebhook(string ns, string name) =>
        new(
            404,
            "unknown-webhook",
            "No such webhook",
            $"this API key opens no webhook {ns}/{name}; it opens those of its own tenant only, and none if it is limited to sessions"
        );

    public static ProblemAnswer NoPoster(string ns, string name) =>
        new(
            503,
            "moving",
            "No pod posts for the webhook now",
            $"the pods that post for {ns}/{name} are those that run sessions of its tenant, and none of them has it now; try again once a session runs"
        )
        {
            Retryable = true,
        };

    public static ProblemAnswer ReplayRuns(string ns, string name) =>
        new(
            409,
            "replay-running",
            "A replay runs",
            $"{ns}/{name} has a replay that is not done in one of the sessions; wait for its end (GET .../replay), or end it (DELETE .../replay)"
        );

    public static ProblemAnswer TooManyTests(string full, TimeSpan wait) =>
        new(429, "rate-limited", "Too many tests", full) { RetryAfter = wait, Retryable = true };
}
