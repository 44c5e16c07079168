using WaOperator.SessionPod.Limits;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>
/// The fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-11): what a tenant may send, what is left of it (r),
/// and in how many seconds more is left (t).
/// </summary>
internal static class RateLimitFields
{
    /// <summary>Its name.</summary>
    public const string Policy = "RateLimit-Policy";

    /// <summary>Its name.</summary>
    public const string State = "RateLimit";

    /// <summary>Seconds of a minute's window.</summary>
    public const int Minute = 60;

    /// <summary>Seconds of a day's window.</summary>
    public const int Day = 24 * 60 * 60;

    /// <summary>Sets them; without limits there are none.</summary>
    /// <param name="response">The answer to a message, or to several.</param>
    /// <param name="limits">How the limits stand; null where they were not asked.</param>
    /// <param name="tokens">How the session's pace stands; null: there is none.</param>
    public static void Write(HttpResponse response, LimitReading? limits, LimitState? tokens)
    {
        var (policy, state) = Of(limits ?? LimitReading.None, tokens);
        if (policy.Length == 0)
            return;
        response.Headers[Policy] = policy;
        response.Headers[State] = state;
    }

    /// <summary>Their values. Pure.</summary>
    public static (string Policy, string State) Of(LimitReading limits, LimitState? tokens)
    {
        List<string> policies = [];
        List<string> states = [];
        Add("tenant-minute", Minute, limits.Minute);
        Add("recipient-minute", Minute, limits.Recipient);
        Add("tenant-day", Day, limits.Day);
        Add("session-pace", Minute, tokens);
        return (string.Join(", ", policies), string.Join(", ", states));

        void Add(string name, int window, LimitState? state)
        {
            if (state is not { } known)
                return;
            var reset = Seconds(known.Reset);
            policies.Add(Text($"\"{name}\";q={known.Limit};w={window}"));
            states.Add(Text($"\"{name}\";r={known.Remaining};t={reset}"));
        }
    }

    /// <summary>A time to wait as it is told.</summary>
    public static long Seconds(TimeSpan wait) => (long)Math.Ceiling(wait.TotalSeconds);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>How the limits stand after several messages: the least that is left; their recipients differ. Pure.</summary>
    public static LimitReading? AfterAll(IEnumerable<LimitReading?> readings)
    {
        LimitReading? least = null;
        foreach (var one in readings)
            if (one is not null)
                least = new(
                    Less(least?.Minute, one.Minute),
                    Recipient: null,
                    Less(least?.Day, one.Day)
                );
        return least;
    }

    private static LimitState? Less(LimitState? a, LimitState? b) =>
        a is null || b?.Remaining < a.Value.Remaining ? b ?? a : a;
}
