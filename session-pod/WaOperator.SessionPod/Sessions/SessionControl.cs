using System.Diagnostics.CodeAnalysis;
using WaOperator.Store.Sessions;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// What is asked of a session while it runs: another desired state, a new connection, the end. Interrupts what the session waits for.
/// </summary>
/// <param name="wanted">What the operator wants at first.</param>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A token source without a timer holds nothing, and one may be cancelled late."
)]
internal sealed class SessionControl(Assignment wanted)
{
    private readonly Lock turn = new();
    private Assignment wanted = wanted;
    private CancellationTokenSource interrupt = new();
    private bool connecting;
    private bool closing;
    private bool silenced;
    private bool hurry;

    /// <summary>What the operator wants.</summary>
    public Assignment Wanted => Volatile.Read(ref wanted);

    /// <summary>The session is to end.</summary>
    public bool Closing => Volatile.Read(ref closing);

    /// <summary>The operator's assignment changed.</summary>
    public void Update(Assignment wish)
    {
        CancellationTokenSource? stop = null;
        lock (turn)
        {
            var before = wanted;
            Volatile.Write(ref wanted, wish);
            var turned = wish.Desired != before.Desired;
            // A connection stays whatever else changes; waiting and resting look again.
            if (!connecting || turned)
                stop = interrupt;
            hurry |= turned || (!connecting && wish.PairRequest != before.PairRequest);
        }
        stop?.Cancel();
    }

    /// <summary>Ends the present connection because it was silent for too long; without one, does nothing.</summary>
    public void Reconnect()
    {
        lock (turn)
        {
            if (!connecting)
                return;
            silenced = true;
        }
        interrupt.Cancel();
    }

    /// <summary>Asks for the end.</summary>
    public void BeginClose()
    {
        lock (turn)
            Volatile.Write(ref closing, true);
        interrupt.Cancel();
    }

    /// <summary>Ends what the session waits for.</summary>
    public Task InterruptAsync() => interrupt.CancelAsync();

    /// <summary>A connection begins: from here on only what concerns it interrupts it.</summary>
    public void Connecting()
    {
        lock (turn)
            connecting = true;
    }

    /// <summary>A token for the next step, which is no connection yet; null when the session is to end.</summary>
    public CancellationToken? Rearm()
    {
        lock (turn)
        {
            if (closing)
                return null;
            connecting = false;
            // The old one is left to the garbage collector: it may be about to be cancelled once more.
            if (interrupt.IsCancellationRequested)
                interrupt = new();
            return interrupt.Token;
        }
    }

    /// <summary>Whether the last connection was ended by <see cref="Reconnect"/>. Asked once for each.</summary>
    public bool TakeSilenced()
    {
        lock (turn)
        {
            var was = silenced;
            silenced = false;
            return was;
        }
    }

    /// <summary>Whether a change since the last question makes waiting pointless.</summary>
    public bool TakeHurry()
    {
        lock (turn)
        {
            var was = hurry;
            hurry = false;
            return was;
        }
    }
}
