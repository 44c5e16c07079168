using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace WaOperator.Kubernetes.Controllers;

/// <summary>Runnables that start and stop together.</summary>
/// <param name="runnables">They.</param>
/// <param name="failed">Cancelled when one of them ends on its own.</param>
[SuppressMessage(
    "Reliability",
    "CA1001",
    Justification = "A runnable that did not stop in time still has the token."
)]
internal sealed class RunnableGroup(
    IReadOnlyList<IRunnable> runnables,
    CancellationTokenSource failed
)
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(string Name, Task Task)> _running = [];

    public void Start()
    {
        foreach (var runnable in runnables)
            _running.Add(
                (runnable.Name, Task.Run(() => RunAsync(runnable), CancellationToken.None))
            );
    }

    /// <summary>Stops; returns the names of those that still run after <paramref name="limit"/>.</summary>
    public async Task<IReadOnlyList<string>> StopAsync(TimeSpan limit, TimeProvider time)
    {
        await _stop.CancelAsync();
        var all = Task.WhenAll(_running.Select(r => r.Task));
        using var over = new CancellationTokenSource();
        await Task.WhenAny(all, Task.Delay(limit, time, over.Token));
        await over.CancelAsync();
        return [.. _running.Where(r => !r.Task.IsCompleted).Select(r => r.Name)];
    }

    public void ThrowIfFailed()
    {
        foreach (var (_, task) in _running)
            if (task.Exception?.InnerException is { } e)
                ExceptionDispatchInfo.Throw(e);
    }

    private async Task RunAsync(IRunnable runnable)
    {
        try
        {
            await runnable.RunAsync(_stop.Token);
            if (!_stop.IsCancellationRequested)
                throw new InvalidOperationException(
                    $"{runnable.Name} ended without being asked to"
                );
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how many things stop.
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }
}
