using Npgsql;

namespace TwilioAdapter;

/// <summary>The tables, and the few words that commands need.</summary>
internal static class Database
{
    private const string Tables = """
        -- Several replicas may start at once.
        select pg_advisory_xact_lock(7461951);
        -- Events that were handled, and messages that came from Twilio. The primary key is what lets nothing be handled twice.
        create table if not exists handled (
          id text primary key,
          at timestamptz not null
        );
        create index if not exists handled_at on handled (at);
        create table if not exists message (
          sid text primary key,
          direction text not null,
          sender text not null,
          recipient text not null,
          session text not null,
          body text not null,
          status text not null,
          callback text,
          media text,        -- the file's id at WaOperator, of what came in
          media_sid text,    -- the unguessable end of the address that opens it
          media_url text,    -- of what goes out
          error_code int,
          error_message text,
          created_at timestamptz not null,
          updated_at timestamptz not null,
          sent_at timestamptz
        );
        create index if not exists message_created_at on message (created_at);
        -- What is to be posted or sent. Of each lane the oldest entry goes first; an entry that is done is deleted.
        create table if not exists outbox (
          id bigint generated always as identity primary key,
          lane text not null,
          kind text not null,
          sid text not null,
          url text not null,
          body text not null,
          attempts int not null default 0,
          created_at timestamptz not null,
          due_at timestamptz not null,
          given_up_at timestamptz,
          error text
        );
        create index if not exists outbox_lane on outbox (lane, id) where given_up_at is null;
        create index if not exists outbox_due on outbox (due_at) where given_up_at is null;
        """;

    /// <summary>Makes what is missing.</summary>
    public static async Task CreateTablesAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(Tables, connection);
        await command.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }

    /// <summary>A command whose parameters are $1, $2 ... Texts may have the character U+0000, which PostgreSQL does not store.</summary>
    public static NpgsqlCommand Command(
        this NpgsqlConnection connection,
        string sql,
        params object?[] values
    )
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(
                new() { Value = (value as string)?.Replace("\0", "") ?? value ?? DBNull.Value }
            );
        return command;
    }

    /// <summary>Runs it.</summary>
    /// <returns>The number of rows that were changed.</returns>
    public static async Task<int> RunAsync(
        this NpgsqlConnection connection,
        string sql,
        params object?[] values
    )
    {
        await using var command = connection.Command(sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>A column that may be null.</summary>
    public static string? Text(this NpgsqlDataReader reader, string column) =>
        reader[column] as string;
}
