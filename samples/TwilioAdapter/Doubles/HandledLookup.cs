using Npgsql;

namespace TwilioAdapter.Doubles;

/// <summary>The second layer: a look-up, which spares what was handled long ago a transaction.</summary>
internal sealed class HandledLookup(NpgsqlDataSource database)
{
    /// <summary>Whether an event was handled, as far as can be seen now.</summary>
    public async Task<bool> IsHandledAsync(string id, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select 1 from handled where id = $1");
        command.Parameters.Add(new() { Value = id });
        return await command.ExecuteScalarAsync(ct) is not null;
    }
}
