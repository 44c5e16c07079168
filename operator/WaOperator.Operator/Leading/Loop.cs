using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>
/// Does one thing again and again: when it is woken, and slowly without. What it needs may be away (the database, the API
/// server): then it tries again with growing pauses and goes on where it was.
/// </summary>
/// <param name="name">For logs.</param>
/// <param name="interval">How long it rests without being woken.</param>
/// <param name="spacing">How long it rests at least between two steps, so that many wakings become one step.</param>
/// <param name="step">What it does.</param>
/// <param name="logger">Where it tells of failures.</param>
/// <param name="time">The clock of all pauses.</param>
internal sealed partial class Loop(
    string name,
    TimeSpan interval,
    TimeSpan spacing,
    Func<CancellationToken, Task> step,
    ILogger logger,
    TimeProvider time
) : IRunnable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private TaskCompletionSource _woken = NewSignal();
    private readonly TaskCompletionSource _done = NewSignal();
    private int _failures;

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
            var done = await TryAsync(ct);
            if (!done)
                await PauseAsync(Backoff(), ct);
            else
            {
                await woken
                    .WaitAsync(Interval, time, ct)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await PauseAsync(spacing, ct);
            }
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken ct)
    {
        if (pause > TimeSpan.Zero)
            await Task.Delay(pause, time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    private async Task<bool> TryAsync(CancellationToken ct)
    {
        try
        {
            await step(ct);
            if (_failures > 0)
                Log.Recovered(logger, name, _failures);
            _failures = 0;
            _done.TrySetResult();
            return true;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e) when (e is not StaleTermException)
        {
            _failures++;
            if (IsAbsence(e))
                Log.Waits(logger, name, _failures, e.Message);
            else
                Log.Failed(logger, e, name, _failures);
            return false;
        }
    }

    /// <summary>Something outside is away or refuses for now: no stack trace helps anybody.</summary>
    public static bool IsAbsence(Exception e) =>
        DatabaseFailure.IsAway(e)
        || e is KubernetesException or HttpRequestException or OperationCanceledException;

    private TimeSpan Backoff()
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(_failures - 1, 10));
        if (pause > LongestPause)
            pause = LongestPause;
        return pause * (1 + (Random.Shared.NextDouble() * 0.5));
    }

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "{Loop} cannot go on (attempt {Attempt}) and will try again: {Why}"
        )]
        public static partial void Waits(ILogger logger, string loop, int attempt, string why);

        [LoggerMessage(LogLevel.Error, "{Loop} failed (attempt {Attempt}) and will try again")]
        public static partial void Failed(ILogger logger, Exception e, string loop, int attempt);

        [LoggerMessage(LogLevel.Information, "{Loop} goes on after {Attempts} failures")]
        public static partial void Recovered(ILogger logger, string loop, int attempts);
    }
}
