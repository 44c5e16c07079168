namespace WaOperator.Domain;

/// <summary>
/// The environment variables that the chart sets in a gateway and the gateway reads. Only <see cref="Database"/> is required; what each
/// means, its default and its range are in the gateway's <c>GatewayOptions</c>.
/// </summary>
public static class GatewayEnvironment
{
    /// <summary>How PostgreSQL is reached, as the role <c>wa_gateway</c>. Secret.</summary>
    public const string Database = "WA__Database__ConnectionString";

    /// <summary>How Redis is reached; unset: no hints. Secret.</summary>
    public const string Redis = "WA__Redis__Configuration";

    /// <summary>File with authorities that are trusted for Redis.</summary>
    public const string RedisCaFile = "WA__Redis__CaFile";

    /// <summary>The port of the tenants' API.</summary>
    public const string Port = "WA__Gateway__Port";

    /// <summary>The port of /livez, /readyz and /metrics.</summary>
    public const string HealthPort = "WA__Gateway__HealthPort";

    /// <summary>The port of the pods' API.</summary>
    public const string PodApiPort = "WA__Gateway__PodApiPort";

    /// <summary>How long a request waits for an owner of its session, in seconds.</summary>
    public const string HoldSeconds = "WA__Gateway__HoldSeconds";

    /// <summary>The same during a planned change, in seconds.</summary>
    public const string PlannedHoldSeconds = "WA__Gateway__PlannedHoldSeconds";

    /// <summary>How many requests wait at once.</summary>
    public const string MaxHeld = "WA__Gateway__MaxHeld";

    /// <summary>How large the bodies of those requests are together.</summary>
    public const string MaxHeldMiB = "WA__Gateway__MaxHeldMiB";

    /// <summary>How many of a hundred requests may be sent a second time after a pod was lost.</summary>
    public const string ResendPercent = "WA__Gateway__ResendPercent";

    /// <summary>How many requests one pod is given at once.</summary>
    public const string MaxPerPod = "WA__Gateway__MaxPerPod";

    /// <summary>The longest body, but for media.</summary>
    public const string MaxBodyKiB = "WA__Gateway__MaxBodyKiB";

    /// <summary>How many connections the API's port holds.</summary>
    public const string MaxConnections = "WA__Gateway__MaxConnections";

    /// <summary>How many of them come from one address.</summary>
    public const string MaxConnectionsPerAddress = "WA__Gateway__MaxConnectionsPerAddress";

    /// <summary>How many requests one connection of HTTP/2 carries at once.</summary>
    public const string MaxStreamsPerConnection = "WA__Gateway__MaxStreamsPerConnection";

    /// <summary>File with the certificate of the API's port and its chain; unset: no TLS.</summary>
    public const string TlsCertificateFile = "WA__Gateway__TlsCertificateFile";

    /// <summary>File with the certificate's key.</summary>
    public const string TlsKeyFile = "WA__Gateway__TlsKeyFile";

    /// <summary>How long requests may take to end when the gateway stops, in milliseconds.</summary>
    public const string StopLimitMs = "WA__Gateway__StopLimitMs";

    /// <summary>Whether sessions are created and changed over the API: true or false.</summary>
    public const string Kubernetes = "WA__Gateway__Kubernetes";

    /// <summary>Origins of web pages that may open streams by tickets, separated by commas; unset: none.</summary>
    public const string AllowedOrigins = "WA__Gateway__AllowedOrigins";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Database,
        Redis,
        RedisCaFile,
        Port,
        HealthPort,
        PodApiPort,
        HoldSeconds,
        PlannedHoldSeconds,
        MaxHeld,
        MaxHeldMiB,
        ResendPercent,
        MaxPerPod,
        MaxBodyKiB,
        MaxConnections,
        MaxConnectionsPerAddress,
        MaxStreamsPerConnection,
        TlsCertificateFile,
        TlsKeyFile,
        StopLimitMs,
        Kubernetes,
        AllowedOrigins,
    ];
}
