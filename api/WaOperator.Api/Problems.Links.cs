namespace WaOperator.Api;

/// <content>Signed links.</content>
internal static partial class Problems
{
    public static ProblemAnswer NoLink() =>
        new(
            404,
            "invalid-link",
            "The link opens nothing",
            "it has expired, has served, was changed on the way, or is of another installation or of a stopped session; ask for a new one"
        );

    public static ProblemAnswer TooManyLinks() =>
        new(
            429,
            "rate-limited",
            "Too many unknown links",
            "too many links that open nothing were tried from this address; try again in a second"
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
            Retryable = true,
        };
}
