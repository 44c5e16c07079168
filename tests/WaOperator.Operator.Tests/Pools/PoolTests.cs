using System.Text.Json;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Operator.Pools;
using WaOperator.Resources;

namespace WaOperator.Operator.Tests.Pools;

public sealed class PoolTests
{
    private static readonly OperatorOptions.SessionPodOptions Defaults = new()
    {
        Image = "registry/session-pod:1",
        ImagePullSecrets = ["pull"],
    };

    [Fact]
    public void The_pool_of_the_own_namespace_comes_first_then_the_oldest_elsewhere_that_serves()
    {
        var own = Make.Pool();
        var far = Make.Pool(ns: "far", spec: Make.Pool().Spec with { ServedNamespaces = ["*"] });
        var older = Make.Pool(ns: "older", spec: far.Spec);
        older = older with
        {
            Metadata = older.Metadata with { CreationTimestamp = Make.Now.AddDays(-1) },
        };
        var closed = Make.Pool(ns: "closed");
        For(Make.Ns, "default", null, [closed, far, older, own]).ShouldBe(own);
        For(Make.Ns, "default", null, [closed, far, older]).ShouldBe(older);
        For(Make.Ns, "default", null, [closed]).ShouldBeNull();
        For(Make.Ns, "other", null, [own]).ShouldBeNull();
    }

    [Fact]
    public void A_session_stays_in_its_pool_while_that_serves_it()
    {
        var own = Make.Pool();
        var far = Make.Pool(ns: "far", spec: own.Spec with { ServedNamespaces = ["*"] });
        For(Make.Ns, "default", far.Metadata.Uid, [own, far]).ShouldBe(far);
        var going = Make.Pool(ns: "far", deleting: true, spec: far.Spec);
        For(Make.Ns, "default", going.Metadata.Uid, [own, going]).ShouldBe(going);
        For(Make.Ns, "default", going.Metadata.Uid, [going]).ShouldBe(going);
        For(Make.Ns, "default", null, [going]).ShouldBeNull();
        var invalid = far with { Spec = far.Spec with { PreKeys = 0 } };
        For(Make.Ns, "default", null, [invalid]).ShouldBeNull();
        For(Make.Ns, "default", invalid.Metadata.Uid, [own, invalid]).ShouldBe(invalid);
    }

    [Fact]
    public void A_pool_serves_other_namespaces_only_with_the_administrator_s_consent()
    {
        var own = Make.Pool();
        var far = Make.Pool(ns: "far", spec: own.Spec with { ServedNamespaces = ["*"] });
        PoolChoice.For(Make.Ns, "default", null, [far], _ => false).ShouldBeNull();
        PoolChoice.For(Make.Ns, "default", far.Metadata.Uid, [far], _ => false).ShouldBeNull();
        PoolChoice.For(Make.Ns, "default", null, [own, far], _ => false).ShouldBe(own);

        var shared = new SharedPools("wa", ["there", "here/default"]);
        shared.Has(Make.Pool(ns: "wa")).ShouldBeTrue();
        shared.Has(Make.Pool(ns: "there")).ShouldBeTrue();
        shared.Has(Make.Pool(ns: "here")).ShouldBeTrue();
        shared.Has(Make.Pool("other", "here")).ShouldBeFalse();
        shared.WhyNot(far)!.ShouldContain("far/default");
        shared.WhyNot(own).ShouldBeNull();
    }

    private static WhatsAppSessionPool? For(
        string ns,
        string name,
        string? current,
        IEnumerable<WhatsAppSessionPool> pools
    ) => PoolChoice.For(ns, name, current, pools, _ => true);

