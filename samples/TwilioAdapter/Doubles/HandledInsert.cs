using Npgsql;

namespace TwilioAdapter.Doubles;

/// <summary>The third layer, which alone decides: the primary key. Of several at once one inserts, and the others wait for its end.</summary>
internal sealed class HandledInsert(TimeProvider time)
{
    /// <summary>Notes an event as handled, in the transaction that handles it.</summary>
    /// <returns>False: it was handled before.</returns>
    public async Task<bool> TryAsync(NpgsqlConnection connection, string id) =>
        await connection.RunAsync(
            "insert into handled (id, at) values ($1, $2) on conflict do nothing",
            id,
            time.GetUtcNow()
        ) == 1;
}
