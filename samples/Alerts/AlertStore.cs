using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Alerts;

/// <summary>Alerts in PostgreSQL. Whatever is decided and what is to be told of it are written in one transaction.</summary>
internal sealed class AlertStore(
    NpgsqlDataSource database,
    NotificationStore notifications,
    Settings settings,
    TimeProvider time
)
{
    private const string Columns = "sequence, what, detail, begin_at, end_at, told";

    /// <summary>Handles an event once, however often it comes.</summary>
    public async Task TakeAsync(string id, JsonElement e, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Where the same event is being handled elsewhere at this moment, this waits for the outcome.
        var isNew = await connection.ExecuteAsync(
            "insert into handled (id, at) values ($1, $2) on conflict do nothing",
            ct,
            id,
            now
        );
        if (isNew == 0)
            return;
        if (Signs.GapOf(e) is { } gap)
            await notifications.AddAsync(connection, [gap], now, ct);
        if (
            e.TryGetProperty("session", out var session)
            && e.TryGetProperty("sequence", out var number)
            && long.TryParse(number.GetString(), CultureInfo.InvariantCulture, out var sequence)
        )
            foreach (var sign in Signs.Of(e, settings.DisconnectedAfter, now))
                await ApplyAsync(connection, session.GetString()!, sequence, sign, now, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Puts what has begun and what is over by now among the notifications.</summary>
    public async Task TellAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var lines = new List<string>();
        await using (
            var begun = connection.Command(
                """
                update alert set told = what
                 where what <> '' and told is distinct from what and begin_at <= $1 and (end_at is null or end_at > $1)
                returning session, what, detail
                """,
                now
            )
        )
            await ReadAsync(begun, Alert.Begun);
        await using (
            var over = connection.Command(
                """
                with due as (select session, topic, told from alert where end_at <= $1 for update)
                update alert a set what = '', told = null, begin_at = null, end_at = null from due d
                 where a.session = d.session and a.topic = d.topic returning a.session, coalesce(d.told, ''), a.detail
                """,
                now
            )
        )
            await ReadAsync(over, Alert.Over);
        if (lines.Count > 0)
            await notifications.AddAsync(connection, lines, now, ct);
        await transaction.CommitAsync(ct);

        async Task ReadAsync(NpgsqlCommand command, Func<string, string, string, string> write)
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                if (reader.GetString(1) is { Length: > 0 } what)
                    lines.Add(write(reader.GetString(0), what, reader.GetString(2)));
        }
    }

    private async Task ApplyAsync(
        NpgsqlConnection connection,
        string session,
        long sequence,
        Sign sign,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await connection.ExecuteAsync(
            "insert into alert (session, topic, sequence, what, detail) values ($1, $2, -1, '', '') on conflict do nothing",
            ct,
            session,
            sign.Topic
        );
        Alert before;
        await using (
            var command = connection.Command(
                $"select {Columns} from alert where session = $1 and topic = $2 for update",
                session,
                sign.Topic
            )
        )
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            before = new(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetString(2),
                At(reader, 3),
                At(reader, 4),
                reader.IsDBNull(5) ? null : reader.GetString(5)
            );
        }
        var after = before.After(sequence, sign, now, settings.WellAfter);
        await connection.ExecuteAsync(
            "update alert set (sequence, what, detail, begin_at, end_at) = ($3, $4, $5, $6, $7) where session = $1 and topic = $2",
            ct,
            session,
            sign.Topic,
            after.Sequence,
            after.What,
            after.Detail,
            after.BeginAt,
            after.EndAt
        );
    }

    private static DateTimeOffset? At(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