    [Theory]
    [InlineData(0, 3, new int[0], 3)]
    [InlineData(3, 5, new[] { 0 }, 5)]
    [InlineData(5, 3, new[] { 0, 1, 2 }, 3)]
    [InlineData(5, 3, new[] { 0, 3 }, 4)]
    [InlineData(5, 3, new[] { 4 }, 5)]
    [InlineData(5, 3, new[] { 9 }, 3)]
    [InlineData(2, 0, new int[0], 0)]
    public void Replicas_grow_at_once_and_shrink_only_past_empty_shards(
        int current,
        int wanted,
        int[] inUse,
        int replicas
    ) => PoolReplicas.Decide(current, wanted, inUse).ShouldBe(replicas);

    [Fact]
    public void Caps_times_and_log_level_do_not_stand_in_the_template()
    {
        var pool = Make.Pool();
        var changed = pool with
        {
            Spec = pool.Spec with
            {
                PerShard = new() { Sessions = 3, Memory = new("1Gi") },
                Lease = new() { TtlSeconds = 20 },
                LogLevel = "Debug",
                PreKeys = 50,
                SuspectDeviceIdAbove = 20,
                LoginsPerSecond = 5,
                FailoverAfterSeconds = 9,
                MovesPerMinute = 1,
                Shards = new() { Min = 9 },
                ServedNamespaces = ["*"],
            },
        };
        Json(PodTemplate.Of(changed, Defaults)).ShouldBe(Json(PodTemplate.Of(pool, Defaults)));
    }

    [Fact]
    public void Session_pods_have_no_token_no_root_and_no_capabilities()
    {
        var spec = PodTemplate.Of(Make.Pool(), Defaults).Spec!;
        spec.AutomountServiceAccountToken.ShouldBe(false);
        spec.ServiceAccountName.ShouldBeNull();
        spec.SecurityContext!.RunAsNonRoot.ShouldBe(true);
        spec.SecurityContext.SeccompProfile!.Type.ShouldBe("RuntimeDefault");
        var container = spec.Containers!.Single();
        container.SecurityContext!.ReadOnlyRootFilesystem.ShouldBe(true);
        container.SecurityContext.AllowPrivilegeEscalation.ShouldBe(false);
        container.SecurityContext.Capabilities!.Drop.ShouldBe(["ALL"]);
        container.VolumeMounts!.ShouldContain(m => m.MountPath == "/tmp" && m.ReadOnly != true);
        container.Image.ShouldBe("registry/session-pod:1");
        spec.ImagePullSecrets!.Single().Name.ShouldBe("pull");
    }

