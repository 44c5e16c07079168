using WaOperator.Api;

namespace WaOperator.Gateway.Cloud;

/// <summary>Problems of gateway and pods as errors in Meta's shape. Pure.</summary>
internal static class CloudErrors
{
    // A number's own limit, as pods tell it: nothing is left for this recipient.
    private const string PairIsSpent = "\"recipient-minute\";r=0;";

    /// <summary>Whether a path is one whose errors have this shape.</summary>
    public static bool Covers(PathString path) =>
        path.StartsWithSegments("/cloud", StringComparison.OrdinalIgnoreCase);

    /// <summary>A problem of the gateway.</summary>
    public static CloudRefusal Of(ProblemAnswer problem) =>
        new(CodeOf(problem.Slug, problem.Status), problem.Detail)
        {
            Status = problem.Status,
            RetryAfter = problem.RetryAfter is { } wait
                ? $"{(long)Math.Ceiling(wait.TotalSeconds)}"
                : null,
        };

    /// <summary>A problem of the gateway with a body: what it says cannot be a message at all.</summary>
    public static CloudRefusal OfBody(ProblemAnswer problem) =>
        problem.Status is 400 or 413 or 415
            ? new(CloudCode.Parameter, problem.Detail) { Status = problem.Status }
            : Of(problem);

    /// <summary>A problem that a pod answered with.</summary>
    /// <param name="status">The status of its answer.</param>
    /// <param name="problem">The problem; null for none that can be read.</param>
    /// <param name="rateLimit">Its header RateLimit; null for none.</param>
    /// <param name="retryAfter">Its header Retry-After; null for none.</param>
    public static CloudRefusal Of(
        int status,
        Problem? problem,
        string? rateLimit,
        string? retryAfter
    )
    {
        var code = CodeOf(SlugOf(problem?.Type), status);
        if (
            code == CloudCode.Rate
            && rateLimit?.Contains(PairIsSpent, StringComparison.Ordinal) == true
        )
            code = CloudCode.Pair;
        return new(code, problem?.Detail ?? "the session's pod gave no answer that can be read")
        {
            Status = status,
            RetryAfter = retryAfter,
        };
    }

    /// <summary>The error of a kind of problem.</summary>
    public static CloudCode CodeOf(string? slug, int status) =>
        slug switch
        {
            "unauthorized" => CloudCode.Token,
            "forbidden-scope" or "forbidden-session" => CloudCode.Scope,
            "rate-limited" or "queue-full" => CloudCode.Rate,
            "not-registered" or "recipient-not-allowed" or "blocked" => CloudCode.Undeliverable,
            "not-supported" => CloudCode.Kind,
            "media-type"
            or "media-too-large"
            or "media-url"
            or "media-fetch"
            or "media-hosts"
            or "media-gone"
            or "media-damaged"
            or "media-received"
            or "unknown-media" => CloudCode.Media,
            "invalid-body"
            or "unknown-message"
            or "id-taken"
            or "idempotency-mismatch"
            or "expired"
            or "unknown-to-whatsapp"
            or "forbidden-by-whatsapp"
            or "refused-by-whatsapp" => CloudCode.Value,
            "not-paired" or "stopped" or "deleting" => CloudCode.NotLinked,
            "banned" or "timelocked" => CloudCode.Banned,
            "moving" or "busy" or "store-away" or "not-connected" or "no-answer" or "not-owner" =>
                CloudCode.Away,
            "unknown-session" or "unknown-path" or "method" or "unreadable" => CloudCode.Parameter,
            _ => OfStatus(status),
        };

    private static CloudCode OfStatus(int status) =>
        status switch
        {
            401 => CloudCode.Token,
            403 => CloudCode.Scope,
            429 => CloudCode.Rate,
            503 => CloudCode.Away,
            < 500 => CloudCode.Parameter,
            _ => CloudCode.Failed,
        };

    private static string? SlugOf(string? type) =>
        type?.StartsWith(ProblemAnswer.TypePrefix, StringComparison.Ordinal) == true
            ? type[ProblemAnswer.TypePrefix.Length..]
            : null;
}
