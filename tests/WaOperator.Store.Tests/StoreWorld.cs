using Npgsql;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Store.Tests;

/// <summary>A migrated database with an operator's and a pod's connection, and short ways to set the scene.</summary>
internal sealed class StoreWorld : IAsyncDisposable
{
    public const string Pool = "pool-1";
    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly SemaphoreSlim Roles = new(1);

    /// <summary>Of the role of pods.</summary>
    public string ConnectionOfRole { get; }

    private StoreWorld(
        NpgsqlDataSource admin,
        NpgsqlDataSource pod,
        string role,
        DesiredStore desired
    )
    {
        Admin = admin;
        ConnectionOfRole = role;
        Pod = pod;
        Desired = desired;
        Leases = new PodLeases(pod);
        Claims = new SessionClaims(pod);
        Writer = new SessionWriter(pod);
        Keys = new SessionKeys(pod);
    }

    public NpgsqlDataSource Admin { get; }
    public NpgsqlDataSource Pod { get; }
    public DesiredStore Desired { get; }
    public PodLeases Leases { get; }
    public SessionClaims Claims { get; }
    public SessionWriter Writer { get; }
    public SessionKeys Keys { get; }

    /// <param name="server">Where; by default on the server that all tests share.</param>
    /// <param name="ttl">The lease TTL from which the timeouts of the pod's connections follow.</param>
    public static async Task<StoreWorld> CreateAsync(
        PostgresServer? server = null,
        TimeSpan? ttl = null
    )
    {
        server ??= await PostgresServer.SharedAsync();
        var connection = await server.CreateDatabaseAsync();
        var admin = Database.ForOperator(connection);
        await Migrator.MigrateAsync(admin);
        await LetPodsLogInAsync(admin);
        // Pods of several shards at once, which no role of a pod could be.
        var pod = Database.ForPod(connection, "wa-pod/test", ttl ?? Ttl);
        var desired = await DesiredStore.BeginTermAsync(admin, "operator-1");
        await desired.PutPoolAsync(new(Pool, "ns", "default", new()));
        var world = new StoreWorld(
            admin,
            pod,
            connection.Replace("Username=postgres", "Username=wa_pod", StringComparison.Ordinal),
            desired
        );
        await world.RegisterAsync(Pool);
        return world;
    }

    // Roles belong to the whole server, and PostgreSQL refuses to change one twice at the same moment.
    private static async Task LetPodsLogInAsync(NpgsqlDataSource admin)
    {
        await Roles.WaitAsync();
        try
        {
            await using var login = admin.CreateCommand("alter role wa_pod login");
            await login.ExecuteNonQueryAsync();
        }
        finally
        {
            Roles.Release();
        }
    }

    public static ShardId Shard(int ordinal) => new(Pool, ordinal);

    /// <summary>A pod with the role of pods, that says of itself which process it is.</summary>
    public NpgsqlDataSource RoleOf(Guid? process) =>
        Database.ForPod(ConnectionOfRole, "wa-pod/role", Ttl, process: process);

    /// <summary>Lets the pods of the tests take any of the first ordinals of a pool.</summary>
    public async Task RegisterAsync(string pool)
    {
        await using var command = Admin.CreateCommand(
            $"""
            insert into wa.shard_pod
            select '{pool}', o, p from generate_series(0, 3) o, unnest(array['pod-a', 'pod-b', 'pod-x', 'pod-0', 'pod-1']) p on conflict do nothing
            """
        );
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Makes the database's clock run ahead of (or behind) real time.</summary>
    public async Task StepClockAsync(TimeSpan by)
    {
        await using var command = Admin.CreateCommand(
            $"""
            create or replace function wa.clock() returns timestamptz language sql volatile
            as $$ select clock_timestamp() + interval '{by.TotalMilliseconds:0} milliseconds' $$
            """
        );
        await command.ExecuteNonQueryAsync();
    }

    public async Task<IReadOnlyList<long>> SessionsAsync(int count, int ordinal)
    {
        var tenant = await Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var rows = Enumerable
            .Range(0, count)
            .Select(i => Row($"uid-{i}", tenant, $"49170000{i:0000}"))
            .ToArray();
        var ids = (await Desired.PutSessionsAsync(rows)).Select(s => s.Id!.Value).Order().ToArray();
        await Desired.PlaceAsync([
            .. ids.Select(i => new PlacementChange(i, Shard(ordinal), "Hashed")),
        ]);
        return ids;
    }

    public static SessionRow Row(
        string uid,
        long tenant,
        string phone,
        DesiredState desired = DesiredState.Active
    ) =>
        new()
        {
            Uid = uid,
            TenantId = tenant,
            Phone = phone,
            Namespace = "ns",
            Name = "s-" + uid,
            PoolUid = Pool,
            Desired = desired,
            PairingMethod = "QR",
            DeviceName = "WaOperator",
        };

    public async Task<(long Epoch, Guid Process)> AcquireAsync(int ordinal, string pod)
    {
        var process = Guid.NewGuid();
        var got = await Leases.AcquireAsync(Shard(ordinal), pod, pod, process, Ttl);
        return (
            got.Epoch
                ?? throw new InvalidOperationException($"lease {ordinal} is held by {got.HeldBy}"),
            process
        );
    }

    public async Task<Claim> ClaimAsync(long session, int ordinal, long leaseEpoch) =>
        (await Claims.ClaimAsync([session], Shard(ordinal), leaseEpoch)).Single();

    public static SessionWrite KeyWrite(long session, long epoch, string text) =>
        new(session, epoch)
        {
            Keys = [new KeyWrite("test", "1", 1, System.Text.Encoding.UTF8.GetBytes(text))],
        };

    public async Task<string?> StoredAsync(long session) =>
        (await Keys.ReadAsync(session, "test"))
            .Select(k => System.Text.Encoding.UTF8.GetString(k.Ciphertext))
            .SingleOrDefault();

    public async ValueTask DisposeAsync()
    {
        await Pod.DisposeAsync();
        await Admin.DisposeAsync();
    }
}
