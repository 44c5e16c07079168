using WaOperator.Kubernetes.Client;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>
/// Tries one thing at a time and counts the failures in a row: the pause after each grows, and the log says when it fails and when it
/// works again.
/// </summary>
/// <param name="name">What is tried, for logs.</param>
/// <param name="logger">Where failures are logged.</param>
/// <param name="time">The clock of the pauses.</param>
internal sealed partial class Attempts(string name, ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private int _failures;

    /// <summary>One attempt.</summary>
    /// <returns>Whether it succeeded, or was stopped.</returns>
    /// <exception cref="StaleTermException">Another leader has begun.</exception>
    public async Task<bool> TryAsync(Func<CancellationToken, Task> step, CancellationToken ct)
    {
        try
        {
            await step(ct);
            if (_failures > 0)
                Log.Recovered(logger, name, _failures);
            _failures = 0;
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

    /// <summary>Waits for as long as the failures so far demand; ends early when stopped.</summary>
    public async Task PauseAsync(CancellationToken ct)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(_failures - 1, 10));
        if (pause > LongestPause)
            pause = LongestPause;
        await Task.Delay(pause * (1 + (Random.Shared.NextDouble() * 0.5)), time, ct)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Something outside is away or refuses for now: a stack trace would not help.</summary>
    public static bool IsAbsence(Exception e) =>
        DatabaseFailure.IsAway(e)
        || e is KubernetesException or HttpRequestException or OperationCanceledException;

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.AttemptsWaits,
            LogLevel.Warning,
            "{Loop} failed (attempt {Attempt}) and will be tried again: {Why}"
        )]
        public static partial void Waits(ILogger logger, string loop, int attempt, string why);

        [LoggerMessage(
            EventIds.AttemptsFailed,
            LogLevel.Error,
            "{Loop} failed (attempt {Attempt}) and will be tried again"
        )]
        public static partial void Failed(ILogger logger, Exception e, string loop, int attempt);

        [LoggerMessage(
            EventIds.AttemptsRecovered,
            LogLevel.Information,
            "{Loop} succeeded after {Attempts} failures"
        )]
        public static partial void Recovered(ILogger logger, string loop, int attempts);
    }
}
