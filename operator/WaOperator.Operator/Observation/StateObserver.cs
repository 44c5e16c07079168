using WaOperator.Operator.Sessions;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Observation;

/// <summary>Follows the change feed of what sessions report, and of their codes.</summary>
internal sealed class StateObserver(ObservedStore observed, SessionBook book)
{
    private string _cursor = ObservedStore.Beginning;

    /// <summary>Reads what changed since the last look; the first reads all.</summary>
    /// <returns>The states that were read.</returns>
    public async Task<IReadOnlyList<ObservedSession>> LookAsync(CancellationToken ct)
    {
        var changes = await observed.ReadChangesAsync(_cursor, ct);
        foreach (var session in changes.Sessions)
            book.UpdateKnown(
                session.Uid,
                f =>
                    f with
                    {
                        Observed = session,
                        // A code is of use only while the session waits for its phone.
                        Code = session.State.Phase == SessionPhase.Pairing ? f.Code : null,
                    }
            );
        foreach (var pairing in changes.Pairings)
            book.UpdateKnown(pairing.Uid, f => f with { Code = pairing.Code });
        _cursor = changes.Cursor;
        return changes.Sessions;
    }
}
