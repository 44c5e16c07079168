using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;
using WaOperator.SessionPod;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Interop.Api;

/// <summary>
/// The product beside the matrix' simulator: PostgreSQL, two session pods and a gateway before them in this process, and the operator's
/// hand, which writes what a tenant declares.
/// </summary>
internal sealed class ApiWorld : IAsyncDisposable
{
    private const string Pool = "interop";
    private const string Namespace = "interop";
    private const int Pods = 2;

    private readonly PostgresServer _postgres;
    private readonly NpgsqlDataSource _admin;
    private readonly DesiredStore _desired;
    private readonly long _tenant;
    private readonly List<WebApplication> _apps = [];
    private readonly ConcurrentDictionary<string, string> _podApis = new(StringComparer.Ordinal);
    private int _sessions;

    private ApiWorld(
        PostgresServer postgres,
        NpgsqlDataSource admin,
        DesiredStore desired,
        long tenant
    )
    {
        (_postgres, _admin, _desired, _tenant) = (postgres, admin, desired, tenant);
        Http = new();
    }

    /// <summary>The gateway, as a program of the tenant reaches it.</summary>
    public HttpClient Http { get; }

    /// <summary>Starts all of it.</summary>
    public static async Task<ApiWorld> StartAsync(Server server)
    {
        LogToStandardError(server.LogLevel);
        var postgres = await PostgresServer.StartAsync();
        var database = await postgres.CreateDatabaseAsync();
        var admin = Database.ForOperator(database);
        await Migrator.MigrateAsync(admin);
        await RunAsync(admin, "alter role wa_pod login; alter role wa_gateway login");
        var desired = await DesiredStore.BeginTermAsync(admin, "interop");
        await desired.PutPoolAsync(new PoolRow(Pool, Namespace, "default", new()));
        var tenant = await desired.PutTenantAsync(new TenantRow(Namespace, "interop", false, "{}"));
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await desired.PutApiKeysAsync(tenant, [SHA256.HashData(Encoding.ASCII.GetBytes(key))]);
        var world = new ApiWorld(postgres, admin, desired, tenant);
        var masterKey = Path.Combine(server.Folder, "master.key");
        await File.WriteAllTextAsync(
            masterKey,
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))
        );
        for (var ordinal = 0; ordinal < Pods; ordinal++)
            await world.StartPodAsync(server, ordinal, As(database, "wa_pod"), masterKey);
        var gateway = await world.StartGatewayAsync(As(database, "wa_gateway"));
        world.Http.BaseAddress = gateway;
        world.Http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return world;
    }

    /// <summary>Declares a session of that number, which a pod runs from now on.</summary>
    public async Task<ApiSession> SessionAsync(string number)
    {
        var place = Interlocked.Increment(ref _sessions) - 1;
        var row = new SessionRow
        {
            Uid = $"interop-{number}",
            TenantId = _tenant,
            Phone = number,
            Namespace = Namespace,
            Name = $"s-{number}",
            PoolUid = Pool,
            Desired = DesiredState.Active,
            PairingMethod = "QR",
            DeviceName = "WaOperator",
        };
        var id = (await _desired.PutSessionsAsync([row])).Single().Id!.Value;
        await _desired.PlaceAsync([new(id, Shard(place % Pods), "Hashed")]);
        return new(this, row);
    }

    /// <summary>Changes what is desired of a session, as the operator does when its resource was changed.</summary>
    public Task WantAsync(SessionRow row) => _desired.PutSessionsAsync([row]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var app in Enumerable.Reverse(_apps))
            await app.DisposeAsync();
        await _admin.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private async Task StartPodAsync(Server server, int ordinal, string database, string masterKey)
    {
        var name = $"wa-default-{ordinal}";
        await RunAsync(
            _admin,
            $"insert into wa.shard_pod values ('{Pool}', {ordinal}, '{name}') on conflict do nothing"
        );
        var app = PodHost.Build(
            new PodOptions
            {
                Identity = new PodIdentity(Shard(ordinal), name, name),
                Database = database,
                MasterKeyFile = masterKey,
                Url = server.Url,
                CaFile = server.Authority,
                RootKey = Convert.FromHexString(server.RootKey),
                Port = 0,
                ApiPort = 0,
                Listen = IPAddress.Loopback,
                PollEvery = TimeSpan.FromMilliseconds(200),
            }
        );
        _apps.Add(app);
        await app.StartAsync();
        // The port of health is listened on first.
        _podApis[name] = new Uri(app.Urls.Last()).Authority;
    }

    private async Task<Uri> StartGatewayAsync(string database)
    {
        var app = GatewayHost.Build(
            new GatewayOptions
            {
                Database = database,
                Port = 0,
                HealthPort = 0,
                Listen = IPAddress.Loopback,
            },
            place => _podApis[place.Pod!]
        );
        _apps.Add(app);
        await app.StartAsync();
        return new(app.Urls.Last());
    }

    private static ShardId Shard(int ordinal) => new(Pool, ordinal);

    private static string As(string database, string role) =>
        new NpgsqlConnectionStringBuilder(database) { Username = role }.ConnectionString;

    private static async Task RunAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Pods and gateways log to the standard output, which is the matrix' here; they read this when they are built.</summary>
    private static void LogToStandardError(string level)
    {
        Environment.SetEnvironmentVariable(
            "Logging__Console__LogToStandardErrorThreshold",
            "Trace"
        );
        Environment.SetEnvironmentVariable(
            "Logging__LogLevel__Default",
            level switch
            {
                "debug" => "Debug",
                "trace" => "Trace",
                _ => "Error",
            }
        );
    }
}
