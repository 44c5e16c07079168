namespace WaOperator.Domain;

/// <content>How a resource fares.</content>
public static partial class Reasons
{
    private const About AnyResource = About.Pool | About.Tenant | About.Session;

    /// <summary>All is as it was asked for.</summary>
    public static readonly Reason AsDeclared = Define(AnyResource, "as declared");

    /// <summary>A rule of the schema is broken.</summary>
    public static readonly Reason InvalidSpec = Define(
        AnyResource,
        "the object breaks a rule that its message names; what ran before keeps running unchanged",
        "correct it"
    );

    /// <summary>A field asks for something that this version does not do.</summary>
    public static readonly Reason NotSupported = Define(
        AnyResource,
        "a field, which the message names, asks for something that this version does not do",
        "remove the field"
    );

    /// <summary>The API server refuses an object that the operator makes.</summary>
    public static readonly Reason ObjectRefused = Define(
        AnyResource,
        "the API server refuses an object that the operator makes for this one: a quota, a policy, a permission or a webhook. The message has its words",
        "change what refuses it; it is tried again every few seconds"
    );

    /// <summary>PostgreSQL refuses to store what the object declares.</summary>
    public static readonly Reason ValueRefused = Define(
        About.Tenant | About.Session,
        "PostgreSQL refuses to store what the object declares. The message has its words; what ran before keeps running unchanged, and no other object is affected",
        "correct the value; it is tried again every minute"
    );

    /// <summary>The API server refuses the pods of the pool's StatefulSet.</summary>
    public static readonly Reason PodRefused = Define(
        About.Pool | About.Shard,
        "the API server refuses the pods themselves, most often for a quota or a security standard. The message has its words",
        "change what refuses them; Kubernetes tries again by itself, after 16 minutes at the latest"
    );

    /// <summary>The deletion waits for sessions.</summary>
    public static readonly Reason SessionsRemain = Define(
        About.Pool | About.Tenant,
        "waits with its deletion for its sessions",
        "delete them, or let the sessions of a pool name another pool"
    );

    /// <summary>The pool waits with its deletion until no process of its shards can act any more.</summary>
    public static readonly Reason ShardsRemain = Define(
        About.Pool,
        "serves no session any more; its pods end, and their leases must be over before its rows go",
        "nothing; if it lasts, `kubectl get pods` shows whose node is gone"
    );

    /// <summary>The pool's namespace may not serve others: the administrator has not listed it.</summary>
    public static readonly Reason NotShared = Define(
        About.Pool,
        "servedNamespaces names other namespaces, and the administrator has not listed the pool",
        "add it to the chart's sharedPools, or take the namespaces out"
    );

    /// <summary>Too many sessions would go at once: the operator waits for the administrator's word.</summary>
    public static readonly Reason RemovalHeld = Define(
        About.Session,
        "too many sessions would go at once; the operator waits for the administrator's word",
        "see \"When many sessions would go at once\" in the chart's README"
    );

    /// <summary>Another object has what this one needs.</summary>
    public static readonly Reason Conflict = Define(
        About.Pool | About.Session,
        "what it needs belongs to another: a session's phone, or the name of an object of a pool",
        "delete or rename one of the two"
    );

    /// <summary>A Secret's value cannot be used.</summary>
    public static readonly Reason SecretInvalid = Define(
        About.Tenant | About.Session,
        "a Secret is missing, is not ours, or holds what cannot be used",
        "correct the Secret that the message names"
    );

    /// <summary>Fewer shards serve than are declared.</summary>
    public static readonly Reason ShardNotServing = Define(
        About.Pool | About.Session,
        "a shard is away, or fewer serve than are declared",
        "status.shardStates of the pool says which and why"
    );

    /// <summary>Pods are replaced one after the other.</summary>
    public static readonly Reason RollingOut = Define(
        About.Pool,
        "pods are replaced one after the other"
    );

    /// <summary>A new pod does not start.</summary>
    public static readonly Reason RolloutStopped = Define(
        About.Pool,
        "a new pod does not start; no other is touched, and its sessions run on the other shards meanwhile",
        "correct the pool, or put the old value back: the broken pod is replaced first"
    );

    /// <summary>A process that should be gone still renews the shard's lease.</summary>
    public static readonly Reason ShardHeldByOldPod = Define(
        About.Pool,
        "a process that should be gone still renews the lease: a pod that was deleted by force, or whose node is cut off from the API server only",
        "nothing at first, since it is asked by way of PostgreSQL to step down and obeys within seconds; if it lasts, switch its node off"
    );

    /// <summary>Sessions still move away from a shard that a person wants empty.</summary>
    public static readonly Reason Draining = Define(
        About.Pool,
        "sessions move away from the shards that are to be drained",
        "see \"Drain a shard\" in the runbook"
    );

    /// <summary>The shards that a person wants empty are, or a session was moved for it.</summary>
    public static readonly Reason Drained = Define(
        About.Pool | About.Session,
        "of a pool: the shards that are to be drained are empty; of a session: it was moved since its shard goes away by plan, or since it is another pool's now",
        "take the annotation off a pool when done"
    );

    /// <summary>A shard is above a cap.</summary>
    public static readonly Reason OverCapacity = Define(
        About.Pool,
        "a shard stands above a cap, since sessions grew or the cap was lowered; sessions that run stay",
        "give the pool more shards or raise perShard"
    );

    /// <summary>The operator cannot use Redis, or not in full.</summary>
    public static readonly Reason RedisUnavailable = Define(
        About.Pool,
        "the operator cannot use Redis, or not in full; the message says why. Sessions keep working and nothing is lost: changes are found by polls, up to 5 seconds later",
        "correct the Secret with Redis' address, or Redis, as the message says; see \"Redis is away\" in the runbook"
    );

    /// <summary>The pool grows between its bounds.</summary>
    public static readonly Reason Growing = Define(
        About.Pool,
        "gets more shards for those who wait"
    );

    /// <summary>The pool shrinks between its bounds.</summary>
    public static readonly Reason Shrinking = Define(About.Pool, "needs fewer shards");

    /// <summary>The object of a pod was removed whose node is out of service.</summary>
    public static readonly Reason PodRemoved = Define(
        About.Pool,
        "the object of a pod was removed, since its node has the out-of-service taint"
    );

    /// <summary>The tenant is suspended.</summary>
    public static readonly Reason TenantSuspended = Define(
        About.Tenant | About.Session,
        "the tenant is suspended; its sessions are stopped"
    );
}
