using System.Net;
using WaOperator.Api;
using WaOperator.Api.Egress;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Connecting;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Noise;

namespace WaOperator.SessionPod.Options;

/// <summary>
/// What a pod is started with. Everything that may change while it runs is in the pool's settings in the database instead.
/// In the environment <c>WA__Database__ConnectionString</c> and so on.
/// </summary>
internal sealed record PodOptions
{
    /// <summary>Who this pod is, from WA:Pod:Name (which ends in the ordinal), WA:Pod:Uid and WA:Pod:PoolUid. Required.</summary>
    public required PodIdentity Identity { get; init; }

    /// <summary>WA:Database:ConnectionString, in any form of <see cref="PostgresDsn"/>. Required. Secret.</summary>
    public required string Database { get; init; }

    /// <summary>
    /// WA:Redis:Configuration, in any form of <see cref="RedisDsn"/>. Default null: no hints, only the slow polls. Secret.
    /// </summary>
    public string? Redis { get; init; }

    /// <summary>WA:Redis:CaFile: certificate authorities (PEM) trusted in place of the system's; makes the connection TLS. Default null.</summary>
    public string? RedisCaFile { get; init; }

    /// <summary>WA:MasterKey:File: the file with the 32 bytes of the master key in base64. Required.</summary>
    public required string MasterKeyFile { get; init; }

    /// <summary>WA:WhatsApp:Url: where WhatsApp's server is. Default WhatsApp's own.</summary>
    public Uri Url { get; init; } = new WhatsAppOptions().Url;

    /// <summary>WA:WhatsApp:CaFile: certificate authorities (PEM) trusted in place of the system's. Default null.</summary>
    public string? CaFile { get; init; }

    /// <summary>WA:WhatsApp:RootKey: 64 hex digits, the key that vouches for the server. Default WhatsApp's own.</summary>
    public byte[] RootKey { get; init; } = NoiseProtocol.RootKey.ToArray();

    /// <summary>WA:Pod:Port: where health and metrics are served. Default 8080; 0 takes a free one.</summary>
    public int Port { get; init; } = ContainerPorts.Health;

    /// <summary>
    /// WA:Pod:Listen: the address of this machine that both ports are served on, such as 127.0.0.1. Default null: all, as a container
    /// needs it.
    /// </summary>
    public IPAddress? Listen { get; init; }

    /// <summary>
    /// WA:Pod:StallLimitMs: without progress of the sessions' loops for this long the lease is not renewed. Default 5,000;
    /// 100 to 60,000.
    /// </summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// WA:Pod:PollMs: how often placement and settings are read where no hint came. Default 5,000; 50 to 60,000.
    /// </summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// WA:Pod:StopLimitMs: how long closing, persisting and releasing may take at the end. Default 20,000, which is below
    /// Kubernetes' usual grace period of 30 s; 1,000 to 600,000.
    /// </summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>WA:Api:Port: where the tenants' API is served. Default 8081; 0 takes a free one.</summary>
    public int ApiPort { get; init; } = ContainerPorts.Api;

    /// <summary>
    /// WA:Api:MaxBodyKiB: the longest request that the API reads. Default 512; 448 to 16,384: the longest text takes 384 KiB where each
    /// of its characters is escaped (\u4f60), as some clients write them.
    /// </summary>
    public int MaxBodyKiB { get; init; } = 512;

    /// <summary>WA:Api:MaxBodiesMiB: how much of requests' bodies the pod holds at once. Default 64; 16 to 65,536.</summary>
    public int MaxBodiesMiB { get; init; } = 64;

    /// <summary>WA:Api:MaxTenantBodiesMiB: how much of it one tenant may. Default 16; 16 to 65,536, so that the longest fits.</summary>
    public int MaxTenantBodiesMiB { get; init; } = 16;

    /// <summary>WA:Api:MaxQueue: how many messages of a session may wait to be sent. Default 10,000; 1 to 1,000,000.</summary>
    public int MaxQueue { get; init; } = 10_000;

    /// <summary>WA:Api:MaxQueueMiB: how large they may be together. Default 64; 1 to 65,536.</summary>
    public int MaxQueueMiB { get; init; } = 64;

