using System.Globalization;
using System.Text;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>What became of a post.</summary>
internal enum PostOutcome
{
    /// <summary>The endpoint has it.</summary>
    Delivered,

    /// <summary>The endpoint takes nothing now, whatever is posted.</summary>
    EndpointFailure,

    /// <summary>The endpoint refuses this event.</summary>
    MessageFailure,

    /// <summary>The endpoint wants nothing more, ever.</summary>
    Gone,
}

/// <summary>What an endpoint said.</summary>
/// <param name="Verdict">What that means.</param>
/// <param name="Status">The status code; null: there was no answer.</param>
internal sealed record PostAnswer(PostVerdict Verdict, int? Status = null)
{
    /// <summary>How its body begins, as far as that is of interest.</summary>
    public byte[] Body { get; init; } = [];
}

/// <summary>What an endpoint's answer means. Pure.</summary>
/// <param name="Outcome">What became of the post.</param>
/// <param name="Error">What was wrong, for people, without secrets; empty where nothing was.</param>
/// <param name="RetryAfter">For how long the endpoint asks to be left alone.</param>
/// <param name="Blames">The server failed, perhaps on this event alone.</param>
internal sealed record PostVerdict(
    PostOutcome Outcome,
    string Error = "",
    TimeSpan? RetryAfter = null,
    bool Blames = false
)
{
    /// <summary>The longest time that an endpoint is left alone for, since it asks to be.</summary>
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromHours(1);

    /// <summary>The longest text of an error.</summary>
    public const int MaxError = 300;

    /// <summary>Of an answer.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="reason">What stands beside it; any text.</param>
    /// <param name="retryAfter">How long to wait, if it says so.</param>
    public static PostVerdict Of(int status, string? reason, TimeSpan? retryAfter)
    {
        var told = string.Create(CultureInfo.InvariantCulture, $"HTTP {status} {Clean(reason)}")
            .TrimEnd();
        return status switch
        {
            >= 200 and < 300 => new(PostOutcome.Delivered),
            410 => new(PostOutcome.Gone, told),
            < 400 => new(
                PostOutcome.EndpointFailure,
                $"{told}: it leads to another address, which is never followed; give that one",
                Bounded(retryAfter)
            ),
            408 or 425 or 429 => new(PostOutcome.EndpointFailure, told, Bounded(retryAfter)),
            < 500 => new(PostOutcome.MessageFailure, told),
            _ => new(PostOutcome.EndpointFailure, told, Bounded(retryAfter), Blames: true),
        };
    }

    /// <summary>Of a post that got no answer.</summary>
    /// <param name="error">What happened.</param>
    /// <param name="blames">It had been sent: what is in it may be the reason.</param>
    public static PostVerdict Unanswered(string error, bool blames = false) =>
        new(PostOutcome.EndpointFailure, Clean(error), Blames: blames);

    /// <summary>In one line and not too long.</summary>
    private static string Clean(string? text)
    {
        var clean = new StringBuilder();
        foreach (var c in text ?? "")
            if (clean.Length < MaxError - 100)
                clean.Append(char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c);
        return clean.ToString().Trim();
    }

    private static TimeSpan? Bounded(TimeSpan? asked) =>
        asked is not { } time || time <= TimeSpan.Zero ? null
        : time < MaxRetryAfter ? time
        : MaxRetryAfter;
}
