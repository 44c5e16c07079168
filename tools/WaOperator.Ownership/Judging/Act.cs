namespace WaOperator.Ownership.Judging;

/// <summary>An owner acted: between two readings of CLOCK_BOOTTIME it asked whether it may, and was told that it may.</summary>
/// <param name="Session">For which session.</param>
/// <param name="Epoch">Under which epoch of the session.</param>
/// <param name="Owner">Who.</param>
/// <param name="From">Ticks read before it asked.</param>
/// <param name="To">Ticks read after it was told.</param>
internal readonly record struct Act(long Session, long Epoch, string Owner, long From, long To);