    /// <summary>
    /// WA:Api:MaxTenantQueue: how many messages of all sessions of a tenant on this pod may wait to be sent. Default 100,000; 1 to
    /// 100,000,000.
    /// </summary>
    public int MaxTenantQueue { get; init; } = 100_000;

    /// <summary>WA:Api:MaxTenantQueueMiB: how large they may be together. Default 512; 1 to 1,048,576.</summary>
    public int MaxTenantQueueMiB { get; init; } = 512;

    /// <summary>WA:Api:MaxStreams: how many streams of events the pod serves at once. Default 1,000; 1 to 100,000.</summary>
    public int MaxStreams { get; init; } = 1_000;

    /// <summary>WA:Api:MaxTenantStreams: how many of them one tenant may hold. Default 250; 1 to 100,000.</summary>
    public int MaxTenantStreams { get; init; } = 250;

    /// <summary>
    /// WA:Api:MaxConnections: how many connections the API's port holds; one more is closed unread. Default 4,000; 10 to 100,000.
    /// </summary>
    public int MaxConnections { get; init; } = 4_000;

    /// <summary>
    /// WA:Api:MaxConnectionsPerAddress: how many of them come from one remote address (of IPv6 one /64), a proxy in front of the pod
    /// for example. Default 2,000; 10 to 100,000.
    /// </summary>
    public int MaxConnectionsPerAddress { get; init; } = 2_000;

    /// <summary>WA:Api:MaxMediaMiB: the longest file that is uploaded, but for documents. Default 100; 1 to 2,048.</summary>
    public int MaxMediaMiB { get; init; } = 100;

    /// <summary>WA:Api:MaxDocumentMiB: the longest document that is uploaded. Default 2,048, as WhatsApp's; 1 to 2,048.</summary>
    public int MaxDocumentMiB { get; init; } = 2_048;

    /// <summary>WA:Api:MaxTransfers: how many files the pod transfers for tenants at once. Default 24; 1 to 1,000.</summary>
    public int MaxTransfers { get; init; } = 24;

    /// <summary>WA:Api:MaxTenantTransfers: how many of them are one tenant's. Default 8; 1 to 1,000.</summary>
    public int MaxTenantTransfers { get; init; } = 8;

    /// <summary>
    /// WA:Api:MaxSpoolMiB: how much of uploads waits on the pod's disk (its folder for temporary files) for their ends. Default 3,072, to
    /// which the operator gives the pod room; 16 to 1,048,576.
    /// </summary>
    public int MaxSpoolMiB { get; init; } = 3_072;

    /// <summary>WA:Api:MaxTenantSpoolMiB: how much of it is one tenant's. Default 2,304; 16 to 1,048,576.</summary>
    public int MaxTenantSpoolMiB { get; init; } = 2_304;

    /// <summary>WA:Api:AllowMediaUrls: whether messages may name files by https addresses, which the pod then fetches. Default true.</summary>
    public bool AllowMediaUrls { get; init; } = true;

    /// <summary>
    /// WA:Egress:AllowedNetworks, WA:Egress:DeniedNetworks and WA:Egress:Ports: where the pod may connect to for tenants, beside the
    /// public Internet, or not although it looks public; networks as 10.0.0.0/8, 2001:db8::/32, separated by commas. Default: nothing
    /// more, nothing less, and port 443.
    /// </summary>
    public EgressRules Egress { get; init; } = EgressRules.Public;

    /// <summary>WA:Egress:CaFile: certificate authorities (PEM) trusted there in place of the system's. Default null.</summary>
    public string? EgressCaFile { get; init; }

    /// <summary>WA:Api:HeartbeatMs: how often a stream without events shows that it lives. Default 15,000; 100 to 600,000.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// WA:Api:CommandLimitMs: how long a request waits for WhatsApp's server, such as one about a group. Default 20,000; 100 to 300,000.
    /// </summary>
    public TimeSpan CommandLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>WA:Api:MaxCommands: how many such requests the pod has under way at once. Default 512; 1 to 100,000.</summary>
    public int MaxCommands { get; init; } = 512;

    /// <summary>WA:Api:MaxTenantCommands: how many of them one tenant may. Default 64; 1 to 100,000.</summary>
    public int MaxTenantCommands { get; init; } = 64;

    /// <summary>WA:Api:MaxSessionCommands: how many of them one session may. Default 4; 1 to 1,000.</summary>
    public int MaxSessionCommands { get; init; } = 4;

