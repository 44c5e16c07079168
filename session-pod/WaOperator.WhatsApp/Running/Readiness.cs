namespace WaOperator.WhatsApp.Running;

/// <summary>The connection that is ready now, or the next one, for those who wait for it.</summary>
internal sealed class Readiness
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<Task> _ready = New<Task>();
    private TaskCompletionSource? _over;

    /// <summary>Completes when a connection is ready, with a task that completes at its end.</summary>
    /// <exception cref="SessionEndedException">There will be none (thrown by the task).</exception>
    /// <exception cref="OperationCanceledException">The client was stopped (thrown by the task).</exception>
    public Task<Task> Ready
    {
        get
        {
            lock (_lock)
                return _ready.Task;
        }
    }

    /// <summary>A run of the client begins.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_ready.Task.IsCompleted)
                _ready = New<Task>();
        }
    }

    /// <summary>The connection is ready.</summary>
    public void Up()
    {
        lock (_lock)
        {
            _over ??= NewOver();
            _ready.TrySetResult(_over.Task);
        }
    }

    /// <summary>The connection has ended, and another one will come.</summary>
    public void Down()
    {
        lock (_lock)
        {
            if (_over is null)
                return;
            _over.TrySetResult();
            (_over, _ready) = (null, New<Task>());
        }
    }

    /// <summary>The run is over.</summary>
    public void End(Exception why)
    {
        lock (_lock)
        {
            Down();
            _ready.TrySetException(why);
            _ = _ready.Task.Exception;
        }
    }

    private static TaskCompletionSource NewOver() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> New<T>() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
