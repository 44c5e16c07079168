using WaOperator.SessionPod.Sharing;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Sessions that wait to dial: first until their time has come, then for the turn of their tenant. Arithmetic only; times are since
/// any fixed moment. Those that gave up are left out.
/// </summary>
internal sealed class LoginQueue
{
    private readonly PriorityQueue<(long Tenant, TaskCompletionSource Turn), TimeSpan> _later =
        new();
    private readonly TurnQueue<TaskCompletionSource> _due = new();

    /// <summary>Adds a session.</summary>
    /// <param name="tenant">Its tenant.</param>
    /// <param name="turn">Completed when it may dial; completed before if it gave up.</param>
    /// <param name="at">Not before that time.</param>
    public void Enqueue(long tenant, TaskCompletionSource turn, TimeSpan at) =>
        _later.Enqueue((tenant, turn), at);

    /// <summary>How long until the next session is due: zero if one is, null if none waits.</summary>
    public TimeSpan? Wait(TimeSpan now)
    {
        while (_later.TryPeek(out var first, out var at) && (at <= now || HasGone(first.Turn)))
        {
            _later.Dequeue();
            if (!HasGone(first.Turn))
                _due.Enqueue(first.Tenant, first.Turn);
        }
        while (_due.TryPeek(out var next) && HasGone(next))
            _due.Dequeue();
        return _due.Count > 0 ? TimeSpan.Zero
            : _later.TryPeek(out _, out var soonest) ? soonest - now
            : null;
    }

    /// <summary>Takes the one whose turn it is, where <see cref="Wait"/> said zero.</summary>
    public TaskCompletionSource Dequeue() => _due.Dequeue();

    private static bool HasGone(TaskCompletionSource turn) => turn.Task.IsCompleted;
}
