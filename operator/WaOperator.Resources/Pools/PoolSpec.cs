using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

// Settable value types: see TenantSpec.

/// <summary>What is desired of a pool.</summary>
public sealed record PoolSpec
{
    /// <summary>Namespaces whose sessions may run here, <c>*</c> for all; only the pool's own when empty.</summary>
    public IReadOnlyList<string>? ServedNamespaces { get; init; }

    /// <summary>How many shards the pool has.</summary>
    public ShardRange Shards
    {
        get => field ?? new();
        init;
    }

    /// <summary>Limits of each shard. Changing them restarts nothing.</summary>
    public ShardCaps PerShard
    {
        get => field ?? new();
        init;
    }

    /// <summary>What one session may claim. Changing it restarts nothing.</summary>
    public SessionCaps PerSession
    {
        get => field ?? new();
        init;
    }

    /// <summary>Image of the session pods; the operator's default when null.</summary>
    public string? Image { get; init; }

    /// <summary><c>Always</c>, <c>IfNotPresent</c>, <c>Never</c>, or null for Kubernetes' own rule.</summary>
    public string? ImagePullPolicy { get; init; }

    /// <summary>Secrets with credentials of the image's registry, at most 16.</summary>
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    /// <summary>Requests and limits of the session pods' container.</summary>
    public PoolResources? Resources { get; init; }

    /// <summary>The times by which a shard owns its sessions.</summary>
    public LeaseTimes Lease
    {
        get => field ?? new();
        init;
    }

    /// <summary>How long sessions wait for a restarting pod before they move, in seconds, 1 to 3600.</summary>
    public int FailoverAfterSeconds { get; set; } = 30;

    /// <summary>How many sessions rebalancing may move in a minute, 0 to 100,000.</summary>
    public int MovesPerMinute { get; set; } = 600;

    /// <summary>How many sessions the pool may log in per second, 1 to 10,000; each shard takes its part.</summary>
    public int LoginsPerSecond { get; set; } = 200;

    /// <summary>How many one-time prekeys a session uploads at first, 5 to 812.</summary>
    public int PreKeys { get; set; } = 812;

    /// <summary>Sessions whose device number is above it are reported, and nothing else; 0 to 255, 0 for none.</summary>
    public int SuspectDeviceIdAbove { get; set; } = 10;

    /// <summary><c>Trace</c>, <c>Debug</c>, <c>Information</c>, <c>Warning</c>, <c>Error</c> or <c>Critical</c>.</summary>
    public string LogLevel
    {
        get => field ?? "Information";
        init;
    }

    /// <summary>Connection string of PostgreSQL for the session pods.</summary>
    public SecretKeyReference DatabaseSecretRef
    {
        get => field ?? new();
        init;
    }

    /// <summary>Address of Redis; without one the pods poll.</summary>
    public SecretKeyReference? RedisSecretRef { get; init; }

    /// <summary>Certificates (PEM) to trust at Redis instead of the system's; makes the connection TLS.</summary>
    public SecretKeyReference? RedisCaSecretRef { get; init; }

    /// <summary>The master key that wraps the tenants' keys.</summary>
    public SecretKeyReference MasterKeySecretRef
    {
        get => field ?? new();
        init;
    }

    /// <summary>The server to connect to; WhatsApp's own when null.</summary>
    public WhatsAppEndpoint? Whatsapp { get; init; }

    /// <summary>Where the pods may connect to on behalf of tenants; to port 443 of public addresses when null.</summary>
    public PoolEgress? Egress { get; init; }

    /// <summary>What else is to be in the session pods' template.</summary>
    public PodTemplateExtras? PodTemplate { get; init; }

    /// <summary>How long a pod has to close its sockets and hand its sessions back, in seconds, 5 to 3600.</summary>
    public int TerminationGracePeriodSeconds { get; set; } = 30;

