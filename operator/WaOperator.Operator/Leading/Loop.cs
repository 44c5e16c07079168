using WaOperator.Kubernetes.Controllers;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>
/// Does one thing again and again: when it is woken, and slowly without. What it needs may be away (the database, the API
/// server): then it tries again with growing pauses.
/// </summary>
/// <param name="name">For logs.</param>
/// <param name="interval">How long it rests without being woken.</param>
/// <param name="spacing">How long it rests at least between two steps, so that many wakings become one step.</param>
/// <param name="step">What it does.</param>
/// <param name="logger">Where failures are logged.</param>
/// <param name="time">The clock of all pauses.</param>
internal sealed class Loop(
    string name,
    TimeSpan interval,
    TimeSpan spacing,
    Func<CancellationToken, Task> step,
    ILogger logger,
    TimeProvider time
) : IRunnable
{
    private readonly Attempts _attempts = new(name, logger, time);
    private readonly Lock _lock = new();
    private TaskCompletionSource _woken = NewSignal();
    private readonly TaskCompletionSource _done = NewSignal();

    /// <summary>How long it rests without being woken.</summary>
    public TimeSpan Interval { get; set; } = interval;

    /// <summary>Ends with the first step that succeeds.</summary>
    public Task Done => _done.Task;

    /// <inheritdoc/>
    public string Name => name;

    /// <summary>There is work: the next step comes as soon as the spacing allows.</summary>
    public void Wake()
    {
        lock (_lock)
            _woken.TrySetResult();
    }

    /// <summary>There is work after a while.</summary>
    public void WakeAfter(TimeSpan delay) =>
        _ = Task.Delay(delay, time).ContinueWith(_ => Wake(), TaskScheduler.Default);

    /// <inheritdoc/>
    /// <exception cref="StaleTermException">Another leader has begun.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            // A waking during the step counts for the next one.
            var woken = Rearm();
            if (!await _attempts.TryAsync(StepAsync, ct))
            {
                await _attempts.PauseAsync(ct);
                continue;
            }
            await woken
                .WaitAsync(Interval, time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (spacing > TimeSpan.Zero)
                await Task.Delay(spacing, time, ct)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StepAsync(CancellationToken ct)
    {
        await step(ct);
        _done.TrySetResult();
    }

    private Task Rearm()
    {
        lock (_lock)
        {
            if (_woken.Task.IsCompleted)
                _woken = NewSignal();
            return _woken.Task;
        }
    }

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
