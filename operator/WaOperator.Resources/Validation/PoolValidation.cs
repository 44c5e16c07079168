using System.Globalization;
using System.Net;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>Repeats every rule of the pool's schema, for servers that lack some and for objects older than a rule.</summary>
public static class PoolValidation
{
    /// <summary>The rules that <paramref name="pool"/> breaks; none when it is valid.</summary>
    public static IReadOnlyList<Violation> Validate(WhatsAppSessionPool pool)
    {
        var check = new Checker();
        var spec = pool.Spec;
        check.Text("metadata.name", pool.Metadata.Name, 0, 40, Patterns.PoolName);
        check.List(
            "spec.servedNamespaces",
            spec.ServedNamespaces,
            1000,
            n => n,
            (path, n) => check.Text(path, n, 1, 63, Patterns.Namespace)
        );
        Shards(check, spec);
        Pods(check, spec);
        Lease(check, spec.Lease);
        check.Number("spec.failoverAfterSeconds", spec.FailoverAfterSeconds, 1, 3600);
        check.Number("spec.movesPerMinute", spec.MovesPerMinute, 0, 100_000);
        check.Number("spec.loginsPerSecond", spec.LoginsPerSecond, 1, 10_000);
        check.Number("spec.preKeys", spec.PreKeys, 5, 812);
        check.Number("spec.suspectDeviceIdAbove", spec.SuspectDeviceIdAbove, 0, 255);
        check.OneOf(
            "spec.logLevel",
            spec.LogLevel,
            "Trace",
            "Debug",
            "Information",
            "Warning",
            "Error",
            "Critical"
        );
        check.Secret("spec.databaseSecretRef", spec.DatabaseSecretRef);
        check.Secret("spec.redisSecretRef", spec.RedisSecretRef);
        check.Secret("spec.redisCaSecretRef", spec.RedisCaSecretRef);
        check.Rule(
            "spec",
            spec.RedisCaSecretRef is null || spec.RedisSecretRef is not null,
            "redisCaSecretRef needs redisSecretRef"
        );
        check.Secret("spec.masterKeySecretRef", spec.MasterKeySecretRef);
        Endpoint(check, spec.Whatsapp);
        Egress(check, spec.Egress);
        Template(check, spec.PodTemplate);
        return check.Found;
    }

    private static void Shards(Checker check, PoolSpec spec)
    {
        check.Number("spec.shards.min", spec.Shards.Min, 0, 1000);
        check.Number("spec.shards.max", spec.Shards.Max, 0, 1000);
        check.Rule(
            "spec.shards",
            spec.Shards.Max is not { } max || max >= spec.Shards.Min,
            "max must not be less than min"
        );
        check.Number("spec.perShard.sessions", spec.PerShard.Sessions, 0, 100_000);
        check.Amount("spec.perShard.memory", spec.PerShard.Memory, Patterns.Memory);
        check.Amount(
            "spec.perSession.maxMemoryEstimate",
            spec.PerSession.MaxMemoryEstimate,
            Patterns.Memory
        );
        check.Number("spec.perSession.maxPriority", spec.PerSession.MaxPriority, -1000, 1000);
    }

    private static void Pods(Checker check, PoolSpec spec)
    {
        check.Optional("spec.image", spec.Image, 1, 1024, Patterns.Image);
        check.OneOf(
            "spec.imagePullPolicy",
            spec.ImagePullPolicy,
            "Always",
            "IfNotPresent",
            "Never"
        );
        check.List(
            "spec.imagePullSecrets",
            spec.ImagePullSecrets,
            16,
            s => s.Name ?? "",
            (path, s) => check.Text($"{path}.name", s.Name, 1, 253, Patterns.ObjectName)
        );
        check.Map(
            "spec.resources.requests",
            spec.Resources?.Requests,
            16,
            (path, q) => check.Amount(path, q, Patterns.Amount)
        );
        check.Map(
            "spec.resources.limits",
            spec.Resources?.Limits,
            16,
            (path, q) => check.Amount(path, q, Patterns.Amount)
        );
        check.Number(
            "spec.terminationGracePeriodSeconds",
            spec.TerminationGracePeriodSeconds,
            5,
            3600
        );
    }

    private static void Lease(Checker check, LeaseTimes lease)
    {
        check.Number("spec.lease.ttlSeconds", lease.TtlSeconds, 3, 600);
        check.Number("spec.lease.renewSeconds", lease.RenewSeconds, 1, 300);
        check.Number("spec.lease.actSeconds", lease.ActSeconds, 2, 599);
        check.Number("spec.lease.silentSeconds", lease.SilentSeconds, 3, 3600);
        check.Rule(
            "spec.lease",
            lease.RenewSeconds < lease.ActSeconds,
            "renewSeconds must be less than actSeconds"
        );
        check.Rule(
            "spec.lease",
            lease.ActSeconds < lease.TtlSeconds,
            "actSeconds must be less than ttlSeconds"
        );
        check.Rule(
            "spec.lease",
            lease.SilentSeconds >= lease.TtlSeconds,
            "silentSeconds must not be less than ttlSeconds"
        );
    }

