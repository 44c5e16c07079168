using Npgsql;

namespace WaOperator.Store;

/// <summary>Short ways to run a statement with positional parameters.</summary>
internal static class Sql
{
    public static NpgsqlCommand Command(
        this NpgsqlDataSource database,
        string sql,
        params object?[] values
    ) => database.CreateCommand(sql).With(values);

    public static NpgsqlCommand With(this NpgsqlCommand command, params object?[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>Runs a statement that writes, on a connection and in a transaction of its own; see <see cref="Commits"/>.</summary>
    /// <returns>Its rows.</returns>
    public static async Task<List<T>> CommitAsync<T>(
        this NpgsqlDataSource database,
        string sql,
        object?[] values,
        Func<NpgsqlDataReader, T> map,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var command = connection.Lasting(sql, values);
        return await Commits.RunAsync(
            connection,
            () => command.ReadAllAsync(map, CancellationToken.None),
            ct
        );
    }

    /// <summary><see cref="CommitAsync{T}"/> without the thread pool, for a thread which must not wait for it.</summary>
    public static List<T> Commit<T>(
        this NpgsqlDataSource database,
        string sql,
        object?[] values,
        Func<NpgsqlDataReader, T> map
    )
    {
        using var connection = database.OpenConnection();
        using var command = connection.Lasting(sql, values);
        return Commits.Run(connection, () => command.ReadAll(map));
    }

    /// <summary><see cref="CommitAsync{T}"/> of a statement without rows.</summary>
    /// <returns>How many rows it changed.</returns>
    public static async Task<int> CommitAsync(
        this NpgsqlDataSource database,
        string sql,
        object?[] values,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var command = connection.Lasting(sql, values);
        return await Commits.RunAsync(
            connection,
            () => command.ExecuteNonQueryAsync(CancellationToken.None),
            ct
        );
    }

    private static NpgsqlCommand Lasting(
        this NpgsqlConnection connection,
        string sql,
        object?[] values
    ) => new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }.With(values);

    public static NpgsqlBatchCommand BatchCommand(string sql, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(
                value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value }
            );
        return command;
    }

    public static async Task<List<T>> ReadAllAsync<T>(
        this NpgsqlCommand command,
        Func<NpgsqlDataReader, T> map,
        CancellationToken ct
    )
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAllAsync(map, ct);
    }

    /// <summary>
    /// Runs a look-up, which changes nothing, on a connection of the pool; and once more on a fresh one if the first had died in the
    /// pool with its server or its way, as it may after a restart of PostgreSQL. Npgsql then drops all that were idle.
    /// </summary>
    public static async Task<List<T>> LookUpAsync<T>(
        this NpgsqlDataSource database,
        string sql,
        object?[] values,
        Func<NpgsqlDataReader, T> map,
        CancellationToken ct
    )
    {
        try
        {
            await using var first = database.Command(sql, values);
            return await first.ReadAllAsync(map, ct);
        }
        catch (NpgsqlException e) when (e.IsTransient && e.InnerException is not TimeoutException)
        {
            await using var second = database.Command(sql, values);
            return await second.ReadAllAsync(map, ct);
        }
    }

    /// <summary>Without the thread pool, for a thread which must not wait for it.</summary>
    public static List<T> ReadAll<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> map)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(map(reader));
        return rows;
    }

    public static async Task<List<T>> ReadAllAsync<T>(
        this NpgsqlDataReader reader,
        Func<NpgsqlDataReader, T> map,
        CancellationToken ct
    )
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(map(reader));
        return rows;
    }

    public static string? TextOrNull(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    public static T? ValueOrNull<T>(this NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
}
