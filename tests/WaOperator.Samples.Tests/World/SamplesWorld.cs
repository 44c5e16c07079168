using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>
/// What a sample is tested against: PostgreSQL, Redis, the simulator, a session pod as a process, a gateway before it, and the operator's
/// hand, which writes what the tenant <c>acme</c> declares. No Kubernetes. A world takes some seconds to start: share one among the tests of
/// a sample (<c>IClassFixture</c>), with phones of their own.
/// </summary>
internal sealed class SamplesWorld : IAsyncDisposable
{
    private const string Pool = "samples";
    private const string Tenant = "acme";

    private static readonly SemaphoreSlim Roles = new(1, 1);

    private readonly string _folder = Directory.CreateTempSubdirectory("wa-samples-").FullName;
    private readonly Pki _pki = new();
    private readonly RedisServer _redis = new();
    private readonly int _gatewayPort = PostgresServer.FreePort();
    private PostgresServer _postgres = null!;
    private NpgsqlDataSource _admin = null!;
    private DesiredStore _desired = null!;
    private string _database = "";
    private long _tenant;
    private SessionPod? _pod;
    private GatewayHost? _gateway;
    private int _webhooks;

    private SamplesWorld()
    {
        Api = new() { BaseAddress = GatewayUrl };
        Api.DefaultRequestHeaders.Authorization = new("Bearer", ApiKey);
    }

    /// <summary>Where the tenants' API is.</summary>
    public Uri GatewayUrl => new($"http://127.0.0.1:{_gatewayPort}");

