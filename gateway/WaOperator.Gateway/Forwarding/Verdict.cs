namespace WaOperator.Gateway.Forwarding;

/// <summary>What became of a request that was given to a pod.</summary>
internal enum Outcome
{
    /// <summary>The pod answered, and the client has it.</summary>
    Answered,

    /// <summary>Another pod owns the session; nothing was done (421).</summary>
    NotOwner,

    /// <summary>The session is on its way to or from this pod; nothing was done (503 moving).</summary>
    Moving,

    /// <summary>The pod cannot reach PostgreSQL: what may be asked again, may be asked again (503 store-away).</summary>
    StoreAway,

    /// <summary>No connection could be made: nothing was done.</summary>
    Unreachable,

    /// <summary>The pod had the request, or a part of it, and gave no whole answer.</summary>
    Lost,

    /// <summary>The pod has as many requests as it is given at once; it was not asked.</summary>
    Busy,

    /// <summary>The client's own body could not be read to its end.</summary>
    BodyBroken,

    /// <summary>The client has gone, or has got a part of an answer that cannot be taken back.</summary>
    ClientGone,
}

/// <summary>What to do then.</summary>
internal enum Step
{
    /// <summary>Nothing: the client was answered, or has gone.</summary>
    Done,

    /// <summary>Ask the directory now, and the pod that it names.</summary>
    Follow,

    /// <summary>Wait for an owner, and ask it.</summary>
    Wait,

    /// <summary>Send it once more, to whom the directory names now.</summary>
    Resend,

    /// <summary>503 moving: nothing was done.</summary>
    SayMoving,

    /// <summary>503 busy: nothing was done.</summary>
    SayBusy,

    /// <summary>502: it may have been done.</summary>
    SayUnknown,

    /// <summary>400, 408, 413: what is wrong with the client's body.</summary>
    SayUnreadable,
}

/// <summary>What happened to a request so far.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Followed">It went to another pod already because the first was not the owner.</param>
/// <param name="Resends">How often it was sent again after a pod was lost, or must be taken to have been.</param>
/// <param name="BodyBegun">A part of a body that is kept nowhere has been read.</param>
internal readonly record struct History(
    RequestKind Kind,
    bool Followed = false,
    int Resends = 0,
    bool BodyBegun = false
);

/// <summary>Decides what to do after a pod was asked.</summary>
internal static class Verdict
{
    /// <summary>
    /// How often a request is sent again after a pod was lost: a pod that ends may take and lose it more than once before the next owner
    /// is there. What is sent again can be: a read, or messages whose ids are fixed.
    /// </summary>
    public const int MaxResends = 3;

    /// <summary>What to do. Pure.</summary>
    /// <param name="outcome">What became of the request.</param>
    /// <param name="history">What happened before.</param>
    public static Step After(Outcome outcome, History history) =>
        outcome switch
        {
            Outcome.Answered or Outcome.ClientGone => Step.Done,
            Outcome.BodyBroken => Step.SayUnreadable,
            Outcome.Busy => Step.SayBusy,
            Outcome.Lost => AfterLoss(history),
            // Nothing was done, but what was read of the body cannot be sent again.
            _ when history.BodyBegun => Step.SayMoving,
            Outcome.NotOwner when !history.Followed => Step.Follow,
            _ => Step.Wait,
        };

    private static Step AfterLoss(History history) =>
        history switch
        {
            // The pod was lost before it asked for the file.
            { Kind: RequestKind.Upload, BodyBegun: false } => Step.Wait,
            { Kind: RequestKind.Upload or RequestKind.Write } => Step.SayUnknown,
            { Resends: < MaxResends } => Step.Resend,
            { Kind: RequestKind.Message } => Step.SayUnknown,
            _ => Step.SayMoving,
        };
}
