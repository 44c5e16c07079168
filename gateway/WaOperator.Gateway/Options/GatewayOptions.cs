using System.Net;
using WaOperator.Api;
using WaOperator.Kubernetes.Config;
using WaOperator.Signals;
using WaOperator.Store.Connecting;

namespace WaOperator.Gateway.Options;

/// <summary>What a gateway is started with. In the environment <c>WA__Database__ConnectionString</c> and so on.</summary>
internal sealed record GatewayOptions
{
    /// <summary>WA:Database:ConnectionString, in any form of <see cref="PostgresDsn"/>, as the role wa_gateway. Required. Secret.</summary>
    public required string Database { get; init; }

    /// <summary>
    /// WA:Redis:Configuration, in any form of <see cref="RedisDsn"/>: a session that came up is heard of at once. Default null: it is
    /// found by the next look at PostgreSQL. Secret.
    /// </summary>
    public string? Redis { get; init; }

    /// <summary>WA:Redis:CaFile: certificate authorities (PEM) trusted in place of the system's; makes the connection TLS. Default null.</summary>
    public string? RedisCaFile { get; init; }

    /// <summary>WA:Gateway:Port: where the tenants' API is served. Default 8080; 0 takes a free one.</summary>
    public int Port { get; init; } = GatewayPort.Api;

    /// <summary>WA:Gateway:HealthPort: where health and metrics are served. Default 8081; 0 takes a free one.</summary>
    public int HealthPort { get; init; } = GatewayPort.Health;

    /// <summary>
    /// WA:Gateway:Listen: the address of this machine that both ports are served on, such as 127.0.0.1. Default null: all, as a container
    /// needs it.
    /// </summary>
    public IPAddress? Listen { get; init; }

    /// <summary>WA:Gateway:PodApiPort: the port of the pods' API. Default 8081; 1 to 65,535.</summary>
    public int PodApiPort { get; init; } = ContainerPorts.Api;

