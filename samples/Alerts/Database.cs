using Npgsql;

namespace Alerts;

/// <summary>The tables.</summary>
internal static class Database
{
    private const string Tables = """
        -- Several replicas may start at once.
        select pg_advisory_xact_lock(7461952);

        -- Events that were handled: one that comes again changes nothing.
        create table if not exists handled (
          id text primary key,
          at timestamptz not null
        );
        create index if not exists handled_at on handled (at);

        -- How each thing is, and what people were told of it. Rows stay once all is well, so that an older event that comes late is known
        -- as such.
        create table if not exists alert (
          session  text not null,
          topic    text not null,
          sequence bigint not null,     -- of the newest event
          what     text not null,       -- what is wrong; empty: nothing
          detail   text not null,       -- more of it; where nothing is wrong, how it is now
          begin_at timestamptz,         -- from when on it is told
          end_at   timestamptz,         -- when its end is told; null: it lasts
          told     text,                -- what people were told and not yet told the end of
          primary key (session, topic)
        );
        create index if not exists alert_begin on alert (begin_at) where what <> '' and told is distinct from what;
        create index if not exists alert_end on alert (end_at) where end_at is not null;

        -- What is to be posted. Written in the transaction that decides it.
        create table if not exists notification (
          id       bigint generated always as identity primary key,
          text     text not null,
          made_at  timestamptz not null,
          due_at   timestamptz not null,
          attempts int not null default 0,
          done_at  timestamptz,
          error    text
        );
        create index if not exists notification_waiting on notification (id) where done_at is null;
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
