using Npgsql;
using WaOperator.Store.Schema;

namespace WaOperator.Store.Gateway;

/// <summary>
/// What a gateway is given of the database, over connections of its own. Its role calls a few functions that read, those that add to the
/// audit and take away what is too old there, and those of tickets and consumers. All calls throw <see cref="NpgsqlException"/> while the
/// database is away.
/// </summary>
public sealed class GatewayStore : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database;

    /// <summary>Takes connections over and closes them in the end.</summary>
    public GatewayStore(NpgsqlDataSource database)
    {
        _database = database;
        Directory = new(database);
        Places = new(database);
        Sessions = new(database);
        Tenants = new(database);
        Audit = new(database);
        Webhooks = new(database);
        Replays = new(database);
        Phones = new(database);
        Tickets = new(database);
        Consumers = new(database);
    }

    /// <summary>Connects when first used.</summary>
    /// <param name="connectionString">See <see cref="Database.ForGateway"/>; never logged.</param>
    public static GatewayStore Open(string connectionString) =>
        new(Database.ForGateway(connectionString));

    /// <summary>Whose an API key is.</summary>
    public ApiDirectory Directory { get; }

    /// <summary>Which pods serve which sessions now.</summary>
    public SessionPlaces Places { get; }

    /// <summary>The sessions of tenants.</summary>
    public TenantSessions Sessions { get; }

    /// <summary>What tenants are called.</summary>
    public TenantNames Tenants { get; }

    /// <summary>Who called what of the tenants' API.</summary>
    public AuditLog Audit { get; }

    /// <summary>The webhooks of tenants.</summary>
    public TenantWebhooks Webhooks { get; }

    /// <summary>What those are to post once more.</summary>
    public TenantReplays Replays { get; }

    /// <summary>The sessions of tenants by their numbers.</summary>
    public PhoneSessions Phones { get; }

    /// <summary>Tickets that open streams of events.</summary>
    public StreamTickets Tickets { get; }

    /// <summary>Programs of tenants that fetch events.</summary>
    public TenantConsumers Consumers { get; }

    /// <summary>The version of the schema; 0 when there is none yet.</summary>
    public Task<int> ReadSchemaVersionAsync(CancellationToken ct = default) =>
        Migrator.VersionAsync(_database, ct);

    /// <summary>What time it is by PostgreSQL, which stamps events.</summary>
    public async Task<DateTimeOffset> ReadTimeAsync(CancellationToken ct = default) =>
        (
            await _database.LookUpAsync(
                "select now()",
                [],
                r => r.GetFieldValue<DateTimeOffset>(0),
                ct
            )
        ).Single();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
