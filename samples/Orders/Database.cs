using Npgsql;

namespace Orders;

/// <summary>The tables.</summary>
internal static class Database
{
    private const string Tables = """
        -- Several replicas may start at once.
        select pg_advisory_xact_lock(7461950);

        -- Events that were handled: one that comes again changes nothing.
        create table if not exists handled (
          shop text not null,
          id   text not null,
          at   timestamptz not null,
          primary key (shop, id)
        );
        create index if not exists handled_at on handled (at);

        create table if not exists orders (
          id         bigint generated always as identity primary key,
          uid        uuid not null unique default gen_random_uuid(),
          shop       text not null,
          session    text not null,
          customer   text not null,
          state      text not null,
          items      jsonb not null,
          revision   int not null default 1,
          rating     int,
          created_at timestamptz not null,
          changed_at timestamptz not null
        );
        -- A customer has one draft at a time: a yes means that one.
        create unique index if not exists orders_draft on orders (shop, session, customer) where state = 'Draft';
        create index if not exists orders_shop on orders (shop, state, id);

        -- What is to be sent. It is written in the transaction that makes it so, and sent by OutboxWorker.
        create table if not exists outbox (
          id       bigint generated always as identity primary key,
          key      text not null unique,
          shop     text not null,
          session  text not null,
          customer text not null,
          body     text not null,
          attempts int not null default 0,
          due_at   timestamptz not null,
          made_at  timestamptz not null,
          done_at  timestamptz,
          error    text
        );
        create index if not exists outbox_waiting on outbox (session, customer, id) where done_at is null;
        """;

    /// <summary>Makes what is missing.</summary>
    public static async Task CreateTablesAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(Tables, default);
        await transaction.CommitAsync();
    }

    /// <summary>A command whose parameters are $1, $2 ...</summary>
    public static NpgsqlCommand Command(
        this NpgsqlConnection connection,
        string sql,
        params object?[] values
    )
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>Runs a command.</summary>
    /// <returns>How many rows it changed.</returns>
    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection,
        string sql,
        CancellationToken ct,
        params object?[] values
    )
    {
        await using var command = connection.Command(sql, values);
        return await command.ExecuteNonQueryAsync(ct);
    }
}
