using Npgsql;

namespace Alerts;

/// <summary>
/// Once a second: what has begun or is over becomes a notification, and notifications are posted, the oldest first. After a crash between
/// the post and the commit one is posted again: nothing in Slack's form says which it is.
/// </summary>
internal sealed partial class AlertWorker(
    NpgsqlDataSource database,
    AlertStore alerts,
    NotificationStore notifications,
    Notifier notifier,
    TimeProvider time,
    ILogger<AlertWorker> logger
) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    // Older news is of no use.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);

    // Events come again for 7 days.
    private static readonly TimeSpan KeepFor = TimeSpan.FromDays(30);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var tick = new PeriodicTimer(Tick, time);
        var cleanAt = time.GetUtcNow();
        do
        {
            try
            {
                await alerts.TellAsync(ct);
                while (await PostNextAsync(ct)) { }
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
        } while (await tick.WaitForNextTickAsync(ct));
    }

    /// <returns>Whether there may be another one.</returns>
    private async Task<bool> PostNextAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await notifications.NextAsync(connection, time.GetUtcNow(), ct) is not { } next)
            return false;
        var fault = await notifier.PostAsync(next, ct);
        var now = time.GetUtcNow();
        if (fault is not null)
            LogNotTaken(next.Id, fault);
        await connection.ExecuteAsync(
            "update notification set attempts = attempts + 1, error = $2, due_at = $3, done_at = $4 where id = $1",
            ct,
            next.Id,
            fault,
            now + Pause(next.Attempts),
            fault is null || now - next.MadeAt > GiveUpAfter ? now : null
        );
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task CleanAsync(CancellationToken ct)
    {
        var before = time.GetUtcNow() - KeepFor;
        await using var connection = await database.OpenConnectionAsync(ct);
        await connection.ExecuteAsync("delete from handled where at < $1", ct, before);
        await connection.ExecuteAsync("delete from notification where done_at < $1", ct, before);
    }

    private static TimeSpan Pause(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(Math.Pow(2, attempts), LongestPause.TotalSeconds));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Notification {Id} is posted later: {Why}")]
    private partial void LogNotTaken(long id, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL is away: {Why}")]
    private partial void LogDatabaseAway(string why);
}