    private static void Endpoint(Checker check, WhatsAppEndpoint? whatsapp)
    {
        if (whatsapp is null)
            return;
        check.Optional("spec.whatsapp.url", whatsapp.Url, 1, 2048, Patterns.SocketUrl);
        check.Secret("spec.whatsapp.caSecretRef", whatsapp.CaSecretRef);
        check.Optional("spec.whatsapp.rootKey", whatsapp.RootKey, 0, 64, Patterns.RootKey);
        check.Secret("spec.whatsapp.rootKeySecretRef", whatsapp.RootKeySecretRef);
        check.Rule(
            "spec.whatsapp",
            whatsapp.RootKey is null || whatsapp.RootKeySecretRef is null,
            "rootKey and rootKeySecretRef exclude each other"
        );
    }

    private static void Egress(Checker check, PoolEgress? egress)
    {
        if (egress is null)
            return;
        const string at = "spec.egress";
        Networks(check, $"{at}.allowedNetworks", egress.AllowedNetworks);
        Networks(check, $"{at}.deniedNetworks", egress.DeniedNetworks);
        check.List(
            $"{at}.ports",
            egress.Ports,
            16,
            p => p.ToString(CultureInfo.InvariantCulture),
            (path, p) => check.Number(path, p, 1, 65_535)
        );
        check.Secret($"{at}.caSecretRef", egress.CaSecretRef);
    }

    /// <summary>What no schema can say: networks that are none.</summary>
    public static IReadOnlyList<Violation> ValidateMeaning(PoolSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var check = new Checker();
        Check("spec.egress.allowedNetworks", spec.Egress?.AllowedNetworks);
        Check("spec.egress.deniedNetworks", spec.Egress?.DeniedNetworks);
        return check.Found;

        void Check(string at, IReadOnlyList<string>? networks)
        {
            for (var i = 0; i < networks?.Count; i++)
                check.Rule(
                    $"{at}[{i}]",
                    IPAddress.TryParse(networks[i].Split('/')[0], out _),
                    $"must be {Patterns.Network.Meaning} (is '{networks[i]}')"
                );
        }
    }

    private static void Networks(Checker check, string at, IReadOnlyList<string>? networks) =>
        check.List(
            at,
            networks,
            64,
            n => n,
            (path, n) => check.Text(path, n, 3, 43, Patterns.Network)
        );

    private static void Template(Checker check, PodTemplateExtras? template)
    {
        if (template is null)
            return;
        const string at = "spec.podTemplate";
        check.Map(
            $"{at}.labels",
            template.Labels,
            64,
            (path, v) => check.Text(path, v, 0, 63, Patterns.LabelValue)
        );
        check.Map(
            $"{at}.annotations",
            template.Annotations,
            64,
            (path, v) => check.Text(path, v, 0, 65536)
        );
        check.Map(
            $"{at}.nodeSelector",
            template.NodeSelector,
            64,
            (path, v) => check.Text(path, v, 0, 63, Patterns.LabelValue)
        );
        check.List(
            $"{at}.tolerations",
            template.Tolerations,
            32,
            null,
            (path, t) => Toleration(check, path, t)
        );
        check.List(
            $"{at}.topologySpreadConstraints",
            template.TopologySpreadConstraints,
            8,
            null,
            (path, c) => Spread(check, path, c)
        );
        check.Optional(
            $"{at}.priorityClassName",
            template.PriorityClassName,
            1,
            253,
            Patterns.ObjectName
        );
    }

    private static void Toleration(Checker check, string path, Toleration toleration)
    {
        check.Optional($"{path}.key", toleration.Key, 0, 316);
        check.OneOf($"{path}.operator", toleration.Operator, "Exists", "Equal");
        check.Optional($"{path}.value", toleration.Value, 0, 63);
        check.OneOf(
            $"{path}.effect",
            toleration.Effect,
            "NoSchedule",
            "PreferNoSchedule",
            "NoExecute"
        );
        check.Number($"{path}.tolerationSeconds", toleration.TolerationSeconds, 0, long.MaxValue);
    }

    private static void Spread(Checker check, string path, TopologySpreadConstraint spread)
    {
        check.Number($"{path}.maxSkew", spread.MaxSkew ?? 0, 1, 1000);
        check.Text($"{path}.topologyKey", spread.TopologyKey, 1, 316);
        check.Rule(
            $"{path}.whenUnsatisfiable",
            spread.WhenUnsatisfiable is not null,
            "is required: must be DoNotSchedule or ScheduleAnyway"
        );
        check.OneOf(
            $"{path}.whenUnsatisfiable",
            spread.WhenUnsatisfiable,
            "DoNotSchedule",
            "ScheduleAnyway"
        );
    }
}
