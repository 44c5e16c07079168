using WaOperator.SessionPod.Lease;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Lets the sessions of a tenure dial one after the other, each not before its backoff has passed and only while the gate is open;
/// among those whose time has come, tenants take turns. One loop and one timer for all of them.
/// </summary>
internal sealed class LoginPacer(
    ActGate gate,
    Func<double> perSecond,
    TimeProvider time,
    Func<double>? random = null
) : ITenureLoop
{
    private readonly LoginPace _pace = new(random ?? Random.Shared.NextDouble);
    private readonly Lock _queueLock = new();
    private readonly LoginQueue _queue = new();
    private readonly long _start = time.GetTimestamp();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Waits for a turn.</summary>
    /// <param name="tenant">Whose turn it takes.</param>
    /// <param name="notBefore">The least wait.</param>
    /// <param name="ct">Gives the place up.</param>
    public async Task WaitAsync(long tenant, TimeSpan notBefore, CancellationToken ct)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_queueLock)
        {
            _queue.Enqueue(tenant, turn, Now + notBefore);
            _changed.TrySetResult();
        }
        await using var registration = ct.UnsafeRegister(
            static (turn, ct) => ((TaskCompletionSource)turn!).TrySetCanceled(ct),
            turn
        );
        await turn.Task;
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await gate.WaitUntilOpenAsync(ct);
                var (wait, newcomer) = Next();
                if (wait == Timeout.InfiniteTimeSpan)
                    await newcomer.WaitAsync(ct);
                else if (wait is { } some)
                    await EitherAsync(newcomer, some, ct);
                ct.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Those that wait for a turn are told by their own tokens.
            return;
        }
    }

    private async Task EitherAsync(Task newcomer, TimeSpan wait, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(newcomer, Task.Delay(wait, time, enough.Token));
        await enough.CancelAsync();
    }

    /// <summary>Gives the next its turn if it is time.</summary>
    /// <returns>Null if it did; else how long to wait unless someone comes sooner.</returns>
    private (TimeSpan? Wait, Task Newcomer) Next()
    {
        TaskCompletionSource turn;
        lock (_queueLock)
        {
            if (_changed.Task.IsCompleted)
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var now = Now;
            if (_queue.Wait(now) is not { } rest)
                return (Timeout.InfiniteTimeSpan, _changed.Task);
            var rate = perSecond();
            // The pace is asked only for who may dial: its rest ends with that.
            var wait = rest > TimeSpan.Zero ? rest : _pace.Wait(now, rate);
            if (wait > TimeSpan.Zero)
                // Timers are counted in whole milliseconds: never wake too early.
                return (wait + TimeSpan.FromMilliseconds(1), _changed.Task);
            turn = _queue.Dequeue();
            if (turn.Task.IsCompleted)
                return (null, _changed.Task);
            _pace.Take(now, rate);
        }
        turn.TrySetResult();
        return (null, _changed.Task);
    }
}
