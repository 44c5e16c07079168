namespace WaOperator.WhatsApp.Tests.Fakes;

internal sealed class TestGate : IActGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _closed;

    public bool MayAct
    {
        get
        {
            lock (_lock)
                return _closed is null;
        }
    }

    public void Close()
    {
        lock (_lock)
            _closed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Open()
    {
        lock (_lock)
        {
            _closed?.TrySetResult();
            _closed = null;
        }
    }

    public Task WaitUntilOpenAsync(CancellationToken ct)
    {
        lock (_lock)
            return _closed?.Task.WaitAsync(ct) ?? Task.CompletedTask;
    }
}
