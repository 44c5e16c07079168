using System.Collections.Concurrent;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Tests.Fakes;

/// <summary>A session that sends nothing, and remembers what is told of it.</summary>
internal sealed class IdleSession(OwnedSession owned) : IServedSession
{
    public long Id => owned.SessionId;

    public Assignment Wanted => throw new NotSupportedException();

    public SessionState State { get; } =
        new()
        {
            SessionId = owned.SessionId,
            Epoch = owned.Epoch,
            Phase = SessionPhase.Connected,
            Paired = true,
        };

    public PairingCode? Code => null;

    public bool Ended => false;

    public SessionOutbox Outbox => throw new NotSupportedException();

    public LimitState? Tokens => null;

    public ISessionFiles? Files => null;

    public ISocialTransport? Social => null;

    public ISessionTransport? Pairing => null;

    /// <summary>What was told.</summary>
    public ConcurrentQueue<HostEvent> Told { get; } = [];

    /// <summary>Why nothing can be told; null: it can.</summary>
    public Exception? Fault { get; set; }

    public Task NextChange() => Task.CompletedTask;

    public Task TellAsync(HostEvent happened)
    {
        if (Fault is { } fault)
            return Task.FromException(fault);
        Told.Enqueue(happened);
        return Task.CompletedTask;
    }
}
