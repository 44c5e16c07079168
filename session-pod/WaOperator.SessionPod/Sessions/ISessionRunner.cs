using WaOperator.SessionPod.Reports;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Sessions;

/// <summary>Runs one session under one epoch, from the claim until it is given back or lost.</summary>
internal interface ISessionRunner
{
    /// <summary>The session's key.</summary>
    long Id { get; }

    /// <summary>The epoch under which it writes.</summary>
    long Epoch { get; }

    /// <summary>What the operator wants, as far as the session knows.</summary>
    Assignment Wanted { get; }

    /// <summary>Another pod owns the session: it has been dropped.</summary>
    bool Lost { get; }

    /// <summary>
    /// A write of it got no answer and may still become durable: nothing of it is loaded before another claim, which waits for
    /// that write and fences it. It counts as lost.
    /// </summary>
    bool InDoubt => false;

    /// <summary>What the tenant's requests act on; null: it takes none.</summary>
    IServedSession? Served => null;

    /// <summary>What it holds in memory now, and how long ago anything happened to it.</summary>
    Count Count() => new(Id, Epoch, SessionSize.Of(hasSocket: false, held: 0), TimeSpan.Zero);

    /// <summary>Runs until <see cref="BeginClose"/> or until the session is lost; its socket is closed then. Once only.</summary>
    Task RunAsync();

    /// <summary>After <see cref="RunAsync"/>: reports that no pod holds the connection now. Writes nothing where that is no news.</summary>
    /// <exception cref="SessionLostException">Another pod owns the session already.</exception>
    Task ReportReleasedAsync();

    /// <summary>The operator wants something else.</summary>
    void Update(Assignment wish);

    /// <summary>Ends the current connection; it is dialled again as soon as the gate is open.</summary>
    void Reconnect();

    /// <summary>Begins the end: <see cref="RunAsync"/> completes when the socket is closed.</summary>
    void BeginClose();

    /// <summary>After all: the session counts no more, and its keys are zeroed.</summary>
    void Forget();
}

/// <summary>Makes the runner of a session that was just claimed.</summary>
/// <param name="context">What all sessions of the tenure share.</param>
/// <param name="wanted">What the operator wants.</param>
/// <param name="epoch">The epoch of the claim.</param>
/// <param name="before">What the last owner reported; null for a session that has not run before.</param>
internal delegate ISessionRunner RunnerFactory(
    SessionContext context,
    Assignment wanted,
    long epoch,
    SessionState? before
);
