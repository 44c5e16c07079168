using Npgsql;

namespace Alerts;

/// <summary>Notifications that wait to be posted, in PostgreSQL.</summary>
internal sealed class NotificationStore
{
    private const int MaxLines = 20;

    /// <summary>Adds one notification of all that happened at one moment: where thousands of sessions fall at once, one message is enough.</summary>
    public Task AddAsync(
        NpgsqlConnection connection,
        IReadOnlyList<string> lines,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        connection.ExecuteAsync(
            "insert into notification (text, made_at, due_at) values ($1, $2, $2)",
            ct,
            Compose(lines),
            now
        );

    /// <summary>The text of a notification.</summary>
    public static string Compose(IReadOnlyList<string> lines) =>
        string.Join(
            '\n',
            lines.Count <= MaxLines
                ? lines
                : [.. lines.Take(MaxLines), $"... and {lines.Count - MaxLines} more"]
        );

    /// <summary>The oldest that waits, if it is due; locked until the transaction ends, so that no other replica posts it.</summary>
    public async Task<Notification?> NextAsync(
        NpgsqlConnection connection,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await using var command = connection.Command(
            """
            select id, text, attempts, made_at from notification
             where id = (select min(id) from notification where done_at is null) and done_at is null and due_at <= $1
               for update skip locked
            """,
            now
        );
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetInt32(2),
                reader.GetFieldValue<DateTimeOffset>(3)
            )
            : null;
    }
}

/// <summary>A notification that waits.</summary>
internal sealed record Notification(long Id, string Text, int Attempts, DateTimeOffset MadeAt);
