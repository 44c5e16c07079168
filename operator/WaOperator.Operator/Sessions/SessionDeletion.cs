using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Sessions;

/// <summary>What is to be done next about a session that is being deleted.</summary>
public enum DeletionStep
{
    /// <summary>Keep its keys and let it go.</summary>
    Retain,

    /// <summary>Wipe its rows and let it go.</summary>
    Remove,

    /// <summary>Ask its shard to unlink it.</summary>
    AskUnlink,

    /// <summary>Its shard is at it.</summary>
    Wait,

    /// <summary>Unlinking took too long: say so, wipe its rows and let it go.</summary>
    GiveUp,
}

/// <summary>How a session is deleted: a pure function.</summary>
public static class SessionDeletion
{
    /// <summary>How long unlinking is tried before the session goes without.</summary>
    public static readonly TimeSpan UnlinkLimit = TimeSpan.FromSeconds(60);

    /// <summary>The next step of its deletion.</summary>
    /// <param name="session">The resource.</param>
    /// <param name="facts">What is known of it; it has a row.</param>
    /// <param name="since">For how long its deletion has been known.</param>
    public static DeletionStep Decide(WhatsAppSession session, SessionFacts facts, TimeSpan since)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(facts);
        if (session.Spec.DeletionPolicy == DeletionPolicies.Retain)
            return DeletionStep.Retain;
        if (session.Metadata.Annotation(Annotations.SkipUnlink) == "true")
            return DeletionStep.Remove;
        if (!MayBeLinked(facts))
            return DeletionStep.Remove;
        if (since >= UnlinkLimit)
            return DeletionStep.GiveUp;
        return facts.Stored?.Row.Desired == DesiredState.Deleting
            ? DeletionStep.Wait
            : DeletionStep.AskUnlink;
    }

    /// <summary>A session that no one ever owned has no device; one that pairs just now may have one at any moment.</summary>
    private static bool MayBeLinked(SessionFacts facts) =>
        facts.Observed?.State is { } state
        && state.Phase != SessionPhase.Unlinked
        && (state.Paired || (state.Phase == SessionPhase.Pairing && facts.Shard is not null));
}
