using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Ownership;

/// <summary>What is placed on the shard against what runs on it.</summary>
/// <param name="Claim">Placed here and not run.</param>
/// <param name="Update">Run, and something else is desired now.</param>
/// <param name="Leave">Run, and no longer placed here.</param>
internal readonly record struct AssignmentDiff(
    IReadOnlyList<Assignment> Claim,
    IReadOnlyList<Assignment> Update,
    IReadOnlyList<long> Leave
)
{
    /// <summary>Compares; one look-up a session.</summary>
    /// <param name="placed">All that is placed on the shard.</param>
    /// <param name="running">What runs, by the session's key.</param>
    /// <param name="wishOf">What a running session knows of the operator's wish.</param>
    public static AssignmentDiff Between<T>(
        IReadOnlyList<Assignment> placed,
        IReadOnlyDictionary<long, T> running,
        Func<T, Assignment> wishOf
    )
    {
        var claim = new List<Assignment>();
        var update = new List<Assignment>();
        var leave = new List<long>();
        var seen = 0;
        foreach (var assignment in placed)
        {
            if (!running.TryGetValue(assignment.Id, out var session))
            {
                claim.Add(assignment);
                continue;
            }
            seen++;
            if (!IsSameWish(wishOf(session), assignment))
                update.Add(assignment);
        }
        if (seen < running.Count)
        {
            var ids = placed.Select(a => a.Id).ToHashSet();
            leave.AddRange(running.Keys.Where(id => !ids.Contains(id)));
        }
        return new(claim, update, leave);
    }

    /// <summary>Who owns a session is no wish: the owner knows.</summary>
    private static bool IsSameWish(Assignment a, Assignment b) =>
        a.Desired == b.Desired
        && a.SkipUnlink == b.SkipUnlink
        && a.PairRequest == b.PairRequest
        && a.RestoreRequest == b.RestoreRequest
        && a.LogoutAt == b.LogoutAt
        && a.PairingMethod == b.PairingMethod
        && a.DeviceName == b.DeviceName
        && a.PasskeyCode == b.PasskeyCode
        && a.History == b.History
        && a.ProxyVersion == b.ProxyVersion
        && a.Labels == b.Labels
        && a.Phone == b.Phone
        && a.TenantId == b.TenantId
        && a.Namespace == b.Namespace
        && a.Name == b.Name
        && a.Tenant == b.Tenant;
}
