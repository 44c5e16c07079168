using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;
using WaOperator.Store;
using WaOperator.Store.Gateway;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.World;

/// <summary>A migrated database, the operator's hand, and gateways in this process.</summary>
internal sealed class GatewayWorld : IAsyncDisposable
{
    public const string Pool = "pool-1";

    /// <summary>An API key of the tenant that all sessions have.</summary>
    public const string ApiKey = "acme-0123456789abcdef0123456789abcdef";

    private static readonly SemaphoreSlim Roles = new(1, 1);
    private readonly List<WebApplication> _gateways = [];
    private readonly ConcurrentDictionary<string, FakePod> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (ShardId Shard, long Epoch)> _leases = new(
        StringComparer.Ordinal
    );
    private int _sessions;
    private readonly string _connection;
    private readonly PostgresServer? _own;

    private GatewayWorld(
        string connection,
        NpgsqlDataSource admin,
        DesiredStore desired,
        PostgresServer? own
    ) => (_connection, Admin, Desired, _own) = (connection, admin, desired, own);

    public NpgsqlDataSource Admin { get; }

    public DesiredStore Desired { get; }

    /// <summary>The server, where the world has one of its own.</summary>
    public PostgresServer Server => _own ?? throw new InvalidOperationException("it is shared");

    public static async Task<GatewayWorld> StartAsync(bool ownServer = false)
    {
        var server = ownServer
            ? await PostgresServer.StartAsync()
            : await PostgresServer.SharedAsync();
        var connection = await server.CreateDatabaseAsync();
        var admin = Database.ForOperator(connection);
        await Migrator.MigrateAsync(admin);
        await LetGatewaysLogInAsync(admin);
        var desired = await DesiredStore.BeginTermAsync(admin, "operator-1");
        await desired.PutPoolAsync(new PoolRow(Pool, "ns", "default", new()));
        return new(connection, admin, desired, ownServer ? server : null);
    }

    /// <summary>Lets gateways log in, which is not theirs without an administrator.</summary>
    public static async Task LetGatewaysLogInAsync(NpgsqlDataSource admin)
    {
        // The role belongs to the whole server, which other tests share.
        await Roles.WaitAsync();
        try
        {
            await using var login = admin.CreateCommand("alter role wa_gateway login");
            await login.ExecuteNonQueryAsync();
        }
        finally
        {
            Roles.Release();
        }
    }

    /// <summary>A gateway's options: free ports, the role of gateways.</summary>
    public GatewayOptions Options() =>
        new()
        {
            Database = _connection.Replace(
                "Username=postgres",
                "Username=wa_gateway",
                StringComparison.Ordinal
            ),
            Port = 0,
            HealthPort = 0,
            Listen = System.Net.IPAddress.Loopback,
        };

    /// <summary>Starts a gateway; it is disposed with the world.</summary>
    public async Task<TestGateway> GatewayAsync(Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var options = Options();
        var app = GatewayHost.Build(change?.Invoke(options) ?? options, AddressOf);
        _gateways.Add(app);
        await app.StartAsync();
        return new(app);
    }

    // A pod that was never started is one that does not answer.
    private string AddressOf(ServedPlace place) =>
        _pods.TryGetValue(place.Pod!, out var pod) ? pod.Address : "127.0.0.1:1";

    /// <summary>Starts a pod that holds a lease; it is disposed with the world.</summary>
    public async Task<FakePod> PodAsync(int ordinal, bool runs = true)
    {
        var pod = await FakePod.StartAsync($"wa-default-{ordinal}");
        if (runs)
            _pods[pod.Name] = pod;
        await SqlAsync(
            $"insert into wa.shard_pod values ('{Pool}', {ordinal}, '{pod.Name}') on conflict do nothing"
        );
        var shard = new ShardId(Pool, ordinal);
        var lease = await new PodLeases(Admin).AcquireAsync(
            shard,
            pod.Name,
            pod.Name,
            Guid.NewGuid(),
            TimeSpan.FromMinutes(10)
        );
        _leases[pod.Name] = (shard, lease.Epoch!.Value);
        return pod;
    }

    /// <summary>Kills a pod: it holds its lease, and nothing listens.</summary>
    public async Task KillAsync(FakePod pod)
    {
        _pods.TryRemove(pod.Name, out _);
        await pod.DisposeAsync();
    }

    /// <summary>Lets a pod's lease end as after a crash: its sessions still name it.</summary>
    public Task ExpireAsync(FakePod pod) =>
        SqlAsync(
            $"update wa.shard_lease set expires_at = wa.clock() - interval '1 second' where pool_uid = '{Pool}' and ordinal = {_leases[pod.Name].Shard.Ordinal}"
        );

    /// <summary>Declares a session of the tenant.</summary>
    /// <returns>Its path in the API.</returns>
    public async Task<FakeSession> SessionAsync(FakePod? owner = null, string tenantName = "acme")
    {
        var tenant = await TenantAsync(tenantName);
        var number = Interlocked.Increment(ref _sessions);
        var row = new SessionRow
        {
            Uid = $"uid-{number}",
            TenantId = tenant,
            Phone = $"4917000{number:0000}",
            Namespace = "ns",
            Name = $"s-{number}",
            PoolUid = Pool,
            Desired = DesiredState.Active,
            PairingMethod = "QR",
            DeviceName = "WaOperator",
        };
        var id = (await Desired.PutSessionsAsync([row])).Single().Id!.Value;
        var session = new FakeSession(id, row.Name, $"/v1/sessions/ns/{row.Name}");
        if (owner is not null)
            await OwnAsync(session, owner);
        return session;
    }

    /// <summary>Makes a pod the owner of a session, whatever pod owned it before.</summary>
    public async Task OwnAsync(FakeSession session, FakePod pod)
    {
        await ReleaseAsync(session);
        var (shard, epoch) = _leases[pod.Name];
        await Desired.PlaceAsync([new PlacementChange(session.Id, shard, "Hashed")]);
        var claim = (
            await new SessionClaims(Admin).ClaimAsync([session.Id], shard, epoch)
        ).Single();
        claim.Refusal.ShouldBeNull();
    }

    /// <summary>Takes a session's owner away.</summary>
    public Task ReleaseAsync(FakeSession session) =>
        SqlAsync(
            $"update wa.session_owner set pool_uid = null, ordinal = null, lease_epoch = null where session_id = {session.Id}"
        );

    /// <summary>The tenant, with its key.</summary>
    public async Task<long> TenantAsync(string name = "acme", string key = ApiKey)
    {
        var tenant = await Desired.PutTenantAsync(new TenantRow("ns", name, false, "{}"));
        await Desired.PutApiKeysAsync(tenant, [SHA256.HashData(Encoding.ASCII.GetBytes(key))]);
        return tenant;
    }

    /// <summary>Runs a statement as superuser.</summary>
    public async Task<object?> SqlAsync(string sql)
    {
        await using var command = Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
            await gateway.DisposeAsync();
        foreach (var pod in _pods.Values)
            await pod.DisposeAsync();
        await Admin.DisposeAsync();
        if (_own is not null)
            await _own.DisposeAsync();
    }
}

/// <summary>A session that a fake pod serves.</summary>
/// <param name="Id">Its key in the database.</param>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its path in the API.</param>
internal sealed record FakeSession(long Id, string Name, string Path);
