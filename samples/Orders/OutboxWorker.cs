using Npgsql;

namespace Orders;

/// <summary>
/// Sends what is in the outbox. After a crash between the sending and the commit a message is sent again, with the same key: WaOperator
/// answers as the first time and sends nothing twice.
/// </summary>
internal sealed partial class OutboxWorker(
    NpgsqlDataSource database,
    Outbox outbox,
    WaOperatorApi api,
    TimeProvider time,
    ILogger<OutboxWorker> logger
) : BackgroundService
{
    // WaOperator knows keys for 14 days. A message that is later than a day is of no use any more.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // Events come again for 7 days.
    private static readonly TimeSpan KeepFor = TimeSpan.FromDays(30);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        var cleanAt = time.GetUtcNow();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                while (await SendNextAsync(ct)) { }
                if (time.GetUtcNow() >= cleanAt)
                {
                    await CleanAsync(ct);
                    cleanAt = time.GetUtcNow().AddHours(1);
                }
            }
            catch (NpgsqlException e)
            {
                LogDatabaseAway(e.Message);
            }
            await outbox.WaitAsync(ct);
        }
    }

    /// <returns>Whether there may be another one.</returns>
    private async Task<bool> SendNextAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await outbox.NextAsync(connection, ct) is not { } entry)
            return false;
        var answer = await api.SendAsync(entry, ct);
        var now = time.GetUtcNow();
        var isDone = answer.IsFinal || now - entry.MadeAt > GiveUpAfter;
        if (answer.Error is { } why)
        {
            if (isDone)
                LogGivenUp(entry.Key, why);
            else
                LogLater(entry.Key, why);
        }
        await connection.ExecuteAsync(
            "update outbox set attempts = attempts + 1, error = $2, due_at = $3, done_at = $4 where id = $1",
            ct,
            entry.Id,
            answer.Error,
            now + (answer.RetryAfter ?? Pause(entry.Attempts)),
            isDone ? now : null
        );
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task CleanAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var before = time.GetUtcNow() - KeepFor;
        await connection.ExecuteAsync("delete from handled where at < $1", ct, before);
        await connection.ExecuteAsync("delete from outbox where done_at < $1", ct, before);
    }

    private static TimeSpan Pause(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(Math.Pow(2, attempts), LongestPause.TotalSeconds));

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} is sent later: {Why}")]
    private partial void LogLater(string key, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Key} is given up, it was not sent: {Why}")]
    private partial void LogGivenUp(string key, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL is away: {Why}")]
    private partial void LogDatabaseAway(string why);
}
