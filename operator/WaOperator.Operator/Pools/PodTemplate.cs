using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>
/// The pod that every shard of a pool runs. Only what a restart is needed for is here: a change of the template rolls
/// all pods, so caps, times and the log level go through the database instead.
/// </summary>
internal static class PodTemplate
{
    /// <summary>A pod that fills more is evicted instead of the node's disk being filled.</summary>
    private const string TemporarySpace = "4Gi";

    /// <summary>
    /// What a pool's pods ask for that says nothing of resources: without any request they would be the first that a node evicts. No
    /// limit, since the right one follows from perShard.memory, which must not restart pods.
    /// </summary>
    private static readonly Dictionary<string, string> DefaultRequests = new(StringComparer.Ordinal)
    {
        ["cpu"] = "100m",
        ["memory"] = "256Mi",
    };
    private const int ReadableByGroup = 0b100_100_000; // 0440
    private const string MasterKeyFolder = "/run/secrets/wa/master-key";
    private const string CaFolder = "/run/secrets/wa/ca";
    private const string EgressCaFolder = "/run/secrets/wa/egress-ca";
    private const string RedisCaFolder = "/run/secrets/wa/redis-ca";

    /// <summary>Labels by which the pods of a pool are found; they can never change.</summary>
    public static Dictionary<string, string> Selector(string pool) =>
        new(StringComparer.Ordinal) { [Labels.Pool] = pool, [Labels.Component] = "session-pod" };

    /// <summary>Builds the template.</summary>
    /// <param name="pool">A valid pool.</param>
    /// <param name="defaults">What holds where the pool says nothing.</param>
    public static PodTemplateSpec Of(
        WhatsAppSessionPool pool,
        OperatorOptions.SessionPodOptions defaults
    )
    {
        var spec = pool.Spec;
        var extras = spec.PodTemplate;
        var labels = new Dictionary<string, string>(
            extras?.Labels ?? new Dictionary<string, string>(),
            StringComparer.Ordinal
        )
        {
            [Labels.ManagedBy] = Labels.ManagedByValue,
        };
        foreach (var (key, value) in Selector(pool.Metadata.Name!))
            labels[key] = value;
        return new()
        {
            Metadata = new() { Labels = labels, Annotations = extras?.Annotations },
            Spec = new()
            {
                AutomountServiceAccountToken = false,
                EnableServiceLinks = false,
                TerminationGracePeriodSeconds = spec.TerminationGracePeriodSeconds,
                SecurityContext = new()
                {
                    RunAsNonRoot = true,
                    RunAsUser = defaults.RunAsUser,
                    RunAsGroup = defaults.RunAsUser,
                    FsGroup = defaults.RunAsUser,
                    SeccompProfile = new() { Type = "RuntimeDefault" },
                },
                ImagePullSecrets =
                    spec.ImagePullSecrets
                    ?? (
                        defaults.ImagePullSecrets.Count == 0
                            ? null
                            :
                            [
                                .. defaults.ImagePullSecrets.Select(s => new LocalObjectReference
                                {
                                    Name = s,
                                }),
                            ]
                    ),
                NodeSelector = extras?.NodeSelector,
                Tolerations = extras?.Tolerations,
                Affinity = extras?.Affinity ?? OtherZones(pool.Metadata.Name!),
                PriorityClassName = extras?.PriorityClassName,
                TopologySpreadConstraints =
                    extras?.TopologySpreadConstraints ?? Spread(pool.Metadata.Name!),
                Containers = [Container(pool, defaults)],
                Volumes = Volumes(spec),
            },
        };
    }

