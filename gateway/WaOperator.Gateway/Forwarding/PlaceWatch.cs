using WaOperator.Signals;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Looks again and again where the sessions are that requests wait for, all of them at once: ten times a second, and at once when Redis
/// says that a session changed. Looks for nothing while nothing waits.
/// </summary>
internal sealed class PlaceWatch(PlaceBatch places, TimeProvider time)
{
    /// <summary>How often it is looked at without a hint.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private readonly Lock _turn = new();
    private TaskCompletionSource? _look;

    /// <summary>Hears of changes.</summary>
    public void Listen(IHints hints) => hints.Subscribe(HintChannels.State, Wake);

    /// <summary>The next look at a session.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<ServedPlace?> NextAsync(SessionName session, CancellationToken ct)
    {
        await Look().WaitAsync(ct);
        return await places.AskAsync(session, ct);
    }

    private Task Look()
    {
        lock (_turn)
        {
            if (_look is { } coming)
                return coming.Task;
            _look = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = WakeLaterAsync(_look);
            return _look.Task;
        }
    }

    private async Task WakeLaterAsync(TaskCompletionSource look)
    {
        await Task.Delay(Every, time);
        Wake(look);
    }

    private void Wake() => Wake(null);

    private void Wake(TaskCompletionSource? only)
    {
        TaskCompletionSource? due;
        lock (_turn)
        {
            due = only is null || _look == only ? _look : null;
            if (due is not null)
                _look = null;
        }
        due?.TrySetResult();
    }
}
