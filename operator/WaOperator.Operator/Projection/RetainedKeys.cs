using WaOperator.Operator.Sessions;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>
/// The rows that stay without their resource for the sake of their keys, each with what was last seen of it: that is known at
/// once when a session adopts it.
/// </summary>
internal sealed class RetainedKeys(DesiredStore store)
{
    private readonly Dictionary<long, ObservedSession?> _seen = [];

    /// <summary>The row is retained already.</summary>
    public void Load(long id, ObservedSession? seen) => _seen[id] = seen;

    /// <summary>Retains the row of a session whose resource goes.</summary>
    public async Task RetainAsync(StoredSession stored, ObservedSession? seen, CancellationToken ct)
    {
        await store.RetainSessionAsync(stored.Id, ct);
        _seen[stored.Id] = seen;
    }

    /// <summary>The row was written for a session: it is retained no longer.</summary>
    /// <param name="id">Its key.</param>
    /// <param name="row">As written.</param>
    /// <param name="seen">What was seen of the row, now as of that session; null if nothing was.</param>
    /// <returns>Whether it was retained.</returns>
    public bool Adopt(long id, SessionRow row, out ObservedSession? seen)
    {
        var adopted = _seen.Remove(id, out seen);
        if (seen is not null)
            seen = seen with { Uid = row.Uid, Namespace = row.Namespace, Name = row.Name };
        return adopted;
    }
}
