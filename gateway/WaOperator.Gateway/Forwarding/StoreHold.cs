using Npgsql;
using WaOperator.Gateway.Options;
using WaOperator.Store;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Holds what depends on a look-up while PostgreSQL does not answer, as long as a request may wait for an owner: a restart, a failover or
/// a first connection that is slow is not the caller's to repeat.
/// </summary>
internal sealed class StoreHold(GatewayOptions options, HoldRoom rooms, TimeProvider time)
{
    // Of which tenant the request is has not been looked up yet.
    private const long NoTenant = 0;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks up, again and again while PostgreSQL does not answer.</summary>
    /// <param name="lookUp">What is looked up; it changes nothing.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL does not answer, and there is no room or time left to wait.</exception>
    public async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> lookUp, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        IDisposable? room = null;
        try
        {
            while (true)
            {
                try
                {
                    return await lookUp();
                }
                catch (Exception e)
                    when (MayPass(e)
                        && time.GetElapsedTime(began) < options.Hold
                        && (room ??= rooms.TryEnter(NoTenant, 0)) is not null
                    )
                {
                    await Task.Delay(Pause, time, ct);
                }
            }
        }
        finally
        {
            room?.Dispose();
        }
    }

    private static bool MayPass(Exception e) =>
        e is PostgresException answer
            ? DatabaseFailure.IsPassing(answer)
            : DatabaseFailure.IsAway(e);
}
