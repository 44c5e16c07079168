using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>What has to succeed once.</summary>
internal static class Retry
{
    /// <summary>Tries with growing pauses until it succeeds.</summary>
    /// <param name="name">What is tried, for logs.</param>
    /// <param name="step">One attempt.</param>
    /// <param name="logger">Where failures are logged.</param>
    /// <param name="time">The clock of the pauses.</param>
    /// <param name="ct">Ends the attempts.</param>
    /// <returns>What the attempt that succeeded gave.</returns>
    /// <exception cref="OperationCanceledException">It was stopped before it succeeded.</exception>
    /// <exception cref="StaleTermException">Another leader has begun.</exception>
    public static async Task<T> UntilAsync<T>(
        string name,
        Func<CancellationToken, Task<T>> step,
        ILogger logger,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var result = default(T)!;
        await UntilAsync(
            name,
            async t =>
            {
                result = await step(t);
            },
            logger,
            time,
            ct
        );
        return result;
    }

    /// <inheritdoc cref="UntilAsync{T}"/>
    public static async Task UntilAsync(
        string name,
        Func<CancellationToken, Task> step,
        ILogger logger,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var attempts = new Attempts(name, logger, time);
        while (!await attempts.TryAsync(step, ct))
            await attempts.PauseAsync(ct);
        // An attempt that was stopped is none that succeeded.
        ct.ThrowIfCancellationRequested();
    }
}