    private static Container Container(
        WhatsAppSessionPool pool,
        OperatorOptions.SessionPodOptions defaults
    ) =>
        new()
        {
            Name = "session-pod",
            Image = pool.Spec.Image ?? defaults.Image,
            ImagePullPolicy =
                pool.Spec.ImagePullPolicy
                ?? (defaults.ImagePullPolicy is { Length: > 0 } policy ? policy : null),
            Env = Environment(pool),
            Ports =
            [
                new()
                {
                    Name = "http",
                    Port = ContainerPorts.Health,
                    Protocol = "TCP",
                },
                new()
                {
                    Name = "api",
                    Port = ContainerPorts.Api,
                    Protocol = "TCP",
                },
            ],
            Resources = Resources(pool.Spec.Resources),
            SecurityContext = new()
            {
                AllowPrivilegeEscalation = false,
                ReadOnlyRootFilesystem = true,
                RunAsNonRoot = true,
                Capabilities = new() { Drop = ["ALL"] },
            },
            // A first start may wait for the schema and the old holder of its lease; it is alive all the while.
            LivenessProbe = Get("/livez", period: 10, failures: 3, delay: 5),
            ReadinessProbe = Get("/readyz", period: 2, failures: 2, delay: 0),
            VolumeMounts = Mounts(pool.Spec),
        };

    private static List<EnvVar> Environment(WhatsAppSessionPool pool)
    {
        var spec = pool.Spec;
        var stop = Math.Max(1, spec.TerminationGracePeriodSeconds - 5) * 1000;
        var env = new List<EnvVar>
        {
            FromField(PodEnvironment.PodName, "metadata.name"),
            FromField(PodEnvironment.PodUid, "metadata.uid"),
            Plain(PodEnvironment.PoolUid, pool.Metadata.Uid!),
            Plain(PodEnvironment.StopLimitMs, stop.ToString(CultureInfo.InvariantCulture)),
            FromSecret(PodEnvironment.Database, spec.DatabaseSecretRef),
            Plain(PodEnvironment.MasterKeyFile, $"{MasterKeyFolder}/key"),
        };
        if (spec.RedisSecretRef is { } redis)
            env.Add(FromSecret(PodEnvironment.Redis, redis));
        if (spec.RedisCaSecretRef is not null)
            env.Add(Plain(PodEnvironment.RedisCaFile, $"{RedisCaFolder}/ca.pem"));
        env.AddRange(Egress(spec.Egress));
        if (spec.Whatsapp is not { } server)
            return env;
        if (server.Url is { } url)
            env.Add(Plain(PodEnvironment.WhatsAppUrl, url));
        if (server.CaSecretRef is not null)
            env.Add(Plain(PodEnvironment.WhatsAppCaFile, $"{CaFolder}/ca.pem"));
        if (server.RootKeySecretRef is { } rootKey)
            env.Add(FromSecret(PodEnvironment.WhatsAppRootKey, rootKey));
        else if (server.RootKey is { } key)
            env.Add(Plain(PodEnvironment.WhatsAppRootKey, key));
        return env;
    }

    private static IEnumerable<EnvVar> Egress(PoolEgress? egress)
    {
        if (egress?.AllowedNetworks is { Count: > 0 } allowed)
            yield return Plain(PodEnvironment.EgressAllowedNetworks, string.Join(',', allowed));
        if (egress?.DeniedNetworks is { Count: > 0 } denied)
            yield return Plain(PodEnvironment.EgressDeniedNetworks, string.Join(',', denied));
        if (egress?.Ports is { Count: > 0 } ports)
            yield return Plain(PodEnvironment.EgressPorts, string.Join(',', ports));
        if (egress?.CaSecretRef is not null)
            yield return Plain(PodEnvironment.EgressCaFile, $"{EgressCaFolder}/ca.pem");
    }

    private static List<Volume> Volumes(PoolSpec spec)
    {
        var volumes = new List<Volume>
        {
            new()
            {
                Name = "tmp",
                EmptyDir = new() { SizeLimit = TemporarySpace },
            },
            FromSecretFile("master-key", spec.MasterKeySecretRef, "key"),
        };
        if (spec.Whatsapp?.CaSecretRef is { } ca)
            volumes.Add(FromSecretFile("ca", ca, "ca.pem"));
        if (spec.RedisCaSecretRef is { } redisCa)
            volumes.Add(FromSecretFile("redis-ca", redisCa, "ca.pem"));
        if (spec.Egress?.CaSecretRef is { } egressCa)
            volumes.Add(FromSecretFile("egress-ca", egressCa, "ca.pem"));
        return volumes;
    }

