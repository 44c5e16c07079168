namespace WaOperator.Resources;

/// <summary>Reasons in conditions, statuses and events. People search for them: never change one.</summary>
public static class Reasons
{
    /// <summary>All is as it was asked for.</summary>
    public const string AsDeclared = "AsDeclared";

    /// <summary>A rule of the schema is broken, which the API server did not check.</summary>
    public const string InvalidSpec = "InvalidSpec";

    /// <summary>An immutable field differs from what the session was made with.</summary>
    public const string ImmutableFieldChanged = "ImmutableFieldChanged";

    /// <summary>There is no such tenant in the session's namespace.</summary>
    public const string TenantNotFound = "TenantNotFound";

    /// <summary>The tenant is suspended.</summary>
    public const string TenantSuspended = "TenantSuspended";

    /// <summary>The tenant is being deleted.</summary>
    public const string TenantDeleting = "TenantDeleting";

    /// <summary>The tenant waits with its deletion for its sessions.</summary>
    public const string SessionsRemain = "SessionsRemain";

    /// <summary>The pool waits with its deletion until no process of its shards can act any more.</summary>
    public const string ShardsRemain = "ShardsRemain";

    /// <summary>A former owner of the session may still act for it, for longer than a lease lives.</summary>
    public const string OwnerRemains = "OwnerRemains";

    /// <summary>Too many sessions would go at once: the operator waits for the administrator's word.</summary>
    public const string RemovalHeld = "RemovalHeld";

    /// <summary>The pool's namespace may not serve others: the administrator has not listed it.</summary>
    public const string NotShared = "NotShared";

    /// <summary>The tenant's phone rules refuse the number.</summary>
    public const string PhoneNotAllowed = "PhoneNotAllowed";

    /// <summary>The resource asks for something that this version cannot do.</summary>
    public const string NotSupported = "NotSupported";

    /// <summary>Another session has the same phone.</summary>
    public const string Conflict = "Conflict";

    /// <summary>The API server refuses an object that the operator makes for the resource; the message has its words.</summary>
    public const string ObjectRefused = "ObjectRefused";

    /// <summary>The API server refuses the pods of the pool's StatefulSet; the message has its words.</summary>
    public const string PodRefused = "PodRefused";

    /// <summary>No pool of that name serves the session's namespace.</summary>
    public const string PoolNotFound = "PoolNotFound";

    /// <summary>A Secret or a key in it is missing.</summary>
    public const string SecretNotFound = "SecretNotFound";

    /// <summary>A Secret's value cannot be used.</summary>
    public const string SecretInvalid = "SecretInvalid";

    /// <summary>No shard that serves has room under every limit.</summary>
    public const string NoCapacity = "NoCapacity";

    /// <summary>The session needs more memory than a whole shard may hold.</summary>
    public const string TooLarge = "TooLarge";

    /// <summary>The tenant has used up its sessions or its memory.</summary>
    public const string TenantLimit = "TenantLimit";

    /// <summary>A code waits to be scanned.</summary>
    public const string Pairing = "Pairing";

    /// <summary>The codes have run out; see <see cref="Annotations.Pair"/>.</summary>
    public const string PairingExpired = "PairingExpired";

    /// <summary>Another phone than the declared one scanned the code.</summary>
    public const string PhoneMismatch = "PhoneMismatch";

    /// <summary>The phone has unlinked the device.</summary>
    public const string LoggedOut = "LoggedOut";

    /// <summary>Somebody else logged in with the session's credentials.</summary>
    public const string Replaced = "Replaced";

    /// <summary>WhatsApp refuses the account.</summary>
    public const string Banned = "Banned";

    /// <summary>Stopped as asked for.</summary>
    public const string Stopped = "Stopped";

    /// <summary>The operator cannot reach PostgreSQL.</summary>
    public const string DatabaseUnavailable = "DatabaseUnavailable";

    /// <summary>The shard's pod is not up.</summary>
    public const string ShardNotServing = "ShardNotServing";

    /// <summary>Sessions still move away from a shard that a person wants empty.</summary>
    public const string Draining = "Draining";

    /// <summary>The shards that a person wants empty are.</summary>
    public const string Drained = "Drained";

    /// <summary>A process that should be gone still renews the shard's lease.</summary>
    public const string ShardHeldByOldPod = "ShardHeldByOldPod";

    /// <summary>New pods do not become ready; the rollout stopped at the first.</summary>
    public const string RolloutStopped = "RolloutStopped";

    /// <summary>The device could not be taken off the phone in time before the session was deleted.</summary>
    public const string UnlinkFailed = "UnlinkFailed";
}
