namespace WaOperator.Store.Pod;

/// <summary>The answer to a renewal.</summary>
public enum RenewOutcome
{
    /// <summary>It had not expired.</summary>
    Renewed,

    /// <summary>It had lapsed, but no session was taken meanwhile: continue with the same epoch.</summary>
    Retaken,

    /// <summary>Taken, ended or released: drop everything and start empty with a new epoch.</summary>
    Refused,
}

/// <summary>A renewal's outcome.</summary>
/// <param name="Outcome">Whether the lease is held on.</param>
/// <param name="StepDown">A newer pod of this ordinal waits: close, persist, release.</param>
public readonly record struct Renewal(RenewOutcome Outcome, bool StepDown);

/// <summary>The answer to a try to take a lease.</summary>
/// <param name="Epoch">The new epoch, or null while another process holds it.</param>
/// <param name="HeldBy">Name of the holder's pod. Empty: the operator has not seen this pod under its ordinal yet, or its pool is gone.</param>
public readonly record struct Acquisition(long? Epoch, string HeldBy);