    private static List<VolumeMount> Mounts(PoolSpec spec)
    {
        var mounts = new List<VolumeMount>
        {
            new() { Name = "tmp", MountPath = "/tmp" },
            ReadOnly("master-key", MasterKeyFolder),
        };
        if (spec.Whatsapp?.CaSecretRef is not null)
            mounts.Add(ReadOnly("ca", CaFolder));
        if (spec.RedisCaSecretRef is not null)
            mounts.Add(ReadOnly("redis-ca", RedisCaFolder));
        if (spec.Egress?.CaSecretRef is not null)
            mounts.Add(ReadOnly("egress-ca", EgressCaFolder));
        return mounts;
    }

    private static VolumeMount ReadOnly(string volume, string folder) =>
        new()
        {
            Name = volume,
            MountPath = folder,
            ReadOnly = true,
        };

    /// <summary>
    /// Over nodes only. A second constraint over zones would switch both off where nodes have no zone: the scheduler does not
    /// score nodes that lack any of the keys.
    /// </summary>
    private static List<TopologySpreadConstraint> Spread(string pool) =>
        [
            new()
            {
                MaxSkew = 1,
                TopologyKey = "kubernetes.io/hostname",
                WhenUnsatisfiable = "ScheduleAnyway",
                LabelSelector = new() { MatchLabels = Selector(pool) },
            },
        ];

    /// <summary>Rather in a zone that has no shard of the pool yet.</summary>
    private static JsonElement OtherZones(string pool)
    {
        var labels = new JsonObject();
        foreach (var (key, value) in Selector(pool))
            labels[key] = value;
        var affinity = new JsonObject
        {
            ["podAntiAffinity"] = new JsonObject
            {
                ["preferredDuringSchedulingIgnoredDuringExecution"] = new JsonArray(
                    new JsonObject
                    {
                        ["weight"] = 50,
                        ["podAffinityTerm"] = new JsonObject
                        {
                            ["topologyKey"] = "topology.kubernetes.io/zone",
                            ["labelSelector"] = new JsonObject { ["matchLabels"] = labels },
                        },
                    }
                ),
            },
        };
        using var document = JsonDocument.Parse(affinity.ToJsonString());
        return document.RootElement.Clone();
    }

    private static ResourceRequirements Resources(PoolResources? declared) =>
        declared is null
            ? new() { Requests = DefaultRequests }
            : new() { Requests = Texts(declared.Requests), Limits = Texts(declared.Limits) };

    private static Dictionary<string, string>? Texts(
        IReadOnlyDictionary<string, Quantity>? amounts
    ) => amounts?.ToDictionary(a => a.Key, a => a.Value.ToString(), StringComparer.Ordinal);

    private static Probe Get(string path, int period, int failures, int delay) =>
        new()
        {
            HttpGet = new() { Path = path, Port = "http" },
            InitialDelaySeconds = delay,
            PeriodSeconds = period,
            TimeoutSeconds = 5,
            FailureThreshold = failures,
        };

    private static Volume FromSecretFile(string name, SecretKeyReference key, string file) =>
        new()
        {
            Name = name,
            Secret = new()
            {
                SecretName = key.Name,
                DefaultMode = ReadableByGroup,
                Items = [new() { Key = key.Key, Path = file }],
            },
        };

    private static EnvVar Plain(string name, string value) => new() { Name = name, Value = value };

    private static EnvVar FromField(string name, string path) =>
        new()
        {
            Name = name,
            ValueFrom = new() { FieldRef = new() { FieldPath = path } },
        };

    private static EnvVar FromSecret(string name, SecretKeyReference key) =>
        new()
        {
            Name = name,
            ValueFrom = new()
            {
                SecretKeyRef = new() { Name = key.Name, Key = key.Key },
            },
        };
}
