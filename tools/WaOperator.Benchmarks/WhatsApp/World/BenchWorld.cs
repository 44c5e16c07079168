using System.Security.Cryptography;
using System.Text;
using Npgsql;
using WaOperator.Sealing;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Schema;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>A session of the pod, as the operator's rows declare it.</summary>
internal sealed record BenchSession(long Id, string Name, string Phone, SessionRow Row);

/// <summary>PostgreSQL with fsync, Redis, the simulator with TLS, and the operator's hand.</summary>
internal sealed class BenchWorld : IAsyncDisposable
{
    public const string Pool = "bench";
    public const string Namespace = "bench";
    public const string ApiKey = "bench-api-key-0123456789";

    private readonly string _folder;
    private readonly NpgsqlDataSource _admin;
    private readonly DesiredStore _desired;
    private readonly long _tenant;
    private int _phones;

    private BenchWorld(
        string folder,
        string database,
        NpgsqlDataSource admin,
        DesiredStore desired,
        long tenant
    )
    {
        (_folder, _admin, _desired, _tenant) = (folder, admin, desired, tenant);
        PodDatabase = database.Replace(
            "Username=postgres",
            "Username=wa_pod",
            StringComparison.Ordinal
        );
    }

    /// <summary>The published pod.</summary>
    public required string Pod { get; init; }

    public required PostgresServer Postgres { get; init; }

    public required RedisServer Redis { get; init; }

    public required SimulatorProcess Simulator { get; init; }

    public string PodDatabase { get; }

    public string MasterKeyFile => Path.Combine(_folder, "master.key");

    public string Folder => _folder;