    /// <summary>
    /// WA:Api:NumberChecksPerHour: how many phone numbers a tenant may look up in an hour on this pod. Default 2,000; 500, the most of
    /// one request, to 1,000,000.
    /// </summary>
    public int NumberChecksPerHour { get; init; } = 2_000;

    /// <summary>WA:Messages:CacheMiB: memory for the records of all sessions that were used last. Default 32; 1 to 4,096.</summary>
    public int CacheMiB { get; init; } = 32;

    /// <summary>WA:Messages:EventDays: how long a session's events can be read. Default 7; 1 to 365.</summary>
    public int EventDays { get; init; } = 7;

    /// <summary>
    /// WA:Messages:OutboxDays: how long sent messages are kept, which is how long a receiver may ask for them again. Default 14; 1
    /// to 365.
    /// </summary>
    public int OutboxDays { get; init; } = 14;

    /// <summary>
    /// WA:Messages:HandledWeeks: how long it is remembered which messages came in; one that the server delivers again later
    /// counts as new. Default 5, since WhatsApp keeps messages for 30 days; 1 to 52.
    /// </summary>
    public int HandledWeeks { get; init; } = 5;

    /// <summary>What is listened on.</summary>
    public IReadOnlyList<ListenPort> ListenPorts =>
        [
            new("WA__Pod__Port", Port, Listen, "WA__Pod__Listen"),
            new("WA__Api__Port", ApiPort, Listen, "WA__Pod__Listen"),
        ];

    /// <summary>Without what is secret.</summary>
    public override string ToString() => $"{nameof(PodOptions)} of {Identity}";

