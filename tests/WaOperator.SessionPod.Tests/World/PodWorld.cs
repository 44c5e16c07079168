using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.Simulator;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Store.Schema;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>
/// A migrated database, a simulator with phones, the operator's hand, and pods in this process. Lease times are scaled down.
/// </summary>
internal sealed class PodWorld : IAsyncDisposable
{
    public const string Pool = "pool-1";

    private static readonly SemaphoreSlim Roles = new(1, 1);

    private readonly PostgresServer _server;
    private readonly bool _ownServer;
    private readonly string _connection;
    private readonly string _masterKeyFile;
    private readonly List<TestPod> _pods = [];
    private readonly List<TcpProxy> _links = [];
    private readonly HttpClient _control;
    private readonly SimulatorHost? _simulator;
    private int _phones;

    private PodWorld(
        PostgresServer server,
        bool ownServer,
        string connection,
        NpgsqlDataSource admin,
        DesiredStore desired,
        SimulatorHost? simulator
    )
    {
        _server = server;
        _ownServer = ownServer;
        _connection = connection;
        Admin = admin;
        Desired = desired;
        _simulator = simulator;
        _control = new HttpClient { BaseAddress = simulator?.Control };
        _masterKeyFile = Path.GetTempFileName();
    }

    /// <summary>An API key of the tenant that all sessions of <see cref="SessionAsync"/> have.</summary>
    public const string ApiKey = "acme-0123456789abcdef0123456789abcdef";

    /// <summary>How many entries a session's journal has when it was linked and is connected: that it was, both times, and that it is.</summary>
    public const int Linked = 3;

    public static PoolSettings Quick { get; } =
        new()
        {
            LeaseTtlMs = 3_000,
            LeaseRenewMs = 300,
            ActDeadlineMs = 2_000,
            SilentLimitMs = 120_000,
            PreKeys = 20,
            LogLevel = "Debug",
        };

    public PostgresServer Server => _server;
    public NpgsqlDataSource Admin { get; }

    /// <summary>The database as the pods reach it, but through another port.</summary>
    public string Through(int port) =>
        new NpgsqlConnectionStringBuilder(Options(0, "").Database) { Port = port }.ConnectionString;

    public DesiredStore Desired { get; }

    /// <summary>WhatsApp's server, where the world has no fake network in its place.</summary>
    public SimulatorHost Simulator =>
        _simulator ?? throw new InvalidOperationException("this world has a fake network");

    /// <summary>What the sessions connect to in place of the simulator; null: to that.</summary>
    public FakeNetwork? Network { get; private init; }

    /// <summary>Redis as the pods are told; none by default.</summary>
    public string? Redis { get; init; }

    public static async Task<PodWorld> StartAsync(
        PoolSettings? settings = null,
        bool ownServer = false,
        string? redis = null,
        FakeNetwork? network = null
    )
    {
        var postgres = ownServer
            ? await PostgresServer.StartAsync()
            : await PostgresServer.SharedAsync();
        var database = await postgres.CreateDatabaseAsync();
        var admin = Database.ForOperator(database);
        await Migrator.MigrateAsync(admin);
        await LetPodsLogInAsync(admin);
        var desired = await DesiredStore.BeginTermAsync(admin, "operator-1");
        await desired.PutPoolAsync(new PoolRow(Pool, "ns", "default", settings ?? Quick));
        var started = network is null ? await SimulateAsync() : null;
        var world = new PodWorld(postgres, ownServer, database, admin, desired, started)
        {
            Redis = redis,
            Network = network,
        };
        await world.MasterKeyAsync(1);
        return world;
    }