    public static async Task<BenchWorld> StartAsync(BenchOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("wa-bench-").FullName;
        var postgres = await PostgresServer.StartAsync(durable: true);
        var redis = new RedisServer();
        await redis.StartAsync();
        var database = await postgres.CreateDatabaseAsync();
        var admin = Database.ForOperator(database);
        await Migrator.MigrateAsync(admin);
        await SqlAsync(admin, "alter role wa_pod login");
        var desired = await DesiredStore.BeginTermAsync(admin, "bench");
        await desired.PutPoolAsync(new(Pool, Namespace, "bench", new()));
        var tenant = await desired.PutTenantAsync(Tenant());
        await SqlAsync(
            admin,
            $"update wa.tenant set api_keys = array['\\x{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(ApiKey)))}'::bytea]"
        );
        var world = new BenchWorld(folder, database, admin, desired, tenant)
        {
            Pod = options.Pod,
            Postgres = postgres,
            Redis = redis,
            Simulator = await SimulatorProcess.StartAsync(options.Simulator, folder),
        };
        await File.WriteAllTextAsync(
            world.MasterKeyFile,
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))
        );
        return world;
    }

    /// <summary>UID of another pod, which may take the lease of the only shard.</summary>
    public string NewPod()
    {
        var uid = Guid.NewGuid().ToString();
        using var command = _admin.CreateCommand(
            $"insert into wa.shard_pod values ('{Pool}', 0, '{uid}')"
        );
        command.ExecuteNonQuery();
        return uid;
    }

    /// <summary>Changes the pool's settings.</summary>
    public Task SetPoolAsync(PoolSettings settings) =>
        _desired.PutPoolAsync(new(Pool, Namespace, "bench", settings));

    /// <summary>The number of another phone.</summary>
    public string NewPhone() => $"49170{Interlocked.Increment(ref _phones):000000}";

    /// <summary>Adds a tenant without limits.</summary>
    /// <returns>Its key in the database.</returns>
    public async Task<long> AddTenantAsync(string name, string apiKey)
    {
        var tenant = await _desired.PutTenantAsync(new(Namespace, name, false, "{}"));
        await _desired.PutApiKeysAsync(tenant, [SHA256.HashData(Encoding.UTF8.GetBytes(apiKey))]);
        return tenant;
    }

    /// <summary>Writes a webhook as the operator does, once a pod has made the key that its secret is sealed to.</summary>
    public async Task PutWebhookAsync(
        string name,
        long tenant,
        long generation,
        WebhookSettings settings,
        byte[] secret
    )
    {
        var key = await Eventually.Get("a pod has made a key", BoxKeyAsync);
        var secrets = new WebhookSecrets { Signing = [secret] }.ToBytes();
        await _desired.PutWebhookAsync(
            new(Namespace, name, name, tenant, generation, settings),
            new(key.Id, SealedBox.Seal(key.Public, secrets), SHA256.HashData(secrets))
        );
    }

    /// <summary>What is stored of what a tenant's webhooks did, their reports apart.</summary>
    public async Task<long> WebhookRowsAsync(long tenant)
    {
        await using var command = _admin.CreateCommand(
            """
            select (select count(*) from wa.webhook_cursor c join wa.webhook w on w.id = c.webhook_id where w.tenant_id = $1)
                 + (select count(*) from wa.webhook_parked p join wa.webhook w on w.id = p.webhook_id where w.tenant_id = $1)
            """
        );
        command.Parameters.Add(new() { Value = tenant });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Asks for a replay of all that a webhook posted.</summary>
    public async Task ReplayAsync(string name, long tenant)
    {
        await using var command = _admin.CreateCommand(
            """
            select r.outcome from wa.webhook w,
                   wa.webhook_replay_begin(w.id, array[$2], null, null, 'epoch', now() + interval '1 hour', false, 20000) r
             where w.name = $1
            """
        );
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = tenant });
        if ((string?)await command.ExecuteScalarAsync() is var outcome and not "Begun")
            throw new InvalidOperationException($"the replay did not begin: {outcome}");
    }

    /// <summary>Whether nothing of a webhook's replays is left to do.</summary>
    public async Task<bool> IsReplayedAsync(string name)
    {
        await using var command = _admin.CreateCommand(
            """
            select not exists (select 1 from wa.webhook_replay r join wa.webhook w on w.id = r.webhook_id
                                where w.name = $1 and r.done_at is null)
            """
        );
        command.Parameters.Add(new() { Value = name });
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Waits until so many webhooks of a tenant report that their endpoint fails.</summary>
    public Task FailingAsync(long tenant, int count, TimeSpan limit) =>
        Eventually.True(
            $"{count} webhooks report that their endpoint fails",
            async () =>
            {
                await using var command = _admin.CreateCommand(
                    """
                    select count(*) from wa.webhook_report r join wa.webhook w on w.id = r.webhook_id
                     where w.tenant_id = $1 and r.failing_since is not null and r.backlog > 0
                    """
                );
                command.Parameters.Add(new() { Value = tenant });
                return (long)(await command.ExecuteScalarAsync())! >= count;
            },
            limit
        );

    /// <summary>Lets gateways log in, which the schema leaves to the administrator.</summary>
    /// <returns>Their connection string.</returns>
    public async Task<string> LetGatewaysLogInAsync()
    {
        await SqlAsync(_admin, "alter role wa_gateway login");
        return PodDatabase.Replace("wa_pod", "wa_gateway", StringComparison.Ordinal);
    }

    /// <summary>Declares sessions, not placed yet.</summary>
    /// <param name="count">How many.</param>
    /// <param name="tenant">Whose; default null: the first tenant's.</param>
    public async Task<IReadOnlyList<BenchSession>> DeclareAsync(int count, long? tenant = null)
    {
        var rows = Enumerable
            .Range(0, count)
            .Select(_ => NewPhone())
            .Select(phone => new SessionRow
            {
                Uid = $"uid-{phone}",
                TenantId = tenant ?? _tenant,
                Phone = phone,
                Namespace = Namespace,
                Name = $"s-{phone}",
                PoolUid = Pool,
                Desired = DesiredState.Active,
                PairingMethod = "QR",
                DeviceName = "bench",
            })
            .ToList();
        var sessions = new List<BenchSession>();
        foreach (var batch in rows.Chunk(500))
        {
            var ids = (await _desired.PutSessionsAsync(batch)).ToDictionary(
                p => p.Uid,
                p => p.Id!.Value
            );
            sessions.AddRange(
                batch.Select(row => new BenchSession(ids[row.Uid], row.Name, row.Phone, row))
            );
        }
        return sessions;
    }

    /// <summary>Places sessions on the pod, or takes them off it.</summary>
    public async Task PlaceAsync(IEnumerable<BenchSession> sessions, bool placed = true)
    {
        foreach (var batch in sessions.Chunk(500))
            await _desired.PlaceAsync([
                .. batch.Select(s => new PlacementChange(
                    s.Id,
                    placed ? new ShardId(Pool, 0) : null,
                    "Hashed"
                )),
            ]);
    }

    /// <summary>Stops or starts a session.</summary>
    public Task WantAsync(BenchSession session, DesiredState state) =>
        _desired.PutSessionsAsync([session.Row with { Desired = state }]);

    /// <summary>Scans the codes that the pod shows until all the sessions are connected.</summary>
    public async Task PairAsync(IReadOnlyCollection<BenchSession> sessions, PodProcess pod)
    {
        var before = await Simulator.ConnectedAsync();
        var phones = sessions.ToDictionary(s => s.Id, s => s.Phone);
        await Eventually.True(
            $"{sessions.Count} sessions are paired and connected (the pod said: {pod.Tail})",
            async () =>
            {
                var shown = (await CodesAsync())
                    .Where(code => phones.ContainsKey(code.Id))
                    .ToList();
                await Parallel.ForEachAsync(
                    shown,
                    new ParallelOptions { MaxDegreeOfParallelism = 8 },
                    async (code, _) =>
                    {
                        await Simulator.PostAsync(
                            $"/phones/{phones[code.Id]}/scan",
                            new { qr = code.Code }
                        );
                        phones.Remove(code.Id);
                    }
                );
                return await Simulator.ConnectedAsync() >= before + sessions.Count;
            },
            TimeSpan.FromSeconds(60 + sessions.Count / 4.0)
        );
    }

    /// <summary>Waits until so many devices are connected.</summary>
    public Task ConnectedAsync(int count, TimeSpan limit) =>
        Eventually.True(
            $"{count} sessions are connected",
            async () => await Simulator.ConnectedAsync() >= count,
            limit
        );

    public async ValueTask DisposeAsync()
    {
        await Simulator.DisposeAsync();
        await Redis.DisposeAsync();
        await _admin.DisposeAsync();
        await Postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static TenantRow Tenant() => new(Namespace, "bench", false, "{}");

    private async Task<BoxKey?> BoxKeyAsync()
    {
        await using var command = _admin.CreateCommand(
            "select id, public_key from wa.box_key order by id desc limit 1"
        );
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? new(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1))
            : null;
    }

    private async Task<List<(long Id, string Code)>> CodesAsync()
    {
        await using var command = _admin.CreateCommand(
            "select session_id, code from wa.session_pairing where code is not null"
        );
        await using var reader = await command.ExecuteReaderAsync();
        var codes = new List<(long, string)>();
        while (await reader.ReadAsync())
            codes.Add((reader.GetInt64(0), reader.GetString(1)));
        return codes;
    }

    private static async Task SqlAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
