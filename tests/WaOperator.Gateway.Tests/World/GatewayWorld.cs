using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;
using WaOperator.Store;
using WaOperator.Store.Operator;
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
        var desired = await DesiredStore.BeginTermAsync(admin, "operator-1");
        await desired.PutPoolAsync(new PoolRow(Pool, "ns", "default", new()));
        return new(connection, admin, desired, ownServer ? server : null);
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
        var app = GatewayHost.Build(change?.Invoke(options) ?? options);
        _gateways.Add(app);
        await app.StartAsync();
        return new(app);
    }

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
        await Admin.DisposeAsync();
        if (_own is not null)
            await _own.DisposeAsync();
    }
}
