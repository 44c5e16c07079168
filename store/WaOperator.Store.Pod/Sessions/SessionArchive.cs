namespace WaOperator.Store.Pod;

/// <summary>The archived keys of a session, without their bytes. Its session's owner writes and restores them; the operator removes those that are too old.</summary>
/// <param name="At">When they were wiped.</param>
/// <param name="Phone">Phone number of the account, as its owner had reported it; null when it had not. Likewise the others.</param>
/// <param name="Jid">Device JID.</param>
/// <param name="Lid">Device LID.</param>
/// <param name="Platform">The phone's platform.</param>
public sealed record SessionArchive(
    DateTimeOffset At,
    string? Phone,
    string? Jid,
    string? Lid,
    string? Platform
);
