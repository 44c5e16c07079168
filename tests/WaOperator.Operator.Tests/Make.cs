using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tests;

/// <summary>Objects with what every test needs; a test names only what it is about.</summary>
internal static class Make
{
    public const string Ns = "acme";
    public const string Phone = "491700000001";
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    public static readonly ShardId Shard = new("pool-uid", 0);

    public static WhatsAppSession Session(
        string name = "support",
        string phone = Phone,
        string tenant = "acme",
        string ns = Ns,
        string state = "Active",
        string deletionPolicy = "Unlink",
        string pool = "default",
        bool deleting = false,
        SessionStatus? status = null,
        string history = HistoryDepths.None,
        params (string Key, string Value)[] annotations
    ) =>
        new()
        {
            Metadata = new()
            {
                Name = name,
                Namespace = ns,
                Uid = $"uid-{name}",
                Generation = 1,
                CreationTimestamp = Now,
                DeletionTimestamp = deleting ? Now : null,
                Annotations = annotations.ToDictionary(a => a.Key, a => a.Value),
            },
            Spec = new()
            {
                TenantRef = new() { Name = tenant },
                PhoneNumber = phone,
                State = state,
                DeletionPolicy = deletionPolicy,
                Pool = pool,
                History = history,
            },
            Status = status,
        };

    public static WhatsAppTenant Tenant(
        string name = "acme",
        bool deleting = false,
        TenantSpec? spec = null
    ) =>
        new()
        {
            Metadata = new()
            {
                Name = name,
                Namespace = Ns,
                Uid = $"uid-{name}",
                Generation = 1,
                DeletionTimestamp = deleting ? Now : null,
            },
            Spec = spec ?? new(),
        };

    public static WhatsAppWebhook Webhook(Func<WebhookSpec, WebhookSpec>? change = null)
    {
        var spec = new WebhookSpec
        {
            TenantRef = new() { Name = "acme" },
            Url = "https://crm.example.org/wa",
            SecretRefs = [new() { Name = "hooks", Key = "key" }],
        };
        return new()
        {
            Metadata = new()
            {
                Name = "crm",
                Namespace = Ns,
                Uid = "uid-crm",
                Generation = 1,
            },
            Spec = change?.Invoke(spec) ?? spec,
        };
    }

    public static WhatsAppSessionPool Pool(
        string name = "default",
        string ns = Ns,
        string? uid = null,
        bool deleting = false,
        PoolSpec? spec = null
    ) =>
        new()
        {
            Metadata = new()
            {
                Name = name,
                Namespace = ns,
                Uid = uid ?? $"uid-{ns}-{name}",
                Generation = 1,
                CreationTimestamp = Now,
                DeletionTimestamp = deleting ? Now : null,
            },
            Spec =
                spec
                ?? new()
                {
                    DatabaseSecretRef = new() { Name = "db", Key = "dsn" },
                    MasterKeySecretRef = new() { Name = "mk", Key = "key" },
                },
        };

    public static SessionRow Row(
        WhatsAppSession? session = null,
        string phone = Phone,
        long tenantId = 7,
        string? pool = "pool-uid",
        DesiredState desired = DesiredState.Active
    ) =>
        new()
        {
            Uid = (session ?? Session()).Metadata.Uid!,
            TenantId = tenantId,
            Phone = phone,
            Namespace = Ns,
            Name = (session ?? Session()).Metadata.Name!,
            PoolUid = pool,
            Desired = desired,
            PairingMethod = "QR",
            DeviceName = "WaOperator",
        };

    public static SessionFacts Facts(SessionRow? row = null, ShardId? shard = null) =>
        new("uid-support", new(Ns, "support"))
        {
            Stored = new(1, row ?? Row()),
            Shard = shard,
            PlacedBecause = shard is null ? "" : "Hashed",
        };

    public static ObservedSession Observed(
        SessionPhase phase,
        bool paired = true,
        ShardId? shard = null,
        long leaseEpoch = 1,
        string reason = "",
        long epoch = 3
    ) =>
        new(
            "uid-support",
            Ns,
            "support",
            shard ?? Shard,
            "wa-default-0",
            new()
            {
                SessionId = 1,
                Epoch = epoch,
                Phase = phase,
                Reason = reason,
                Paired = paired,
                Phone = paired ? Phone : null,
                Jid = paired ? $"{Phone}:12@s.whatsapp.net" : null,
                LastConnectedAt = phase == SessionPhase.Connected ? Now : null,
                Reconnects = 2,
            },
            leaseEpoch
        );

    public static Condition? Condition(SessionStatus status, string type) =>
        status.Conditions.Find(type);
}
