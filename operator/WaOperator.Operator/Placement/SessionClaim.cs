using WaOperator.Resources;

namespace WaOperator.Operator.Placement;

/// <summary>What a session claims by its declaration, or may claim at most.</summary>
/// <param name="Memory">Bytes that it is counted with until it has been measured.</param>
/// <param name="Priority">The greater goes first when there is not enough room.</param>
public readonly record struct SessionClaim(long Memory, int Priority)
{
    /// <summary>No bound.</summary>
    public static readonly SessionClaim Unlimited = new(long.MaxValue, int.MaxValue);

    /// <summary>What the session declares; an amount that is none counts as nothing.</summary>
    public static SessionClaim Of(SessionSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new(
            spec.MemoryEstimate.TryGetValue(out _) ? spec.MemoryEstimate.ToBytes() : 0,
            spec.Priority
        );
    }

    /// <summary>What of the claim counts.</summary>
    public SessionClaim UpTo(SessionClaim most) =>
        new(Math.Min(Memory, most.Memory), Math.Min(Priority, most.Priority));

    /// <summary>What of a session's claim does not count, for people; null when all of it does.</summary>
    public static string? Excess(SessionSpec spec, SessionClaim most)
    {
        var claimed = Of(spec);
        var counts = claimed.UpTo(most);
        var parts = new List<string>(2);
        if (counts.Memory < claimed.Memory)
            parts.Add(
                $"memoryEstimate {spec.MemoryEstimate} counts as {Quantity.FromBytes(counts.Memory)}"
            );
        if (counts.Priority < claimed.Priority)
            parts.Add($"priority {spec.Priority} counts as {counts.Priority}");
        return parts.Count == 0
            ? null
            : $"{string.Join(" and ", parts)}: its pool lets one session claim no more (spec.perSession of the pool)";
    }
}