    [Fact]
    public void Pods_are_told_who_they_are_and_where_all_is()
    {
        var pool = Make.Pool();
        pool = pool with
        {
            Spec = pool.Spec with
            {
                RedisSecretRef = new() { Name = "redis", Key = "url" },
                RedisCaSecretRef = new() { Name = "redis-ca", Key = "ca.crt" },
                Whatsapp = new()
                {
                    Url = "wss://sim:8443/ws",
                    CaSecretRef = new() { Name = "sim", Key = "tls.crt" },
                    RootKeySecretRef = new() { Name = "sim", Key = "root" },
                },
                Egress = new()
                {
                    AllowedNetworks = ["10.20.0.0/16", "fd00::/8"],
                    DeniedNetworks = ["198.18.0.0/15"],
                    Ports = [443, 8443],
                    CaSecretRef = new() { Name = "inner-ca", Key = "ca.crt" },
                },
            },
        };
        var spec = PodTemplate.Of(pool, Defaults).Spec!;
        var env = spec.Containers!.Single().Env!.ToDictionary(e => e.Name!);
        env.Keys.ShouldBe(PodEnvironment.All, ignoreOrder: true);
        env["WA__Pod__Name"].ValueFrom!.FieldRef!.FieldPath.ShouldBe("metadata.name");
        env["WA__Pod__Uid"].ValueFrom!.FieldRef!.FieldPath.ShouldBe("metadata.uid");
        env["WA__Pod__PoolUid"].Value.ShouldBe(pool.Metadata.Uid);
        env["WA__Database__ConnectionString"].ValueFrom!.SecretKeyRef!.Name.ShouldBe("db");
        env["WA__Redis__Configuration"].ValueFrom!.SecretKeyRef!.Key.ShouldBe("url");
        env["WA__WhatsApp__Url"].Value.ShouldBe("wss://sim:8443/ws");
        env["WA__WhatsApp__RootKey"].ValueFrom!.SecretKeyRef!.Key.ShouldBe("root");
        env["WA__Pod__StopLimitMs"].Value.ShouldBe("25000");
        env["WA__Egress__AllowedNetworks"].Value.ShouldBe("10.20.0.0/16,fd00::/8");
        env["WA__Egress__DeniedNetworks"].Value.ShouldBe("198.18.0.0/15");
        env["WA__Egress__Ports"].Value.ShouldBe("443,8443");
        var egressCa = env["WA__Egress__CaFile"].Value!;
        spec.Volumes!.Single(v =>
                v.Name
                == spec.Containers!.Single()
                    .VolumeMounts!.Single(m =>
                        egressCa.StartsWith(m.MountPath!, StringComparison.Ordinal)
                    )
                    .Name
            )
            .Secret!.SecretName.ShouldBe("inner-ca");
        var key = env["WA__MasterKey__File"].Value!;
        var mount = spec.Containers!.Single()
            .VolumeMounts!.Single(m => key.StartsWith(m.MountPath!, StringComparison.Ordinal));
        var volume = spec.Volumes!.Single(v => v.Name == mount.Name);
        volume.Secret!.SecretName.ShouldBe("mk");
        volume.Secret.Items!.Single().Path.ShouldBe(key[(mount.MountPath!.Length + 1)..]);
        foreach (
            var (setting, secret) in (ReadOnlySpan<(string, string)>)
                [("WA__WhatsApp__CaFile", "sim"), ("WA__Redis__CaFile", "redis-ca")]
        )
        {
            var ca = env[setting].Value!;
            var at = spec.Containers!.Single()
                .VolumeMounts!.Single(m =>
                    ca.StartsWith(m.MountPath + "/", StringComparison.Ordinal)
                );
            at.ReadOnly.ShouldBe(true);
            // As a folder, not as a single file of it: a renewed Secret reaches only folders.
            at.SubPath.ShouldBeNull();
            spec.Volumes!.Single(v => v.Name == at.Name).Secret!.SecretName.ShouldBe(secret);
        }
    }

    [Fact]
    public void Names_and_labels_fit_for_the_longest_pool()
    {
        var name = new string('p', 40);
        PoolNames.Pod(name, 999).Length.ShouldBeLessThanOrEqualTo(63);
        // A StatefulSet labels its pods with its name, a hyphen and up to ten characters of hash.
        (PoolNames.Workload(name).Length + 11).ShouldBeLessThanOrEqualTo(63);
    }

    [Fact]
    public void An_invalid_pool_keeps_its_last_good_terms()
    {
        var book = new PoolBook();
        var pool = Make.Pool();
        book.See(pool, 0).ShouldBeTrue();
        var bad = pool with
        {
            Metadata = pool.Metadata with { Generation = 2 },
            Spec = pool.Spec with { PerShard = new() { Sessions = -1 } },
        };
        book.See(bad, 0).ShouldBeTrue();
        book.Find(pool.Metadata.Uid!)!.PerShard.Sessions.ShouldBe(1000);
        new PoolBook().See(bad, 0).ShouldBeFalse();
        var frozen = PoolTerms.Frozen(new() { LeaseTtlMs = 5000 }, 2);
        frozen.Shards.ShouldBe(2);
        frozen.PerShard.Sessions.ShouldBe(0);
        frozen.Times.LeaseTtl.ShouldBe(TimeSpan.FromSeconds(5));
    }

    private static string Json(PodTemplateSpec template) =>
        JsonSerializer.Serialize(
            new StatefulSet { Spec = new() { Template = template } },
            StatefulSet.Resource.TypeInfo
        );
}