    private static Task<SimulatorHost> SimulateAsync() =>
        SimulatorHost.StartAsync(
            new SimulatorOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Control = new IPEndPoint(IPAddress.Loopback, 0),
                // Scaled down like the lease: past the act deadline nothing lives.
                LiveWithin = TimeSpan.FromMilliseconds(Quick.ActDeadlineMs),
            }
        );

    // The role belongs to the whole server, which other tests share.
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

    /// <summary>A way to PostgreSQL that can be disturbed; it outlives the pods.</summary>
    public TcpProxy Link()
    {
        var link = TcpProxy.To(_server.Port);
        _links.Add(link);
        return link;
    }

    public static ShardId Shard(int ordinal) => new(Pool, ordinal);

    /// <summary>Puts another master key in place: each byte is <paramref name="fill"/>.</summary>
    public Task MasterKeyAsync(byte fill) =>
        File.WriteAllTextAsync(
            _masterKeyFile,
            Convert.ToBase64String(Enumerable.Repeat(fill, 32).ToArray())
        );

    /// <summary>A pod's options; it may take the lease of the ordinal from now on, as if the operator had seen it.</summary>
    public PodOptions Options(int ordinal, string podUid, string? database = null)
    {
        using var seen = Admin.CreateCommand(
            $"insert into wa.shard_pod values ('{Pool}', {ordinal}, '{podUid}') on conflict do nothing"
        );
        seen.ExecuteNonQuery();
        return new()
        {
            Identity = new PodIdentity(Shard(ordinal), podUid, $"shard-{ordinal}"),
            Database = (database ?? _connection).Replace(
                "Username=postgres",
                "Username=wa_pod",
                StringComparison.Ordinal
            ),
            Redis = Redis,
            MasterKeyFile = _masterKeyFile,
            Url = _simulator?.Url ?? new("wss://fake.invalid"),
            RootKey = _simulator?.Server.RootPublic ?? new byte[32],
            Port = 0,
            ApiPort = 0,
            PollEvery = TimeSpan.FromMilliseconds(200),
            StopLimit = TimeSpan.FromSeconds(10),
        };
    }

    /// <summary>Starts a pod; it is disposed with the world.</summary>
    public async Task<TestPod> PodAsync(
        int ordinal,
        string podUid,
        Func<PodOptions, PodOptions>? change = null
    )
    {
        var options = Options(ordinal, podUid);
        var pod = await TestPod.StartAsync(
            change?.Invoke(options) ?? options,
            Network is { } network ? network.AccountOf : null
        );
        _pods.Add(pod);
        return pod;
    }

    /// <summary>Declares a session with a phone of its own and places it; null: nowhere yet.</summary>
    public async Task<TestSession> SessionAsync(int? ordinal)
    {
        var tenant = await Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        await Desired.PutApiKeysAsync(tenant, [SHA256.HashData(Encoding.ASCII.GetBytes(ApiKey))]);
        var number = Interlocked.Increment(ref _phones);
        var phone = $"4917000{number:0000}";
        var row = new SessionRow
        {
            Uid = $"uid-{number}",
            TenantId = tenant,
            Phone = phone,
            Namespace = "ns",
            Name = $"s-{number}",
            PoolUid = Pool,
            Desired = DesiredState.Active,
            PairingMethod = "QR",
            DeviceName = "WaOperator",
        };
        var id = (await Desired.PutSessionsAsync([row])).Single().Id!.Value;
        var session = new TestSession(this, row, id);
        await session.PlaceAsync(ordinal);
        return session;
    }

    /// <summary>Declares, places and pairs a session.</summary>
    public async Task<TestSession> PairedAsync(int ordinal)
    {
        var session = await SessionAsync(ordinal);
        if (Network is { } network)
            await network.LinkAsync(session);
        else
            await session.ScanAsync();
        await session.PhaseAsync(SessionPhase.Connected);
        return session;
    }

    /// <summary>A session's credentials, as someone with the database and the master key reads them.</summary>
    public async Task<DeviceCredentials> CredentialsAsync(TestSession session)
    {
        using var master = MasterKey.Load(_masterKeyFile);
        var keys = new SessionKeys(Admin);
        using var keyring = new Keyring(master, keys);
        var store = new DeviceStore(
            session.Tenant,
            session.Id,
            keyring,
            keys,
            (_, _) => throw new InvalidOperationException("only read")
        );
        return await store.LoadAsync(CancellationToken.None)
            ?? throw new InvalidOperationException($"session {session.Id} has no keys");
    }

    /// <summary>Changes a session's stored credentials past its owner, which must not run.</summary>
    public async Task RewriteAsync(
        TestSession session,
        Func<DeviceCredentials, DeviceCredentials> change
    )
    {
        using var master = MasterKey.Load(_masterKeyFile);
        var keys = new SessionKeys(Admin);
        using var keyring = new Keyring(master, keys);
        var store = new DeviceStore(
            session.Tenant,
            session.Id,
            keyring,
            keys,
            async (writes, _) =>
            {
                var written = writes.Single();
                await using var command = Admin.CreateCommand(
                    "update wa.session_key set key_version = $1, ciphertext = $2 where session_id = $3 and kind = $4"
                );
                command.Parameters.AddWithValue(written.KeyVersion);
                command.Parameters.AddWithValue(written.Ciphertext!);
                command.Parameters.AddWithValue(session.Id);
                command.Parameters.AddWithValue(written.Kind);
                (await command.ExecuteNonQueryAsync()).ShouldBe(1);
                return CommitOutcome.Committed;
            }
        );
        await store.SaveAsync(
            change((await store.LoadAsync(CancellationToken.None))!),
            CancellationToken.None
        );
    }

    /// <summary>What stands in a session's journal, as someone with the database and the master key reads it; it must have no gaps.</summary>
    public async Task<IReadOnlyList<JournalEvent>> JournalAsync(TestSession session)
    {
        using var master = MasterKey.Load(_masterKeyFile);
        using var keyring = new Keyring(master, new SessionKeys(Admin));
        using var ciphers = new AtRestCiphers(keyring, session.Tenant, session.Id);
        var entries = new List<JournalEvent>();
        foreach (
            var stored in await new SessionMessages(Admin).ReadEventsAsync(session.Id, 0, 10_000)
        )
            entries.Add(await EventRows.OpenAsync(ciphers, stored.Row, default));
        entries
            .Select(e => e.Seq)
            .ShouldBe(Enumerable.Range(1, entries.Count).Select(i => (long)i));
        return entries;
    }

    /// <summary>How many entries a session's journal has.</summary>
    public async Task<long> NumberAsync(TestSession session) =>
        (long)
            (
                await SqlAsync(
                    $"select count(*) from wa.session_event where session_id = {session.Id}"
                )
            )!;

    /// <summary>Runs a statement as superuser.</summary>
    public async Task<object?> SqlAsync(string sql)
    {
        await using var command = Admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async Task<T> GetAsync<T>(string path)
        where T : class => (await _control.GetFromJsonAsync<T>(path, TestJson.Options))!;

    public Task<HttpResponseMessage> PostAsync<T>(string path, T body) =>
        _control.PostAsJsonAsync(path, body, TestJson.Options);

    public Task<HttpResponseMessage> PutAsync<T>(string path, T body) =>
        _control.PutAsJsonAsync(path, body, TestJson.Options);

    public Task<StatsAnswer> StatsAsync() => GetAsync<StatsAnswer>("/stats");

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _pods)
            await pod.DisposeAsync();
        foreach (var link in _links)
            await link.DisposeAsync();
        _control.Dispose();
        if (_simulator is not null)
            await _simulator.DisposeAsync();
        await Admin.DisposeAsync();
        if (_ownServer)
            await _server.DisposeAsync();
        File.Delete(_masterKeyFile);
    }
}
