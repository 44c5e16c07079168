namespace WaOperator.SessionPod.Api;

/// <summary>An error as application/problem+json (RFC 9457). The texts are in <see cref="Problems"/>.</summary>
internal sealed class ProblemAnswer(int status, string title, string detail) : IResult
{
    /// <summary>When to try again; null where that is of no use.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How to authenticate; null where that is not what is missing.</summary>
    public string? Challenge { get; init; }

    /// <summary>The pod that runs the session: host and port of its API.</summary>
    public string? Owner { get; init; }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = $"{(long)wait.TotalSeconds}";
        if (Challenge is not null)
            response.Headers.WWWAuthenticate = Challenge;
        return response.WriteAsJsonAsync(
            new Problem(title, status, detail, Owner),
            ApiJson.Default.Problem,
            "application/problem+json"
        );
    }
}