    /// <summary>Whether sessions of <paramref name="sessionNamespace"/> may run in a pool of <paramref name="poolNamespace"/>.</summary>
    public bool Serves(string poolNamespace, string sessionNamespace) =>
        ServedNamespaces is not { Count: > 0 } served
            ? poolNamespace == sessionNamespace
            : served.Any(n => n == "*" || n == sessionNamespace);
}

/// <summary>How many shards a pool has.</summary>
public sealed record ShardRange
{
    /// <summary>The pool never has fewer, 0 to 1000.</summary>
    public int Min { get; set; } = 1;

    /// <summary>The pool grows up to this, 0 to 1000; null is <see cref="Min"/>.</summary>
    public int? Max { get; init; }
}

/// <summary>Caps of each shard.</summary>
public sealed record ShardCaps
{
    /// <summary>How many sessions a shard takes, 0 to 100,000.</summary>
    public int Sessions { get; set; } = 1000;

    /// <summary>Memory that the sessions of a shard may use together.</summary>
    public Quantity Memory { get; set; } = new("512Mi");
}

/// <summary>What one session may claim: one that claims more is placed as if it claimed that much.</summary>
public sealed record SessionCaps
{
    /// <summary>The greatest <see cref="SessionSpec.MemoryEstimate"/> that counts.</summary>
    public Quantity MaxMemoryEstimate { get; set; } = new("16Mi");

    /// <summary>The greatest <see cref="SessionSpec.Priority"/> that counts, -1000 to 1000.</summary>
    public int MaxPriority { get; set; }
}

/// <summary>Requests and limits of a container.</summary>
public sealed record PoolResources
{
    /// <summary>What is set aside for a pod, at most 16 kinds.</summary>
    public IReadOnlyDictionary<string, Quantity>? Requests { get; init; }

    /// <summary>What a pod may use at most, at most 16 kinds.</summary>
    public IReadOnlyDictionary<string, Quantity>? Limits { get; init; }
}

/// <summary>The times by which a shard owns its sessions: renewal &lt; act deadline &lt; time to live &lt;= silent limit.</summary>
public sealed record LeaseTimes
{
    /// <summary>How long a shard owns its sessions after its last renewal, in seconds, 3 to 600.</summary>
    public int TtlSeconds { get; set; } = 10;

    /// <summary>How often a shard renews, in seconds, 1 to 300.</summary>
    public int RenewSeconds { get; set; } = 2;

    /// <summary>How long a shard may act after its last successful renewal was sent, in seconds, 2 to 599.</summary>
    public int ActSeconds { get; set; } = 7;

    /// <summary>How long sockets stay open while the shard is silent, in seconds, 3 to 3600.</summary>
    public int SilentSeconds { get; set; } = 120;
}

/// <summary>The server that sessions connect to.</summary>
public sealed record WhatsAppEndpoint
{
    /// <summary>Address of its web socket, <c>wss://</c> or <c>ws://</c>.</summary>
    public string? Url { get; init; }

    /// <summary>CA certificates (PEM) to trust instead of the system's.</summary>
    public SecretKeyReference? CaSecretRef { get; init; }

    /// <summary>Public key that the Noise certificate chain must lead to, 64 hex digits.</summary>
    public string? RootKey { get; init; }

    /// <summary>The same from a Secret; excludes <see cref="RootKey"/>.</summary>
    public SecretKeyReference? RootKeySecretRef { get; init; }
}

/// <summary>Where pods may connect to on behalf of tenants, for webhooks and files that are sent by URL.</summary>
public sealed record PoolEgress
{
    /// <summary>Networks that may be connected to although they are not public, at most 64.</summary>
    public IReadOnlyList<string>? AllowedNetworks { get; init; }

    /// <summary>Networks that may not be connected to although they look public, at most 64. They count first.</summary>
    public IReadOnlyList<string>? DeniedNetworks { get; init; }

    /// <summary>Ports, 1 to 65535, at most 16; 443 alone when empty.</summary>
    public IReadOnlyList<int>? Ports { get; init; }

    /// <summary>CA certificates (PEM) to trust there instead of the system's.</summary>
    public SecretKeyReference? CaSecretRef { get; init; }
}
