using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Options;
using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>The objects that a pool owns, as they should be.</summary>
internal static class PoolWorkloads
{
    /// <summary>The StatefulSet: all pods at once, and replaced only by us, one after the other.</summary>
    public static StatefulSet StatefulSet(
        WhatsAppSessionPool pool,
        OperatorOptions.SessionPodOptions defaults,
        int replicas
    ) =>
        new()
        {
            Metadata = Metadata(pool),
            Spec = new()
            {
                Replicas = replicas,
                ServiceName = PoolNames.Workload(pool.Metadata.Name!),
                PodManagementPolicy = "Parallel",
                UpdateStrategy = new() { Type = "OnDelete" },
                RevisionHistoryLimit = 5,
                Selector = new() { MatchLabels = PodTemplate.Selector(pool.Metadata.Name!) },
                Template = PodTemplate.Of(pool, defaults),
            },
        };

    /// <summary>The headless Service that gives each pod a name, ready or not.</summary>
    public static Service Service(WhatsAppSessionPool pool) =>
        new()
        {
            Metadata = Metadata(pool),
            Spec = new()
            {
                ClusterIP = "None",
                PublishNotReadyAddresses = true,
                Selector = PodTemplate.Selector(pool.Metadata.Name!),
                Ports =
                [
                    new()
                    {
                        Name = "http",
                        Port = ContainerPorts.Health,
                        TargetPort = "http",
                        Protocol = "TCP",
                    },
                    new()
                    {
                        Name = "api",
                        Port = ContainerPorts.Api,
                        TargetPort = "api",
                        Protocol = "TCP",
                    },
                ],
            },
        };

    /// <summary>Node drains take one shard at a time.</summary>
    public static PodDisruptionBudget Budget(WhatsAppSessionPool pool) =>
        new() { Metadata = Metadata(pool), Spec = BudgetSpec(pool) };

    /// <summary>The same for servers before 1.21.</summary>
    public static PodDisruptionBudgetV1Beta1 BudgetV1Beta1(WhatsAppSessionPool pool) =>
        new() { Metadata = Metadata(pool), Spec = BudgetSpec(pool) };

    private static PodDisruptionBudgetSpec BudgetSpec(WhatsAppSessionPool pool) =>
        new()
        {
            MaxUnavailable = 1,
            Selector = new() { MatchLabels = PodTemplate.Selector(pool.Metadata.Name!) },
        };

    private static ObjectMeta Metadata(WhatsAppSessionPool pool) =>
        new()
        {
            Name = PoolNames.Workload(pool.Metadata.Name!),
            Namespace = pool.Metadata.Namespace,
            Labels = new Dictionary<string, string>(
                PodTemplate.Selector(pool.Metadata.Name!),
                StringComparer.Ordinal
            )
            {
                [Labels.ManagedBy] = Labels.ManagedByValue,
            },
            OwnerReferences = [OwnerReference.ControllerOf(pool)],
        };
}