    /// <summary>
    /// WA:Gateway:HoldSeconds: how long a request waits while its session has no owner, its owner does not answer, or PostgreSQL does not.
    /// Default 5; 0 to 15.
    /// </summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// WA:Gateway:PlannedHoldSeconds: the same while the session's pod is being replaced, or the session moves, by plan, which ends by
    /// itself; never less than <see cref="Hold"/>. Default 15; 0 to 60.
    /// </summary>
    public TimeSpan PlannedHold { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>WA:Gateway:MaxHeld: how many requests wait at once; one more is told to come again. Default 4,000; 0 to 100,000.</summary>
    public int MaxHeld { get; init; } = 4_000;

    /// <summary>WA:Gateway:MaxHeldMiB: how large the bodies of those that wait are together. Default 64; 1 to 65,536.</summary>
    public int MaxHeldMiB { get; init; } = 64;

    /// <summary>
    /// WA:Gateway:AnswerSeconds: a pod from which nothing comes for this long while it has a request is given up, but for streams of
    /// events. Default 30; 1 to 600.
    /// </summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// WA:Gateway:ResendPercent: of a hundred requests, how many may be sent a second time because the first pod was lost meanwhile, so
    /// that a fault does not double the load. Default 10; 0 to 100.
    /// </summary>
    public int ResendPercent { get; init; } = 10;

    /// <summary>
    /// WA:Gateway:MaxPerPod: how many requests, streams of events included, one pod is given at once; a pod that hangs takes no more of
    /// the gateway. Default 1,500; 10 to 100,000.
    /// </summary>
    public int MaxPerPod { get; init; } = 1_500;

    /// <summary>
    /// WA:Gateway:MaxBodyKiB: the longest body that is read, but for media, which are streamed. Not below what pods read
    /// (WA:Api:MaxBodyKiB). Default 512; 448 to 16,384.
    /// </summary>
    public int MaxBodyKiB { get; init; } = 512;

    /// <summary>WA:Gateway:MaxBodiesMiB: how much of bodies is held at once. Default 128; 16 to 65,536.</summary>
    public int MaxBodiesMiB { get; init; } = 128;

    /// <summary>WA:Gateway:MaxTenantBodiesMiB: how much of it one tenant may. Default 32; 16 to 65,536.</summary>
    public int MaxTenantBodiesMiB { get; init; } = 32;

    /// <summary>WA:Gateway:MaxConnections: how many connections the API's port holds; one more is closed unread. Default 20,000; 10 to 1,000,000.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>
    /// WA:Gateway:MaxConnectionsPerAddress: how many of them come from one remote address (of IPv6 one /64), an ingress for example.
    /// Default 10,000; 10 to 1,000,000.
    /// </summary>
    public int MaxConnectionsPerAddress { get; init; } = 10_000;

    /// <summary>WA:Gateway:MaxStreamsPerConnection: how many requests one connection of HTTP/2 carries at once. Default 100; 1 to 1,000.</summary>
    public int MaxStreamsPerConnection { get; init; } = 100;

    /// <summary>WA:Gateway:MaxStreams: how many streams of all sessions of a key are served at once. Default 1,000; 1 to 100,000.</summary>
    public int MaxStreams { get; init; } = 1_000;

    /// <summary>
    /// WA:Gateway:MaxPagesMiB: how much of consumers' pages is held until they have taken them; one tenant may half of it. Default 64; 32 to
    /// 65,536, so that the longest event fits.
    /// </summary>
    public int MaxPagesMiB { get; init; } = 64;

    /// <summary>WA:Gateway:MaxTenantStreams: how many of them one tenant may hold. Default 50; 1 to 100,000.</summary>
    public int MaxTenantStreams { get; init; } = 50;

    /// <summary>
    /// WA:Gateway:TlsCertificateFile: the certificate of the API's port and its chain (PEM); read again when the file changes. Default
    /// null: no TLS, and HTTP/1.1 alone.
    /// </summary>
    public string? TlsCertificateFile { get; init; }

    /// <summary>WA:Gateway:TlsKeyFile: its key (PEM). Required with the certificate.</summary>
    public string? TlsKeyFile { get; init; }

    /// <summary>
    /// WA:Gateway:CloudQueryToken: below /cloud a key is also taken from the address (access_token), as some programs send it. Addresses are
    /// kept in logs of what stands in front. Default false.
    /// </summary>
    public bool CloudQueryToken { get; init; }

    /// <summary>
    /// WA:Gateway:AllowedOrigins: origins of web pages that may open streams of events by tickets, besides the gateway's own; each as
    /// https://app.example.org, separated by commas. Default none.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>
    /// WA:Gateway:StopLimitMs: how long requests may take to end at the end. Default 20,000, which is below Kubernetes' usual grace
    /// period of 30 s; 1,000 to 600,000.
    /// </summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// WA:Gateway:Kubernetes: sessions are created and changed over the API, by the gateway's service account. Default: true in a cluster
    /// and with <see cref="Kubeconfig"/>, else false.
    /// </summary>
    public bool Kubernetes { get; init; }

    /// <summary>WA:Gateway:Kubeconfig: the file that says which cluster, and as whom. Default null: that of the service account.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>What is listened on.</summary>
    public IReadOnlyList<ListenPort> ListenPorts =>
        [
            new(GatewayEnvironment.Port, Port, Listen, ListenSetting),
            new(GatewayEnvironment.HealthPort, HealthPort, Listen, ListenSetting),
        ];

    private const string ListenSetting = "WA__Gateway__Listen";

    /// <summary>Without what is secret.</summary>
    public override string ToString() => $"{nameof(GatewayOptions)} of port {Port}";

    /// <summary>Reads and checks the options.</summary>
    /// <exception cref="StartRefusedException">Names every setting that is wrong and what it must be.</exception>
    public static GatewayOptions Read(IConfiguration configuration)
    {
        var read = new SettingReader(configuration);
        var options = new GatewayOptions
        {
            Database = read.Database(GatewayEnvironment.Database, " of the role wa_gateway"),
            Redis = read.Redis(GatewayEnvironment.Redis, GatewayEnvironment.RedisCaFile),
            RedisCaFile = read.Optional(GatewayEnvironment.RedisCaFile),
            Port = read.Number(GatewayEnvironment.Port, GatewayPort.Api, 0, 65_535),
            HealthPort = read.Number(GatewayEnvironment.HealthPort, GatewayPort.Health, 0, 65_535),
            Listen = read.Address(ListenSetting),
            PodApiPort = read.Number(GatewayEnvironment.PodApiPort, ContainerPorts.Api, 1, 65_535),
            Hold = TimeSpan.FromSeconds(read.Number(GatewayEnvironment.HoldSeconds, 5, 0, 15)),
            PlannedHold = TimeSpan.FromSeconds(
                read.Number(GatewayEnvironment.PlannedHoldSeconds, 15, 0, 60)
            ),
            MaxHeld = read.Number(GatewayEnvironment.MaxHeld, 4_000, 0, 100_000),
            MaxHeldMiB = read.Number(GatewayEnvironment.MaxHeldMiB, 64, 1, 65_536),
            AnswerLimit = TimeSpan.FromSeconds(
                read.Number("WA__Gateway__AnswerSeconds", 30, 1, 600)
            ),
            ResendPercent = read.Number(GatewayEnvironment.ResendPercent, 10, 0, 100),
            MaxPerPod = read.Number(GatewayEnvironment.MaxPerPod, 1_500, 10, 100_000),
            MaxBodyKiB = read.Number(GatewayEnvironment.MaxBodyKiB, 512, 448, 16_384),
            MaxBodiesMiB = read.Number("WA__Gateway__MaxBodiesMiB", 128, 16, 65_536),
            MaxTenantBodiesMiB = read.Number("WA__Gateway__MaxTenantBodiesMiB", 32, 16, 65_536),
            MaxConnections = read.Number(GatewayEnvironment.MaxConnections, 20_000, 10, 1_000_000),
            MaxConnectionsPerAddress = read.Number(
                GatewayEnvironment.MaxConnectionsPerAddress,
                10_000,
                10,
                1_000_000
            ),
            MaxStreamsPerConnection = read.Number(
                GatewayEnvironment.MaxStreamsPerConnection,
                100,
                1,
                1_000
            ),
            MaxStreams = read.Number("WA__Gateway__MaxStreams", 1_000, 1, 100_000),
            MaxPagesMiB = read.Number("WA__Gateway__MaxPagesMiB", 64, 32, 65_536),
            MaxTenantStreams = read.Number("WA__Gateway__MaxTenantStreams", 50, 1, 100_000),
            TlsCertificateFile = read.Optional(GatewayEnvironment.TlsCertificateFile),
            TlsKeyFile = read.Optional(GatewayEnvironment.TlsKeyFile),
            Kubeconfig = read.Optional("WA__Gateway__Kubeconfig"),
            Kubernetes = read.Switch(
                GatewayEnvironment.Kubernetes,
                KubeConfig.IsInCluster() || read.Optional("WA__Gateway__Kubeconfig") is not null
            ),
            CloudQueryToken = read.Switch("WA__Gateway__CloudQueryToken", false),
            AllowedOrigins = read.Origins(GatewayEnvironment.AllowedOrigins),
            StopLimit = TimeSpan.FromMilliseconds(
                read.Number(GatewayEnvironment.StopLimitMs, 20_000, 1_000, 600_000)
            ),
        };
        if (options.Port != 0 && options.Port == options.HealthPort)
            read.Errors.Add(
                $"{GatewayEnvironment.HealthPort} is {options.HealthPort} as {GatewayEnvironment.Port} is; they must differ"
            );
        if ((options.TlsCertificateFile is null) != (options.TlsKeyFile is null))
            read.Errors.Add(
                $"{GatewayEnvironment.TlsCertificateFile} and {GatewayEnvironment.TlsKeyFile}: one is set and the other is not; set both for TLS, or none"
            );
        return read.Errors.Count == 0
            ? options
            : throw new StartRefusedException(string.Join("; ", read.Errors));
    }
}
