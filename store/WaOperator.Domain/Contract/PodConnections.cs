namespace WaOperator.Domain;

/// <summary>
/// The <c>application_name</c> of a pod's connections to PostgreSQL. The function <c>wa.end_backends</c> of the schema has the same
/// pattern; the database keeps 63 bytes of a name.
/// </summary>
public static class PodConnections
{
    /// <summary>Of connections that write in a lease epoch, so that a claim can end those of an owner that is gone.</summary>
    /// <param name="poolUid">UID of the pool.</param>
    /// <param name="ordinal">Ordinal of the pod.</param>
    /// <param name="leaseEpoch">The epoch; 0 before there is one.</param>
    public static string Application(string poolUid, int ordinal, long leaseEpoch) =>
        $"wa-pod/{(poolUid.Length > 36 ? poolUid[..36] : poolUid)}/{ordinal}/{leaseEpoch}";

    /// <summary>Of the connection for the lease alone. It holds no locks that a claim waits for, so it needs no epoch.</summary>
    public static string LeaseApplication(string poolUid, int ordinal) =>
        $"wa-pod/{poolUid}/{ordinal}/lease";
}
