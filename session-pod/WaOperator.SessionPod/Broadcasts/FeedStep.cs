using WaOperator.Domain;
using WaOperator.Store;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>What the next step of a broadcast depends on.</summary>
internal readonly record struct FeedView
{
    /// <summary>The time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>When the next message is due.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>The session's state.</summary>
    public required SessionState Session { get; init; }

    /// <summary>Whether a recipient waits for its turn.</summary>
    public required bool HasNext { get; init; }

    /// <summary>Messages of it that are in the outbox and not settled.</summary>
    public required int InFlight { get; init; }

    /// <summary>Whether another message of the session waits to be sent.</summary>
    public bool OthersWait { get; init; }

    /// <summary>Messages that were sent or refused.</summary>
    public required long Settled { get; init; }

    /// <summary>Of those the refused ones.</summary>
    public required long Failed { get; init; }
}

/// <summary>What a broadcast does next. Pure.</summary>
internal abstract record FeedStep
{
    /// <summary>Messages of a broadcast that are in the outbox at once at most: so many go out after it was paused.</summary>
    public const int Ahead = 3;

    /// <summary>How long a session that has other messages to send is left alone.</summary>
    internal static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    /// <summary>How long a session that does not send, or not so fast, is left alone.</summary>
    internal static readonly TimeSpan Long = TimeSpan.FromSeconds(5);

    /// <summary>After what time it looks again at the latest, since the session may have changed.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>Decides.</summary>
    public static FeedStep Next(in FeedView view, StopOn stop)
    {
        if (Unfit(view, stop) is { } reason)
            return new Stop(reason);
        if (!view.HasNext && view.InFlight == 0)
            return new Finish();
        if (view.Session.Phase != SessionPhase.Connected || !view.HasNext || view.InFlight >= Ahead)
            return new Wait(Long);
        if (view.Due > view.Now)
            return new Wait(view.Due - view.Now < Longest ? view.Due - view.Now : Longest);
        return view.OthersWait ? new Wait(Short) : new Feed();
    }

    /// <summary>Why it is to stop; null: it is not.</summary>
    private static string? Unfit(in FeedView view, StopOn stop) =>
        view.Session switch
        {
            { Phase: SessionPhase.Banned } => StopReasons.Banned,
            { Paired: false } => StopReasons.LoggedOut,
            { Reason: var reason } when stop.Timelocked && reason == Reasons.ReachOutTimelock =>
                StopReasons.Timelocked,
            _ when view.Settled >= StopOn.LeastSettled
                    && view.Failed * 100 >= view.Settled * stop.FailedPercent =>
                StopReasons.TooManyFailed,
            _ => null,
        };

    /// <summary>The next recipient is written to.</summary>
    internal sealed record Feed : FeedStep;

    /// <summary>Nothing yet.</summary>
    /// <param name="Time">For how long.</param>
    internal sealed record Wait(TimeSpan Time) : FeedStep;

    /// <summary>It stops by itself.</summary>
    /// <param name="Reason">One of <see cref="StopReasons"/>.</param>
    internal sealed record Stop(string Reason) : FeedStep;

    /// <summary>Nothing is left to do.</summary>
    internal sealed record Finish : FeedStep;
}

/// <summary>Why broadcasts stop by themselves, and recipients are skipped: words for programs.</summary>
internal static class StopReasons
{
    /// <summary>WhatsApp refuses the account.</summary>
    public const string Banned = "Banned";

    /// <summary>No phone is linked any more.</summary>
    public const string LoggedOut = "LoggedOut";

    /// <summary>WhatsApp lets the account write to no new chats.</summary>
    public const string Timelocked = "Timelocked";

    /// <summary>More messages were refused than stopOn.failedPercent allows.</summary>
    public const string TooManyFailed = "TooManyFailed";

    /// <summary>Its message can no longer be made: its file has expired, or it is damaged.</summary>
    public const string MessageInvalid = "MessageInvalid";

    /// <summary>Of a recipient: with its values the message is none that may be sent.</summary>
    public const string ValuesInvalid = "ValuesInvalid";

    /// <summary>Of a recipient: what is stored of it cannot be read.</summary>
    public const string Unreadable = "Unreadable";

    /// <summary>Of a recipient: spec.phoneRules of the tenant do not allow it.</summary>
    public const string NotAllowed = "NotAllowed";

    /// <summary>Of a recipient: its message was taken back.</summary>
    public const string TakenBack = "TakenBack";
}
