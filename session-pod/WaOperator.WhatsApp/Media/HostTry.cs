namespace WaOperator.WhatsApp.Media;

/// <summary>What one request to one media host came to.</summary>
internal enum HostOutcome
{
    /// <summary>The file is there.</summary>
    Done,

    /// <summary>The host answered, and not with what was asked for.</summary>
    Refused,

    /// <summary>No connection, no answer, or no progress: nothing that a file or its address can cause.</summary>
    Unreachable,
}

/// <summary>What one request to one media host came to, and why.</summary>
/// <param name="Outcome">What it came to.</param>
/// <param name="Reason">Why it failed, for people; null when it did not.</param>
/// <param name="RetryAfter">How long the host asks to be left alone.</param>
internal readonly record struct HostTry(
    HostOutcome Outcome,
    string? Reason = null,
    TimeSpan? RetryAfter = null
)
{
    public static HostTry Done => default;

    public static HostTry Refused(HttpResponseMessage response) =>
        new(
            HostOutcome.Refused,
            $"HTTP {(int)response.StatusCode}",
            response.Headers.RetryAfter?.Delta
        );

    public static HostTry Refused(string reason) => new(HostOutcome.Refused, reason);

    public static HostTry Unreachable(string reason) => new(HostOutcome.Unreachable, reason);
}

/// <summary>What a transfer does after a try.</summary>
internal enum Next
{
    /// <summary>Ends, well or not.</summary>
    End,

    /// <summary>Tries at once: another host, or the rest of a file of which something came.</summary>
    AtOnce,

    /// <summary>Tries after a pause: every host has failed.</summary>
    AfterPause,
}

/// <summary>What a transfer does after a try, and how long a host asked it to wait at least.</summary>
internal readonly record struct Decision(Next Next, TimeSpan? RetryAfter = null);
