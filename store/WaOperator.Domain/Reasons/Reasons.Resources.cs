namespace WaOperator.Domain;

/// <content>How a resource fares.</content>
public static partial class Reasons
{
    private const About AnyResource = About.Pool | About.Tenant | About.Session | About.Webhook;

    /// <summary>All is as it was asked for.</summary>
    public static readonly Reason AsDeclared = Define(
        About.Pool | About.Tenant | About.Session,
        "as declared"
    );

    /// <summary>A rule of the schema is broken.</summary>
    public static readonly Reason InvalidSpec = Define(
        AnyResource,
        "the object breaks the rule that the message names; what was running keeps running unchanged",
        "correct it"
    );

    /// <summary>A field asks for something that this version does not do.</summary>
    public static readonly Reason NotSupported = Define(
        About.Pool | About.Tenant | About.Session,
        "the field that the message names asks for something that this version does not support",
        "remove the field"
    );

    /// <summary>The API server refuses an object that the operator makes.</summary>
    public static readonly Reason ObjectRefused = Define(
        AnyResource,
        "the API server refuses an object that the operator creates for this one, because of a quota, a policy, a permission or a webhook; the message quotes its answer",
        "fix what refuses it; the operator retries every few seconds"
    );

    /// <summary>PostgreSQL refuses to store what the object declares.</summary>
    public static readonly Reason ValueRefused = Define(
        About.Tenant | About.Session | About.Webhook,
        "PostgreSQL refuses to store what the object declares; the message quotes its answer. What was running keeps running unchanged, and no other object is affected",
        "correct the value; the operator retries every minute"
    );

    /// <summary>The API server refuses the pods of the pool's StatefulSet.</summary>
    public static readonly Reason PodRefused = Define(
        About.Pool | About.Shard,
        "the API server refuses the pods, most often because of a quota or a security standard; the message quotes its answer",
        "fix what refuses them; Kubernetes retries by itself, after 16 minutes at the latest"
    );

    /// <summary>The deletion waits for sessions.</summary>
    public static readonly Reason SessionsRemain = Define(
        About.Pool | About.Tenant,
        "its deletion waits until its sessions are gone",
        "delete the sessions, or move those of a pool to another pool"
    );

    /// <summary>The pool waits with its deletion until no process of its shards can act any more.</summary>
    public static readonly Reason ShardsRemain = Define(
        About.Pool,
        "serves no sessions any more; its deletion waits until its pods have ended and their leases are over",
        "nothing; if it does not end, `kubectl get pods` shows which node is gone"
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
        "too many sessions would be removed at once; the operator waits for the administrator's confirmation",
        "see \"When many sessions would go at once\" in the chart's README"
    );

    /// <summary>Another object has what this one needs.</summary>
    public static readonly Reason Conflict = Define(
        About.Pool | About.Session,
        "what it needs is in use by another object: a session's phone number, or the name of an object of a pool",
        "delete or rename one of the two"
    );

    /// <summary>A Secret's value cannot be used.</summary>
    public static readonly Reason SecretInvalid = Define(
        About.Tenant | About.Session | About.Webhook,
        "a Secret is missing, is not managed by the operator, or holds an unusable value",
        "correct the Secret that the message names"
    );

    /// <summary>Fewer shards serve than are declared.</summary>
    public static readonly Reason ShardNotServing = Define(
        About.Pool | About.Session,
        "a shard is down, or fewer are serving than declared",
        "see status.shardStates of the pool"
    );

    /// <summary>Pods are replaced one after the other.</summary>
    public static readonly Reason RollingOut = Define(
        About.Pool,
        "pods are being replaced one at a time"
    );

    /// <summary>A new pod does not start.</summary>
    public static readonly Reason RolloutStopped = Define(
        About.Pool,
        "a new pod does not start; the rollout stops there, and its sessions run on other shards",
        "correct the pool, or restore the old value: the broken pod is replaced first"
    );

    /// <summary>A process that should be gone still renews the shard's lease.</summary>
    public static readonly Reason ShardHeldByOldPod = Define(
        About.Pool,
        "a process that should be gone still renews the lease: its pod was force-deleted, or its node is cut off from the API server only",
        "nothing at first: it is asked through PostgreSQL to step down and does so within seconds; if it does not, power off its node"
    );

    /// <summary>Sessions still move away from a shard that a person wants empty.</summary>
    public static readonly Reason Draining = Define(
        About.Pool,
        "sessions are moving off the shards that are being drained",
        "see \"Drain a shard\" in the runbook"
    );

    /// <summary>The shards that a person wants empty are, or a session was moved for it.</summary>
    public static readonly Reason Drained = Define(
        About.Pool | About.Session,
        "pool: the drained shards are empty; session: it was moved because its shard is going away as planned, or because it now belongs to another pool",
        "remove the annotation from the pool when done"
    );

    /// <summary>A shard is above a cap.</summary>
    public static readonly Reason OverCapacity = Define(
        About.Pool,
        "a shard is above a cap because sessions grew or the cap was lowered; running sessions stay",
        "give the pool more shards or raise perShard"
    );

    /// <summary>The operator cannot use Redis, or not in full.</summary>
    public static readonly Reason RedisUnavailable = Define(
        About.Pool,
        "the operator cannot use Redis, or only in part; the message says why. Sessions keep working and nothing is lost: changes are found by polling, up to 5 seconds later",
        "correct the Secret with Redis' address, or Redis, as the message says; see \"Redis is away\" in the runbook"
    );

    /// <summary>The pool grows between its bounds.</summary>
    public static readonly Reason Growing = Define(
        About.Pool,
        "adding shards for the sessions that wait"
    );

    /// <summary>The pool shrinks between its bounds.</summary>
    public static readonly Reason Shrinking = Define(
        About.Pool,
        "removing shards that are no longer needed"
    );

    /// <summary>The object of a pod was removed whose node is out of service.</summary>
    public static readonly Reason PodRemoved = Define(
        About.Pool,
        "a pod's object was removed because its node has the out-of-service taint"
    );

    /// <summary>The tenant is suspended.</summary>
    public static readonly Reason TenantSuspended = Define(
        About.Tenant | About.Session | About.Webhook,
        "the tenant is suspended; its sessions are stopped, and its webhooks post nothing"
    );
}
