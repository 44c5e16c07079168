namespace WaOperator.SessionPod.Broadcasts;

/// <summary>Sessions whose broadcasts are to be looked at: they were claimed or left, or a tenant changed something. Others cost nothing.</summary>
internal sealed class BroadcastCalls
{
    private readonly Lock _turn = new();
    private HashSet<long> _called = [];
    private TaskCompletionSource _news = New();

    /// <summary>A session is to be looked at.</summary>
    public void Call(long session)
    {
        lock (_turn)
        {
            _called.Add(session);
            _news.TrySetResult();
        }
    }

    /// <summary>Waits for a call.</summary>
    /// <returns>Those that were called since, once each.</returns>
    public async Task<IReadOnlyCollection<long>> NextAsync(CancellationToken ct)
    {
        Task news;
        lock (_turn)
            news = _news.Task;
        await news.WaitAsync(ct);
        lock (_turn)
        {
            var called = _called;
            (_called, _news) = ([], New());
            return called;
        }
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
