using Npgsql;

namespace TwilioAdapter.Outgoing;

/// <summary>An entry that is being worked on, and the transaction that holds it. Without an end it is as if it had not been touched.</summary>
internal sealed class TakenEntry(
    Entry entry,
    NpgsqlTransaction transaction,
    TimeSpan giveUpAfter,
    TimeProvider time
) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private readonly NpgsqlConnection _connection = transaction.Connection!;

    public Entry Entry => entry;

    /// <summary>For what is to be written together with its end.</summary>
    public NpgsqlConnection Connection => _connection;

    /// <summary>Whether it has been tried for long enough.</summary>
    public bool IsOverdue => time.GetUtcNow() - entry.CreatedAt > giveUpAfter;

    /// <summary>It is done.</summary>
    public async Task DoneAsync()
    {
        await _connection.RunAsync("delete from outbox where id = $1", entry.Id);
        await transaction.CommitAsync();
    }

    /// <summary>It is to be tried again, after 1, 2, 4 ... seconds, five minutes at most, or when the other side says.</summary>
    public async Task LaterAsync(string why, TimeSpan? after = null)
    {
        await _connection.RunAsync(
            "update outbox set attempts = attempts + 1, due_at = $2, error = $3 where id = $1",
            entry.Id,
            time.GetUtcNow() + (after ?? PauseAfter(entry.Attempts)),
            why
        );
        await transaction.CommitAsync();
    }

    /// <summary>It is not tried any more, and stays in the table for people to see.</summary>
    public async Task GiveUpAsync(string why)
    {
        await _connection.RunAsync(
            "update outbox set given_up_at = $2, error = $3 where id = $1",
            entry.Id,
            time.GetUtcNow(),
            why
        );
        await transaction.CommitAsync();
    }

    /// <summary>The pause after so many attempts in vain.</summary>
    public static TimeSpan PauseAfter(int attempts)
    {
        var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(attempts, 16)));
        return pause < LongestPause ? pause : LongestPause;
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
