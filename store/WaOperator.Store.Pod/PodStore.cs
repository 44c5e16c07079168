using Npgsql;
using WaOperator.Domain;
using WaOperator.Store.Schema;

namespace WaOperator.Store.Pod;

/// <summary>
/// What a session pod is given of the database, over connections of its own. Its role may do no more than what is here, and row security
/// shows it the rows of its own sessions alone. All calls throw <see cref="NpgsqlException"/> while the database is away.
/// </summary>
public sealed class PodStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;

    /// <summary>Takes connections over and closes them in the end.</summary>
    /// <param name="database">The connections.</param>
    /// <param name="commits">The token of the tenure's group commits; null outside a tenure.</param>
    public PodStore(NpgsqlDataSource database, CommitToken? commits = null)
    {
        _database = database;
        Pools = new(database);
        Leases = new(database);
        Assignments = new(database);
        Proxies = new(database);
        Claims = new(database);
        States = new(database);
        Keys = new(database);
        Writer = new(database, commits);
        Reports = new(database);
        Costs = new(database);
        Messages = new(database);
        Chats = new(database);
        History = new(database);
        Media = new(database);
        Retention = new(database);
        Quotas = new(database);
        Directory = new(database);
        ImportTargets = new(database);
        Webhooks = new(database);
        WebhookJournals = new(database);
        WebhookWrites = new(database);
        WebhookReplays = new(database);
        StreamJournals = new(database);
        Broadcasts = new(database);
        BroadcastWrites = new(database);
    }

    /// <summary>Before the pod has a lease: one connection, which sees no session.</summary>
    /// <param name="connectionString">See <see cref="Database.ForPod"/>.</param>
    /// <param name="shard">The pod's shard.</param>
    /// <param name="ttl">Bounds how long a statement may take.</param>
    public static PodStore ForStart(string connectionString, ShardId shard, TimeSpan ttl) =>
        new(
            Database.ForPod(
                connectionString,
                PodConnections.Application(shard.PoolUid, shard.Ordinal, 0),
                ttl,
                maxPool: 1
            )
        );

    /// <summary>For the lease alone: one connection that gives up quickly.</summary>
    /// <param name="connectionString">See <see cref="Database.ForLease"/>.</param>
    /// <param name="shard">The pod's shard.</param>
    /// <param name="ttl">The pool's lease TTL.</param>
    public static PodStore ForLease(string connectionString, ShardId shard, TimeSpan ttl) =>
        new(
            Database.ForLease(
                connectionString,
                PodConnections.LeaseApplication(shard.PoolUid, shard.Ordinal),
                ttl
            )
        );

    /// <summary>For as long as a lease epoch lasts: connections that carry the epoch's name, so that a claim can end them.</summary>
    /// <param name="connectionString">See <see cref="Database.ForPod"/>.</param>
    /// <param name="shard">The pod's shard.</param>
    /// <param name="epoch">The lease epoch.</param>
    /// <param name="process">The process that took the lease.</param>
    /// <param name="ttl">The pool's lease TTL.</param>
    public static PodStore ForTenure(
        string connectionString,
        ShardId shard,
        long epoch,
        Guid process,
        TimeSpan ttl
    )
    {
        var database = Database.ForPod(
            connectionString,
            PodConnections.Application(shard.PoolUid, shard.Ordinal, epoch),
            ttl,
            process: process
        );
        return new(database, new CommitToken(database, shard, epoch));
    }

    /// <summary>For an administrator who gives a session the device of another client, with the operator's role.</summary>
    /// <param name="connectionString">See <see cref="Database.ForPod"/>.</param>
    /// <param name="patience">Bounds how long a statement may take.</param>
    public static PodStore ForImport(string connectionString, TimeSpan patience) =>
        new(Database.ForPod(connectionString, "wa-import", patience));

    /// <summary>Settings of pools.</summary>
    public Pools Pools { get; }

    /// <summary>The shard's lease.</summary>
    public PodLeases Leases { get; }

    /// <summary>What is placed on the shard.</summary>
    public Assignments Assignments { get; }

    /// <summary>Proxies of sessions.</summary>
    public SessionProxies Proxies { get; }

    /// <summary>Which sessions the shard owns.</summary>
    public SessionClaims Claims { get; }

    /// <summary>States that were reported before.</summary>
    public SessionStateReader States { get; }

    /// <summary>Keys of sessions and tenants.</summary>
    public SessionKeys Keys { get; }

    /// <summary>The group commit.</summary>
    public SessionWriter Writer { get; }

    /// <summary>What the shard counts of itself.</summary>
    public ShardReports Reports { get; }

    /// <summary>What its sessions cost.</summary>
    public SessionCosts Costs { get; }

    /// <summary>Records, journals and outboxes of sessions.</summary>
    public SessionMessages Messages { get; }

    /// <summary>Chats, contacts and receipts of sessions.</summary>
    public SessionChats Chats { get; }

    /// <summary>Messages of chats.</summary>
    public ChatHistory History { get; }

    /// <summary>Files that tenants uploaded.</summary>
    public SessionMedia Media { get; }

    /// <summary>Ends what is older than its retention.</summary>
    public MessageRetention Retention { get; }

    /// <summary>Limits of tenants.</summary>
    public TenantQuotas Quotas { get; }

    /// <summary>Who may call the API, and where a session is.</summary>
    public ApiDirectory Directory { get; }

    /// <summary>Sessions that can be given the device of another client.</summary>
    public ImportTargets ImportTargets { get; }

    /// <summary>Webhooks of the tenants that the pod serves.</summary>
    public WebhookRegister Webhooks { get; }

    /// <summary>What webhooks are to post.</summary>
    public WebhookJournals WebhookJournals { get; }

    /// <summary>How far they are.</summary>
    public WebhookWrites WebhookWrites { get; }

    /// <summary>What of it they post once more.</summary>
    public WebhookReplays WebhookReplays { get; }

    /// <summary>Journals of many sessions, for streams of all that a key opens.</summary>
    public StreamJournals StreamJournals { get; }

    /// <summary>Broadcasts of sessions.</summary>
    public SessionBroadcasts Broadcasts { get; }

    /// <summary>Changes of broadcasts.</summary>
    public BroadcastWrites BroadcastWrites { get; }

    /// <summary>The version of the schema; 0 when there is none yet.</summary>
    public Task<int> ReadSchemaVersionAsync(CancellationToken ct = default) =>
        Migrator.VersionAsync(_database, ct);

    /// <summary>Closes idle connections now and busy ones when they are given back: they may have died with the server.</summary>
    public void Clear() => _database.Clear();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
