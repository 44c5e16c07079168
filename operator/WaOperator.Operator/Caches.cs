using WaOperator.Domain;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Proxies;
using WaOperator.PhoneNumbers;
using WaOperator.Resources;

namespace WaOperator.Operator;

/// <summary>The objects that the operator watches, one informer per kind, kept warm on every replica.</summary>
internal sealed class Caches
{
    private const string Phone = "phone";
    private const string Tenant = "tenant";
    private const string Pool = "pool";
    private const string Name = "name";
    private const string Uid = "uid";
    private const string Proxy = "proxy";

    /// <summary>Makes the informers; nothing runs yet.</summary>
    /// <param name="client">The API.</param>
    /// <param name="namespaces">What to watch; empty: everything.</param>
    /// <param name="policyV1">Whether policy/v1 is served; else policy/v1beta1 is.</param>
    /// <param name="shared">Pools that may serve other namespaces, see <see cref="SharedPools"/>.</param>
    /// <param name="nodes">Whether Nodes may be read, which takes a permission for the whole cluster.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="time">The clock.</param>
    public Caches(
        IKubernetes client,
        IReadOnlyList<string> namespaces,
        bool policyV1,
        SharedPools shared,
        bool nodes,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        var all = new InformerOptions { Namespaces = namespaces };
        var ours = all with { LabelSelector = Labels.Pool };
        Namespaces = namespaces;
        Shared = shared;
        Tenants = new(client, all, loggers, time);
        Sessions = new(client, all, loggers, time);
        Pools = new(client, all, loggers, time);
        Webhooks = new(client, all, loggers, time);
        Pods = new(client, ours, loggers, time);
        StatefulSets = new(client, ours, loggers, time);
        Services = new(client, ours, loggers, time);
        Budgets = policyV1 ? new(client, ours, loggers, time) : null;
        BudgetsV1Beta1 = policyV1 ? null : new(client, ours, loggers, time);
        Nodes = nodes ? new(client, new(), loggers, time) : null;
        Sessions.AddIndex(Phone, s => [PhoneNumber.Account(s.Spec.PhoneNumber)]);
        Sessions.AddIndex(Tenant, s => [TenantKey(s)]);
        Sessions.AddIndex(Pool, s => [s.Spec.Pool]);
        Sessions.AddIndex(Proxy, s => ProxyAt.Of(s) is { } at ? [at.ToString()] : []);
        Webhooks.AddIndex(Tenant, w => [TenantOf(w).ToString()]);
        Pools.AddIndex(Name, p => [p.Metadata.Name ?? ""]);
        Pools.AddIndex(Uid, p => [p.Metadata.Uid ?? ""]);
    }

    public IReadOnlyList<string> Namespaces { get; }
    public SharedPools Shared { get; }
    public Informer<WhatsAppTenant> Tenants { get; }
    public Informer<WhatsAppSession> Sessions { get; }
    public Informer<WhatsAppSessionPool> Pools { get; }
    public Informer<WhatsAppWebhook> Webhooks { get; }
    public Informer<Pod> Pods { get; }
    public Informer<StatefulSet> StatefulSets { get; }
    public Informer<Service> Services { get; }
    public Informer<PodDisruptionBudget>? Budgets { get; }
    public Informer<PodDisruptionBudgetV1Beta1>? BudgetsV1Beta1 { get; }
    public Informer<Node>? Nodes { get; }

    public IEnumerable<IInformer> All =>
        new IInformer?[]
        {
            Tenants,
            Sessions,
            Pools,
            Webhooks,
            Pods,
            StatefulSets,
            Services,
            Budgets,
            BudgetsV1Beta1,
            Nodes,
        }.OfType<IInformer>();

    /// <summary>Whether objects of the namespace are watched.</summary>
    public bool Watches(string ns) =>
        Namespaces.Count == 0 || Namespaces.Contains(ns, StringComparer.Ordinal);

    /// <summary>The sessions that declare a number of that WhatsApp account.</summary>
    public IEnumerable<WhatsAppSession> SessionsOfPhone(string phone) =>
        Sessions.ByIndex(Phone, PhoneNumber.Account(phone));

    public IEnumerable<WhatsAppSession> SessionsOfTenant(NamespacedName tenant) =>
        Sessions.ByIndex(Tenant, tenant.ToString());

    /// <summary>The sessions whose proxy is declared there.</summary>
    public IEnumerable<WhatsAppSession> SessionsOfProxy(ProxyAt at) =>
        Sessions.ByIndex(Proxy, at.ToString());

    public IEnumerable<WhatsAppWebhook> WebhooksOfTenant(NamespacedName tenant) =>
        Webhooks.ByIndex(Tenant, tenant.ToString());

    /// <summary>The sessions that name a pool so, whichever of that name serves them.</summary>
    public IEnumerable<WhatsAppSession> SessionsOfPool(string name) => Sessions.ByIndex(Pool, name);

    public WhatsAppSessionPool? PoolByUid(string? uid) =>
        uid is null ? null : Pools.ByIndex(Uid, uid).FirstOrDefault();

    /// <summary>How many pods a pool's StatefulSet asks for; 0 before it is made.</summary>
    public int ReplicasOf(WhatsAppSessionPool pool) =>
        StatefulSets
            .Store.Get(pool.Metadata.Namespace, PoolNames.Workload(pool.Metadata.Name!))
            ?.Spec?.Replicas
        ?? 0;

    /// <summary>
    /// The pod of an ordinal. Only one that the pool's own StatefulSet made: anyone who may create pods can give another the name.
    /// </summary>
    public Pod? PodOf(WhatsAppSessionPool pool, int ordinal) =>
        Pods.Store.Get(pool.Metadata.Namespace, PoolNames.Pod(pool.Metadata.Name!, ordinal))
            is { Metadata.Controller.Uid: { } set } pod
        && StatefulSets.Store.Get(pool.Metadata.Namespace, PoolNames.Workload(pool.Metadata.Name!))
            is { Metadata: { Uid: { } uid, Controller.Uid: { } owner } }
        && set == uid
        && owner == pool.Metadata.Uid
            ? pod
            : null;

    /// <summary>The pool that serves a session.</summary>
    public WhatsAppSessionPool? PoolFor(WhatsAppSession session, string? current) =>
        PoolChoice.For(
            session.Metadata.Namespace ?? "",
            session.Spec.Pool,
            current,
            Pools.ByIndex(Name, session.Spec.Pool),
            Shared.Has
        );

    /// <summary>The tenant that a session names.</summary>
    public static NamespacedName TenantOf(WhatsAppSession session) =>
        new(session.Metadata.Namespace ?? "", session.Spec.TenantRef.Name);

    /// <summary>The tenant that a webhook names.</summary>
    public static NamespacedName TenantOf(WhatsAppWebhook webhook) =>
        new(webhook.Metadata.Namespace ?? "", webhook.Spec.TenantRef.Name);

    private static string TenantKey(WhatsAppSession session) => TenantOf(session).ToString();
}
