using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Reads settings of pools.</summary>
public sealed class Pools(NpgsqlDataSource database)
{
    /// <summary>The settings of a pool; null while the operator has not projected it.</summary>
    /// <exception cref="System.Text.Json.JsonException">They are of another shape.</exception>
    public async Task<PoolSettings?> ReadSettingsAsync(string uid, CancellationToken ct = default)
    {
        await using var command = database.Command(
            "select settings::text from wa.pool where uid = $1",
            uid
        );
        return await command.ExecuteScalarAsync(ct) is string json
            ? PoolSettings.FromJson(json)
            : null;
    }
}
