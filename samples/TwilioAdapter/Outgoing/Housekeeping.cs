using Npgsql;

namespace TwilioAdapter.Outgoing;

/// <summary>Deletes what is old: once an hour, all of it by its index.</summary>
internal sealed class Housekeeping(
    NpgsqlDataSource database,
    Settings settings,
    TimeProvider time,
    ILogger<Housekeeping> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var hourly = new PeriodicTimer(TimeSpan.FromHours(1), time);
        do try
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            var before = time.GetUtcNow() - settings.KeepFor;
            await connection.RunAsync("delete from handled where at < $1", before);
            await connection.RunAsync("delete from outbox where given_up_at < $1", before);
            await connection.RunAsync(
                "delete from message m where created_at < $1 and not exists (select 1 from outbox where sid = m.sid)",
                before
            );
        }
        catch (NpgsqlException e)
        {
            log.LogWarning(e, "Old rows were not deleted; it is tried again in an hour");
        }
        while (await hourly.WaitForNextTickAsync(ct));
    }
}
