using System.Diagnostics.CodeAnalysis;
using WaOperator.Store.Pod;

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
    private readonly Lock _turn = new();
    private Assignment _wanted = wanted;
    private CancellationTokenSource _interrupt = new();
    private bool _connecting;
    private bool _closing;
    private bool _silenced;
    private bool _hurry;

    /// <summary>What the operator wants.</summary>
    public Assignment Wanted => Volatile.Read(ref _wanted);

    /// <summary>The session is to end.</summary>
    public bool Closing => Volatile.Read(ref _closing);

    /// <summary>The operator's assignment changed.</summary>
    /// <param name="wish">What it wants now.</param>
    /// <param name="unlinked">No phone is linked: another way to link it begins another round.</param>
    /// <param name="logout">The linked device is to be taken off.</param>
    /// <param name="rerouted">It is to go through another proxy.</param>
    /// <param name="restore">Archived keys are to be restored.</param>
    public void Update(
        Assignment wish,
        bool unlinked,
        bool logout = false,
        bool rerouted = false,
        bool restore = false
    )
    {
        CancellationTokenSource? stop = null;
        lock (_turn)
        {
            var before = _wanted;
            Volatile.Write(ref _wanted, wish);
            var turned =
                wish.Desired != before.Desired
                || (unlinked && wish.PairingMethod != before.PairingMethod)
                || (restore && wish.RestoreRequest != before.RestoreRequest)
                || (logout && wish.LogoutAt != before.LogoutAt)
                || (rerouted && wish.ProxyVersion != before.ProxyVersion);
            // A connection stays whatever else changes; waiting and resting look again, but not for an address that was sealed once more.
            if (turned || (!_connecting && !IsResealed(before, wish)))
                stop = _interrupt;
            _hurry |= turned || (!_connecting && wish.PairRequest != before.PairRequest);
        }
        stop?.Cancel();
    }

    private static bool IsResealed(Assignment before, Assignment wish) =>
        wish.ProxyVersion != before.ProxyVersion
        && wish
            == before with
            {
                ProxyVersion = wish.ProxyVersion,
                Owner = wish.Owner,
                OwnerLeaseEpoch = wish.OwnerLeaseEpoch,
            };

    /// <summary>Ends the present connection because it was silent for too long; without one, does nothing.</summary>
    public void Reconnect()
    {
        lock (_turn)
        {
            if (!_connecting)
                return;
            _silenced = true;
        }
        _interrupt.Cancel();
    }

    /// <summary>Asks for the end.</summary>
    public void BeginClose()
    {
        lock (_turn)
            Volatile.Write(ref _closing, true);
        _interrupt.Cancel();
    }

    /// <summary>Ends what the session waits for.</summary>
    public Task InterruptAsync() => _interrupt.CancelAsync();

    /// <summary>A connection begins: from here on only what concerns it interrupts it.</summary>
    public void Connecting()
    {
        lock (_turn)
            _connecting = true;
    }

    /// <summary>A token for the next step, which is no connection yet; null when the session is to end.</summary>
    public CancellationToken? Rearm()
    {
        lock (_turn)
        {
            if (_closing)
                return null;
            _connecting = false;
            // The old one is left to the garbage collector: it may be about to be cancelled once more.
            if (_interrupt.IsCancellationRequested)
                _interrupt = new();
            return _interrupt.Token;
        }
    }

    /// <summary>Whether the last connection was ended by <see cref="Reconnect"/>. Asked once for each.</summary>
    public bool TakeSilenced()
    {
        lock (_turn)
        {
            var was = _silenced;
            _silenced = false;
            return was;
        }
    }

    /// <summary>Whether a change since the last question makes waiting pointless.</summary>
    public bool TakeHurry()
    {
        lock (_turn)
        {
            var was = _hurry;
            _hurry = false;
            return was;
        }
    }
}
