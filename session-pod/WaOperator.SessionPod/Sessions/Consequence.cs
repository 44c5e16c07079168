using WaOperator.SessionPod.Commit;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.SessionPod.Sessions;

/// <summary>What a session does after something ended: how soon it continues, and what it reports. Pure.</summary>
/// <param name="Pace">How soon it continues.</param>
/// <param name="Report">Makes the state that is reported; null: nothing is.</param>
/// <param name="WipeKeys">The keys are removed together with the report.</param>
internal readonly record struct Consequence(
    RedialPace Pace,
    Func<SessionState, SessionState>? Report,
    bool WipeKeys = false
)
{
    /// <summary>A connection ended by itself.</summary>
    /// <param name="end">How.</param>
    /// <param name="pace">The pace so far.</param>
    /// <param name="state">The last reported state.</param>
    /// <param name="wanted">What the operator wants.</param>
    /// <param name="random">0 to 1, excluding 1: spreads the waits.</param>
    public static Consequence OfEnd(
        ConnectionEnd end,
        RedialPace pace,
        SessionState state,
        Assignment wanted,
        double random
    )
    {
        var after = Aftermath.Of(end.Disconnect.Kind, state.Phase, state.Paired);
        var next = Established(end, pace)
            .After(after.Redial, end.Disconnect, end.Held ?? TimeSpan.Zero, random);
        // A connection that follows at once reports for itself.
        return next.Wait > TimeSpan.Zero
            ? new(next, s => SessionReports.Ended(s, end.Disconnect, after, wanted), after.WipeKeys)
            : new(next, null);
    }

    /// <summary>The pod left a connection: after too long a silence, for another desired state, or because unlinking failed.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="pace">The pace so far.</param>
    /// <param name="silenced">It was left after too long a silence.</param>
    /// <param name="closing">The session is to end.</param>
    /// <param name="random">0 to 1, excluding 1: spreads the waits.</param>
    public static Consequence OfLeaving(
        ConnectionEnd end,
        RedialPace pace,
        bool silenced,
        bool closing,
        double random
    )
    {
        var next = Established(end, pace);
        var failure = end.NotUnlinked;
        if (closing || (!silenced && failure is null))
            return new(next, null);
        return new(
            failure is null ? next : next.Failed(TimeSpan.Zero, random),
            s => SessionReports.Left(s, failure)
        );
    }

    /// <summary>A step failed. A failure of the database is not reported: it could not be written, and says nothing of the session.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="pace">The pace so far.</param>
    /// <param name="random">0 to 1, excluding 1: spreads the waits.</param>
    public static Consequence OfFailure(Exception failure, RedialPace pace, double random)
    {
        var next = pace.Failed(TimeSpan.Zero, random);
        return CommitFailure.Classify(failure) is not null
            ? new(next, null)
            : new(next with { Wait = Backoff.Most }, s => SessionReports.Broken(s, failure));
    }

    private static RedialPace Established(ConnectionEnd end, RedialPace pace) =>
        end.Held is null ? pace : pace.Connected;
}
