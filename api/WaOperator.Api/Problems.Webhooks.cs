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
}
