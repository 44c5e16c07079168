using Npgsql;

namespace TwilioAdapter.Outgoing;

/// <summary>
/// What is to be posted or sent, in a table. It is written in the transaction of what it follows from, so that neither is without the other,
/// and deleted in that of what follows from it. Replicas share it: a row that one works on is locked, and a crash unlocks it.
/// </summary>
internal sealed class Outbox(NpgsqlDataSource database, Settings settings, TimeProvider time)
{
    // An entry behind another one of its lane is not there yet, due or not.
    private const string Take = """
        select id, kind, sid, url, body, attempts, created_at from outbox o
        where given_up_at is null and (id = $1 or $1 is null and due_at <= $2)
          and not exists (select 1 from outbox before where before.lane = o.lane and before.id < o.id and before.given_up_at is null)
        order by due_at limit 1
        for update skip locked
        """;

    private readonly SemaphoreSlim _wake = new(0);

    /// <summary>Adds an entry.</summary>
    /// <param name="connection">In whose transaction.</param>
    /// <param name="kind">One of <see cref="EntryKind"/>.</param>
    /// <param name="lane">What it is in order with, among those of its kind.</param>
    /// <param name="sid">As in <see cref="Entry"/>, and so the next two.</param>
    /// <param name="url">Where to.</param>
    /// <param name="body">What.</param>
    /// <param name="delay">How long the worker leaves it alone.</param>
    /// <returns>Its number.</returns>
    public async Task<long> AddAsync(
        NpgsqlConnection connection,
        string kind,
        string lane,
        string sid,
        string url,
        string body,
        TimeSpan delay = default
    )
    {
        var now = time.GetUtcNow();
        await using var command = connection.Command(
            "insert into outbox (lane, kind, sid, url, body, created_at, due_at) values ($1, $2, $3, $4, $5, $6, $7) returning id",
            $"{kind} {lane}",
            kind,
            sid,
            url,
            body,
            now,
            now + delay
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Takes an entry whose turn it is, so that no other does. It is free again once that is disposed of.</summary>
    /// <param name="id">The entry; null: any that is due.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <returns>Null: there is none now.</returns>
    public async Task<TakenEntry?> TakeAsync(long? id, CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            var transaction = await connection.BeginTransactionAsync(ct);
            await using var command = connection.Command(Take);
            command.Parameters.Add(new NpgsqlParameter<long?> { TypedValue = id });
            command.Parameters.Add(new() { Value = time.GetUtcNow() });
            await using (var reader = await command.ExecuteReaderAsync(ct))
                if (await reader.ReadAsync(ct))
                    return new(
                        new(
                            reader.GetInt64(0),
                            reader.GetString(1),
                            reader.GetString(2),
                            reader.GetString(3),
                            reader.GetString(4),
                            reader.GetInt32(5),
                            reader.GetFieldValue<DateTimeOffset>(6)
                        ),
                        transaction,
                        settings.GiveUpAfter,
                        time
                    );
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        await connection.DisposeAsync();
        return null;
    }

    /// <summary>Says when the worker may have an entry that is not taken.</summary>
    public async Task DueAsync(long id, TimeSpan delay)
    {
        await using var connection = await database.OpenConnectionAsync();
        await connection.RunAsync(
            "update outbox set due_at = $2 where id = $1",
            id,
            time.GetUtcNow() + delay
        );
        Wake();
    }

    /// <summary>Says that there is something new. Said often while all are at work, it is as if said once for each.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount < OutboxWorker.AtOnce)
            _wake.Release();
    }

    /// <summary>Waits for that, or for a second: an entry may be due again, or come from another replica.</summary>
    public Task WaitAsync(CancellationToken ct) => _wake.WaitAsync(TimeSpan.FromSeconds(1), ct);
}