    /// <summary>Reads and checks the options.</summary>
    /// <exception cref="StartRefusedException">Names every setting that is wrong and what it must be.</exception>
    public static PodOptions Read(IConfiguration configuration)
    {
        var read = new Reader(configuration);
        var name = read.Required(PodEnvironment.PodName, "the pod's name (metadata.name)");
        var options = new PodOptions
        {
            Identity = new(
                new ShardId(
                    read.Required(PodEnvironment.PoolUid, "the UID of the WhatsAppSessionPool"),
                    read.Ordinal(PodEnvironment.PodName, name)
                ),
                read.Required(PodEnvironment.PodUid, "the pod's UID (metadata.uid)"),
                name
            ),
            Database = read.Database(PodEnvironment.Database),
            Redis = read.Redis(PodEnvironment.Redis, PodEnvironment.RedisCaFile),
            RedisCaFile = read.Optional(PodEnvironment.RedisCaFile),
            MasterKeyFile = read.Required(
                PodEnvironment.MasterKeyFile,
                "the file that holds the master key, 32 bytes in base64"
            ),
            Url = read.Url(PodEnvironment.WhatsAppUrl),
            CaFile = read.Optional(PodEnvironment.WhatsAppCaFile),
            RootKey = read.Key(PodEnvironment.WhatsAppRootKey),
            Port = read.Number("WA__Pod__Port", ContainerPorts.Health, 0, 65_535),
            Listen = read.Address("WA__Pod__Listen"),
            StallLimit = read.Milliseconds("WA__Pod__StallLimitMs", 5_000, 100, 60_000),
            PollEvery = read.Milliseconds("WA__Pod__PollMs", 5_000, 50, 60_000),
            StopLimit = read.Milliseconds(PodEnvironment.StopLimitMs, 20_000, 1_000, 600_000),
            ApiPort = read.Number("WA__Api__Port", ContainerPorts.Api, 0, 65_535),
            MaxBodyKiB = read.Number("WA__Api__MaxBodyKiB", 512, 448, 16_384),
            MaxBodiesMiB = read.Number("WA__Api__MaxBodiesMiB", 64, 16, 65_536),
            MaxTenantBodiesMiB = read.Number("WA__Api__MaxTenantBodiesMiB", 16, 16, 65_536),
            MaxQueue = read.Number("WA__Api__MaxQueue", 10_000, 1, 1_000_000),
            MaxQueueMiB = read.Number("WA__Api__MaxQueueMiB", 64, 1, 65_536),
            MaxTenantQueue = read.Number("WA__Api__MaxTenantQueue", 100_000, 1, 100_000_000),
            MaxTenantQueueMiB = read.Number("WA__Api__MaxTenantQueueMiB", 512, 1, 1_048_576),
            MaxStreams = read.Number("WA__Api__MaxStreams", 1_000, 1, 100_000),
            MaxTenantStreams = read.Number("WA__Api__MaxTenantStreams", 250, 1, 100_000),
            MaxConnections = read.Number("WA__Api__MaxConnections", 4_000, 10, 100_000),
            MaxConnectionsPerAddress = read.Number(
                "WA__Api__MaxConnectionsPerAddress",
                2_000,
                10,
                100_000
            ),
            MaxMediaMiB = read.Number("WA__Api__MaxMediaMiB", 100, 1, 2_048),
            MaxDocumentMiB = read.Number("WA__Api__MaxDocumentMiB", 2_048, 1, 2_048),
            MaxTransfers = read.Number("WA__Api__MaxTransfers", 24, 1, 1_000),
            MaxTenantTransfers = read.Number("WA__Api__MaxTenantTransfers", 8, 1, 1_000),
            MaxSpoolMiB = read.Number("WA__Api__MaxSpoolMiB", 3_072, 16, 1_048_576),
            MaxTenantSpoolMiB = read.Number("WA__Api__MaxTenantSpoolMiB", 2_304, 16, 1_048_576),
            AllowMediaUrls = read.Switch("WA__Api__AllowMediaUrls", true),
            Egress = new(
                read.Networks("WA__Egress__AllowedNetworks"),
                read.Networks("WA__Egress__DeniedNetworks"),
                read.Ports("WA__Egress__Ports", EgressRules.Public.Ports)
            ),
            EgressCaFile = read.Optional("WA__Egress__CaFile"),
            Heartbeat = read.Milliseconds("WA__Api__HeartbeatMs", 15_000, 100, 600_000),
            CommandLimit = read.Milliseconds("WA__Api__CommandLimitMs", 20_000, 100, 300_000),
            MaxCommands = read.Number("WA__Api__MaxCommands", 512, 1, 100_000),
            MaxTenantCommands = read.Number("WA__Api__MaxTenantCommands", 64, 1, 100_000),
            MaxSessionCommands = read.Number("WA__Api__MaxSessionCommands", 4, 1, 1_000),
            NumberChecksPerHour = read.Number(
                "WA__Api__NumberChecksPerHour",
                2_000,
                500,
                1_000_000
            ),
            CacheMiB = read.Number("WA__Messages__CacheMiB", 32, 1, 4_096),
            EventDays = read.Number("WA__Messages__EventDays", 7, 1, 365),
            OutboxDays = read.Number("WA__Messages__OutboxDays", 14, 1, 365),
            HandledWeeks = read.Number("WA__Messages__HandledWeeks", 5, 1, 52),
        };
        if (options.Port != 0 && options.Port == options.ApiPort)
            read.Errors.Add(
                $"WA__Api__Port is {options.ApiPort} as WA__Pod__Port is; they must differ"
            );
        return read.Errors.Count == 0
            ? options
            : throw new StartRefusedException(string.Join("; ", read.Errors));
    }

    /// <summary>Reads what only a pod has.</summary>
    private sealed class Reader(IConfiguration configuration) : SettingReader(configuration)
    {
        public int Ordinal(string key, string name)
        {
            if (name.Length == 0)
                return 0;
            return PoolNames.OrdinalOf(name)
                ?? Wrong(
                    key,
                    $"is {name}; it must end in '-' and the ordinal, as a StatefulSet names its pods",
                    0
                );
        }

        public Uri Url(string key)
        {
            if (Optional(key) is not { } text)
                return new WhatsAppOptions().Url;
            return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "wss" or "ws"
                ? url
                : Wrong(
                    key,
                    $"is {text}; it must be an absolute wss:// or ws:// address",
                    new WhatsAppOptions().Url
                );
        }

        public byte[] Key(string key)
        {
            var standard = NoiseProtocol.RootKey.ToArray();
            if (Optional(key)?.Trim() is not { } text)
                return standard;
            return text.Length == 64 && text.All(char.IsAsciiHexDigit)
                ? Convert.FromHexString(text)
                : Wrong(key, $"has {text.Length} characters; it must be 64 hex digits", standard);
        }
    }
}
