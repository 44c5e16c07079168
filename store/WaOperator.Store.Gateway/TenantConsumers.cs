using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>A program of a tenant that fetches events.</summary>
/// <param name="Id">Its key in the database: a later consumer of the same name is another.</param>
/// <param name="Name">Its name, which the tenant chose.</param>
/// <param name="Sessions">The sessions whose events it fetches, as namespace/name; null: all of the tenant.</param>
/// <param name="Types">Patterns of types; null: all.</param>
/// <param name="Since">Where sessions begin of which it has acknowledged nothing: milliseconds since 1970.</param>
public sealed record StoredConsumer(
    long Id,
    string Name,
    IReadOnlyList<string>? Sessions,
    IReadOnlyList<string>? Types,
    long Since
)
{
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When events were fetched last; null: never.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>When events were acknowledged last; null: never.</summary>
    public DateTimeOffset? AckedAt { get; init; }

    /// <summary>Events behind the last acknowledged ones, types that it does not ask for included; null: not counted.</summary>
    public long? Backlog { get; init; }
}

/// <summary>What a reader of a consumer begins with.</summary>
/// <param name="Consumer">The consumer.</param>
/// <param name="Seen">The last acknowledged event of each session.</param>
/// <param name="Reader">Which reader it is: none before it may acknowledge any more.</param>
public sealed record ConsumerReading(
    StoredConsumer Consumer,
    IReadOnlyDictionary<long, long> Seen,
    long Reader
);

/// <summary>What became of an acknowledgement.</summary>
public enum AckOutcome
{
    /// <summary>It is stored, or changes nothing.</summary>
    Acked,

    /// <summary>The tenant has no such consumer.</summary>
    Missing,

    /// <summary>It is of another consumer, perhaps one of the same name that was deleted.</summary>
    Other,

    /// <summary>Another reader fetched since.</summary>
    Taken,

    /// <summary>The consumer would stand in more sessions than it may.</summary>
    Full,
}

/// <summary>The consumers of tenants: what each fetches and how far it has acknowledged that.</summary>
public sealed class TenantConsumers(NpgsqlDataSource database)
{
    /// <summary>Consumers that a tenant has at most.</summary>
    public const int MaxOfTenant = 32;

    /// <summary>Makes a consumer, or changes which events it fetches: where it is stays.</summary>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="sessions">As in <see cref="StoredConsumer"/>.</param>
    /// <param name="types">As in <see cref="StoredConsumer"/>.</param>
    /// <param name="fromEarliest">A new one begins with the oldest events that are kept, not with those to come.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Whether it is new; null: the tenant has <see cref="MaxOfTenant"/> already.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<bool?> PutAsync(
        long tenant,
        string name,
        IReadOnlyCollection<string>? sessions,
        IReadOnlyCollection<string>? types,
        bool fromEarliest,
        CancellationToken ct = default
    ) =>
        (
            await database.LookUpAsync(
                "select made from wa.consumer_put($1, $2, $3::text[], $4::text[], $5, $6)",
                [tenant, name, sessions?.ToArray(), types?.ToArray(), fromEarliest, MaxOfTenant],
                r => (bool?)r.GetBoolean(0),
                ct
            )
        ).SingleOrDefault();

    /// <summary>The consumers of a tenant, by their names.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="name">The one of this name; null for all.</param>
    /// <param name="counts">Counts the backlog of the one that is named.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<StoredConsumer>> ReadAsync(
        long tenant,
        string? name = null,
        bool counts = false,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            """
            select id, name, sessions, types, since, created_at, read_at, acked_at, backlog from wa.consumers($1, $2::text)
             where $3::text is null or name = $3
            """,
            // The function counts for a name that it is given.
            [tenant, counts ? name : null, name],
            r => new StoredConsumer(
                r.GetInt64(0),
                r.GetString(1),
                TextsOrNull(r, 2),
                TextsOrNull(r, 3),
                r.GetInt64(4)
            )
            {
                CreatedAt = r.GetFieldValue<DateTimeOffset>(5),
                ReadAt = r.ValueOrNull<DateTimeOffset>(6),
                AckedAt = r.ValueOrNull<DateTimeOffset>(7),
                Backlog = r.ValueOrNull<long>(8),
            },
            ct
        );

    /// <summary>Begins to fetch, in the place of the reader before.</summary>
    /// <returns>Null: there is no such consumer.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<ConsumerReading?> BeginAsync(
        long tenant,
        string name,
        CancellationToken ct = default
    ) =>
        (
            await database.LookUpAsync(
                """
                select id, sessions, types, since, seen_sessions, seen_seqs, reader from wa.consumer_read($1, $2)
                """,
                [tenant, name],
                r => new ConsumerReading(
                    new(r.GetInt64(0), name, TextsOrNull(r, 1), TextsOrNull(r, 2), r.GetInt64(3)),
                    r.GetFieldValue<long[]>(4)
                        .Zip(r.GetFieldValue<long[]>(5))
                        .ToDictionary(s => s.First, s => s.Second),
                    r.GetInt64(6)
                ),
                ct
            )
        ).SingleOrDefault();

    /// <summary>Whether no other reader has begun since.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<bool> IsReaderAsync(
        ConsumerReading reading,
        CancellationToken ct = default
    ) =>
        (
            await database.LookUpAsync(
                "select wa.consumer_is_reader($1, $2)",
                [reading.Consumer.Id, reading.Reader],
                r => r.GetBoolean(0),
                ct
            )
        ).Single();

    /// <summary>
    /// Events are done with, and are not fetched again. It never leads back, nor beyond what there is: acknowledged twice, they are
    /// acknowledged once.
    /// </summary>
    /// <param name="tenant">Whose consumer.</param>
    /// <param name="name">Its name.</param>
    /// <param name="consumer">Its key in the database, as the reader knows it.</param>
    /// <param name="reader">Which reader says it.</param>
    /// <param name="seen">The last event of each session.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<AckOutcome> AckAsync(
        long tenant,
        string name,
        long consumer,
        long reader,
        IReadOnlyDictionary<long, long> seen,
        CancellationToken ct = default
    ) =>
        Enum.Parse<AckOutcome>(
            (
                await database.LookUpAsync(
                    "select wa.consumer_ack($1, $2, $3, $4, $5, $6)",
                    [
                        tenant,
                        name,
                        consumer,
                        reader,
                        seen.Keys.ToArray(),
                        seen.Keys.Select(s => seen[s]).ToArray(),
                    ],
                    r => r.GetString(0),
                    ct
                )
            ).Single()
        );

    /// <summary>Deletes a consumer, and where it is with it.</summary>
    /// <returns>False: there is none.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<bool> DeleteAsync(long tenant, string name, CancellationToken ct = default)
    {
        await using var command = database.Command(
            "select wa.consumer_delete($1, $2)",
            tenant,
            name
        );
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static string[]? TextsOrNull(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<string[]>(column);
}
