using WaOperator.Store;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// The code that a session shows, and a way to wait until anything about its pairing changes. Part of its journal, to be no object of
/// its own: most sessions have no watcher.
/// </summary>
internal struct PairingWatch
{
    private PairingCode? _code;
    private TaskCompletionSource? _change;
    private bool _ended;

    /// <summary>The code that waits to be scanned or typed; null for none.</summary>
    public PairingCode? Code => Volatile.Read(ref _code);

    /// <summary>This pod runs the session no more.</summary>
    public bool Ended => Volatile.Read(ref _ended);

    /// <summary>Complete with the next change: take it before you look, so that no change is missed.</summary>
    public Task NextChange()
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var change = Interlocked.CompareExchange(ref _change, mine, null) ?? mine;
        if (Ended)
            change.TrySetResult();
        return change.Task;
    }

    /// <summary>Another code is shown, or none.</summary>
    public void Show(PairingCode? code)
    {
        Volatile.Write(ref _code, code);
        Tell();
    }

    /// <summary>Nothing changes any more.</summary>
    public void End()
    {
        Volatile.Write(ref _ended, true);
        Show(null);
    }

    private void Tell() => Interlocked.Exchange(ref _change, null)?.TrySetResult();
}