    /// <summary>An API key of the tenant that may do all.</summary>
    public string ApiKey { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Calls the tenants' API with that key.</summary>
    public HttpClient Api { get; }

    /// <summary>Redis for a sample, as StackExchange.Redis takes it.</summary>
    public string RedisUrl => _redis.Configuration;

    /// <summary>WhatsApp and its phones.</summary>
    public Phones Phones { get; private set; } = null!;

    /// <summary>https before the sample; the only address that the pod may post to.</summary>
    public Ingress Ingress { get; private set; } = null!;

    /// <summary>A signing secret of a webhook, as people write it.</summary>
    public static string NewSecret() =>
        "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Starts all of it.</summary>
    public static async Task<SamplesWorld> StartAsync()
    {
        var world = new SamplesWorld();
        try
        {
            await world.StartServersAsync();
            await world.StartPodAsync();
            await world.StartGatewayAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>An empty database for a sample.</summary>
    /// <returns>Its connection string for Npgsql.</returns>
    public Task<string> NewDatabaseAsync() => _postgres.CreateDatabaseAsync();

    /// <summary>Declares a session of that number, links it to its phone, and waits until it is connected.</summary>
    public async Task<WorldSession> SessionAsync(string phone)
    {
        var row = new SessionRow
        {
            Uid = $"uid-{phone}",
            TenantId = _tenant,
            Phone = phone,
            Namespace = Tenant,
            Name = $"s-{phone}",
            PoolUid = Pool,
            Desired = DesiredState.Active,
            PairingMethod = "QR",
            DeviceName = "samples",
        };
        var id = (await _desired.PutSessionsAsync([row])).Single().Id!.Value;
        await _desired.PlaceAsync([new(id, new ShardId(Pool, 0), "Hashed")]);
        var session = new WorldSession(this, row);
        await session.PairAsync();
        return session;
    }

    /// <summary>Changes what is desired of a session, as the operator does when its resource was changed.</summary>
    public Task WantAsync(SessionRow row) => _desired.PutSessionsAsync([row]);

    /// <summary>Links a client to the phone of that number, of a person who writes to sessions.</summary>
    public Task<Customer> CustomerAsync(string number) => Customer.ConnectedAsync(Phones, number);

    /// <summary>
    /// Declares a webhook of the tenant. It posts what the journals have, from their beginning, and then what comes; of all sessions.
    /// </summary>
    /// <param name="url">Below <see cref="Ingress.Address"/>.</param>
    /// <param name="secret">Its signing secret, <c>whsec_...</c>; see <see cref="NewSecret"/>.</param>
    /// <param name="events">Types of events, such as <c>message.*</c>; none: all.</param>
    /// <param name="change">Changes other settings.</param>
    /// <returns>Its path in the API, such as <c>/v1/webhooks/acme/hook-1</c>.</returns>
    public async Task<string> WebhookAsync(
        Uri url,
        string secret,
        IReadOnlyList<string> events,
        Func<WebhookSettings, WebhookSettings>? change = null
    )
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"hook-{Interlocked.Increment(ref _webhooks)}"
        );
        var settings = new WebhookSettings
        {
            Url = url.ToString(),
            Events = events.Count == 0 ? null : events,
            StartFrom = WebhookStart.Earliest,
        };
        settings = change?.Invoke(settings) ?? settings;
        await _desired.PutWebhookAsync(
            new(Tenant, name, name, _tenant, 1, settings),
            await Seal.SecretAsync(_admin, secret, settings.Format)
        );
        return $"/v1/webhooks/{Tenant}/{name}";
    }

    /// <summary>Starts the gateway, again on the same port.</summary>
    public async Task StartGatewayAsync() =>
        _gateway ??= await GatewayHost.StartAsync(
            new Dictionary<string, string?>
            {
                ["WA:Database:ConnectionString"] = As("wa_gateway"),
                ["WA:Redis:Configuration"] = RedisUrl,
                ["WA:Gateway:Port"] = _gatewayPort.ToString(CultureInfo.InvariantCulture),
                ["WA:Gateway:HealthPort"] = "0",
                ["WA:Gateway:Listen"] = "127.0.0.1",
                ["WA:Gateway:Kubernetes"] = "false",
            },
            _pod!.Api
        );

    /// <summary>Takes the gateway away: connections to it are refused.</summary>
    public async Task StopGatewayAsync()
    {
        if (_gateway is { } running)
            await running.DisposeAsync();
        _gateway = null;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await StopGatewayAsync();
        if (_pod is not null)
            await _pod.DisposeAsync();
        if (Ingress is not null)
            await Ingress.DisposeAsync();
        if (Phones is not null)
            await Phones.DisposeAsync();
        if (_admin is not null)
            await _admin.DisposeAsync();
        await _redis.DisposeAsync();
        _pki.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServersAsync()
    {
        var authority = Path.Combine(_folder, "ca.crt");
        await File.WriteAllTextAsync(authority, _pki.AuthorityPem);
        Phones = await Phones.StartAsync(_pki, _folder, authority);
        Ingress = await Ingress.StartAsync(_pki);
        await _redis.StartAsync();
        _postgres = await PostgresServer.SharedAsync();
        _database = await _postgres.CreateDatabaseAsync();
        _admin = Database.ForOperator(_database);
        await Migrator.MigrateAsync(_admin);
        // The roles belong to the whole server, which other worlds share.
        await Roles.WaitAsync();
        try
        {
            await SqlAsync("alter role wa_pod login; alter role wa_gateway login");
        }
        finally
        {
            Roles.Release();
        }
        _desired = await DesiredStore.BeginTermAsync(_admin, "samples");
        await _desired.PutPoolAsync(new(Pool, Tenant, "samples", new() { PreKeys = 40 }));
        _tenant = await _desired.PutTenantAsync(new(Tenant, Tenant, false, "{}"));
        await _desired.PutApiKeysAsync(_tenant, [SHA256.HashData(Encoding.ASCII.GetBytes(ApiKey))]);
    }

    private async Task StartPodAsync()
    {
        await SqlAsync($"insert into wa.shard_pod values ('{Pool}', 0, '{SessionPod.Name}')");
        _pod = await SessionPod.StartAsync(
            Pool,
            _folder,
            Phones,
            new Dictionary<string, string>
            {
                ["WA__Database__ConnectionString"] = As("wa_pod"),
                ["WA__Redis__Configuration"] = RedisUrl,
                // Endpoints of tenants are of this machine here, which pods refuse by themselves.
                ["WA__Egress__AllowedNetworks"] = "127.0.0.0/8",
                ["WA__Egress__Ports"] = Ingress.Address.Port.ToString(CultureInfo.InvariantCulture),
                ["WA__Egress__CaFile"] = Phones.AuthorityFile,
            }
        );
    }

    private string As(string role) =>
        new NpgsqlConnectionStringBuilder(_database) { Username = role }.ConnectionString;

    private async Task SqlAsync(string sql)
    {
        await using var command = _admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
