using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;

namespace WaOperator.Operator.Tenants;

/// <summary>Makes the status of a tenant: a pure function of the tenant and its sessions.</summary>
public static class TenantStatusBuilder
{
    /// <summary>The status; its conditions keep their times unless they change now.</summary>
    /// <param name="tenant">The resource with its present status.</param>
    /// <param name="sessions">The sessions that refer to it.</param>
    /// <param name="found">What is wrong with its row or its API keys.</param>
    /// <param name="now">For conditions whose status changes.</param>
    public static TenantStatus Build(
        WhatsAppTenant tenant,
        IReadOnlyCollection<WhatsAppSession> sessions,
        Trouble? found,
        DateTimeOffset now
    )
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(sessions);
        var set = new ConditionSet(tenant.Status?.Conditions, tenant.Metadata.Generation, now);
        if (tenant.Metadata.IsBeingDeleted)
        {
            var waits = sessions.Count switch
            {
                0 => "is being deleted",
                1 => "its deletion waits for 1 session that refers to it; delete it",
                var n => $"its deletion waits for {n} sessions that refer to it; delete them",
            };
            set.Add(ConditionTypes.Ready, false, Reasons.SessionsRemain, waits);
            set.Add(ConditionTypes.Reconciling, true, Reasons.Deleting, waits);
        }
        else if (Validity.Of(tenant) is { Count: > 0 } broken)
        {
            var what = Violation.Describe(broken);
            set.Add(ConditionTypes.Ready, false, Reasons.InvalidSpec, what);
            set.Add(ConditionTypes.Stalled, true, Reasons.InvalidSpec, what);
        }
        else if (found is { } trouble)
        {
            set.Add(ConditionTypes.Ready, false, trouble.Reason, trouble.Message);
            set.Add(ConditionTypes.Stalled, true, trouble.Reason, trouble.Message);
        }
        else if (Unsupported.Of(tenant) is { Count: > 0 } vain)
        {
            var what = Violation.Describe(vain);
            set.Add(ConditionTypes.Ready, false, Reasons.NotSupported, what);
            set.Add(ConditionTypes.Stalled, true, Reasons.NotSupported, what);
        }
        else if (tenant.Spec.Suspended)
            set.Add(
                ConditionTypes.Ready,
                true,
                Reasons.TenantSuspended,
                "its sessions are stopped as declared"
            );
        else
            set.Add(ConditionTypes.Ready, true, Reasons.AsDeclared, Reasons.AsDeclared.Meaning);
        return new()
        {
            ObservedGeneration = tenant.Metadata.Generation,
            Sessions = Count(sessions),
            Conditions = set.Conditions,
        };
    }

    private static TenantSessionCounts Count(IReadOnlyCollection<WhatsAppSession> sessions) =>
        new()
        {
            Total = sessions.Count,
            Placed = sessions.Count(s => s.Status?.Shard is not null),
            Connected = sessions.Count(s =>
                s.Status?.Conditions.IsTrue(ConditionTypes.Connected) == true
            ),
            Pairing = sessions.Count(s => s.Status?.Phase == SessionPhases.Pairing),
            Failed = sessions.Count(s =>
                s.Status?.Conditions.IsTrue(ConditionTypes.Stalled) == true
            ),
        };
}
