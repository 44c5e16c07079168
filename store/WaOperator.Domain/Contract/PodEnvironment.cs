namespace WaOperator.Domain;

/// <summary>
/// The environment variables that the operator sets in a session pod and the pod reads. The pod has further settings with defaults, which
/// are for tests and for a pod that is run by hand; the operator sets none of them.
/// </summary>
public static class PodEnvironment
{
    /// <summary>The pod's name, which ends in the shard's ordinal.</summary>
    public const string PodName = "WA__Pod__Name";

    /// <summary>The pod's UID.</summary>
    public const string PodUid = "WA__Pod__Uid";

    /// <summary>UID of the WhatsAppSessionPool.</summary>
    public const string PoolUid = "WA__Pod__PoolUid";

    /// <summary>How long closing, persisting and releasing may take at the end, in milliseconds.</summary>
    public const string StopLimitMs = "WA__Pod__StopLimitMs";

    /// <summary>How PostgreSQL is reached. Secret.</summary>
    public const string Database = "WA__Database__ConnectionString";

    /// <summary>How Redis is reached; unset: no hints. Secret.</summary>
    public const string Redis = "WA__Redis__Configuration";

    /// <summary>File with authorities that are trusted for Redis.</summary>
    public const string RedisCaFile = "WA__Redis__CaFile";

    /// <summary>File with the master key.</summary>
    public const string MasterKeyFile = "WA__MasterKey__File";

    /// <summary>Address of WhatsApp's server; unset: WhatsApp's own.</summary>
    public const string WhatsAppUrl = "WA__WhatsApp__Url";

    /// <summary>File with authorities that are trusted for WhatsApp's server.</summary>
    public const string WhatsAppCaFile = "WA__WhatsApp__CaFile";

    /// <summary>The key that vouches for WhatsApp's server, in hex.</summary>
    public const string WhatsAppRootKey = "WA__WhatsApp__RootKey";

    /// <summary>Networks that pods may connect to for tenants although they are not public, separated by commas.</summary>
    public const string EgressAllowedNetworks = "WA__Egress__AllowedNetworks";

    /// <summary>Networks that they may not although they look public, separated by commas.</summary>
    public const string EgressDeniedNetworks = "WA__Egress__DeniedNetworks";

    /// <summary>Ports that they may, separated by commas; unset: 443.</summary>
    public const string EgressPorts = "WA__Egress__Ports";

    /// <summary>File with authorities that are trusted there.</summary>
    public const string EgressCaFile = "WA__Egress__CaFile";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        PodName,
        PodUid,
        PoolUid,
        StopLimitMs,
        Database,
        Redis,
        RedisCaFile,
        MasterKeyFile,
        WhatsAppUrl,
        WhatsAppCaFile,
        WhatsAppRootKey,
        EgressAllowedNetworks,
        EgressDeniedNetworks,
        EgressPorts,
        EgressCaFile,
    ];
}
