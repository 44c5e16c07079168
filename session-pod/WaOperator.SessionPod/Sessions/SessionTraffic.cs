using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Reports;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Sessions;

/// <summary>What passes through a session: its queue, which outlives connections, and the connection that sends it.</summary>
/// <param name="context">What all sessions share.</param>
/// <param name="session">The session.</param>
/// <param name="epoch">The epoch of the claim.</param>
internal sealed class SessionTraffic(SessionContext context, Assignment session, long epoch)
{
    private SessionOutbox? _outbox;
    private OutboxSender? _sender;
    private ISessionTransport? _live;
    private PaceBucket? _tokens;
    private long _activeAt = context.Time.GetTimestamp();

    /// <summary>Where messages are queued. Made when it is first asked for.</summary>
    public SessionOutbox Outbox =>
        Volatile.Read(ref _outbox)
        ?? Interlocked.CompareExchange(
            ref _outbox,
            new SessionOutbox(
                context.Messages,
                session.TenantId,
                session.Id,
                epoch,
                () => Volatile.Read(ref _sender)
            ),
            null
        )
        ?? _outbox!;

    /// <summary>The connection; null without one.</summary>
    public ISessionTransport? Connection => Volatile.Read(ref _live);

    /// <summary>Files over the connection; null without one.</summary>
    public ISessionFiles? Files => Volatile.Read(ref _live)?.Files;

    /// <summary>What the session holds in memory now, and how long ago anything happened to it.</summary>
    public Count Count()
    {
        var connection = Volatile.Read(ref _live);
        return new(
            session.Id,
            epoch,
            SessionSize.Of(connection is not null, connection?.HeldBytes ?? 0),
            context.Time.GetElapsedTime(Volatile.Read(ref _activeAt))
        );
    }

    /// <summary>What the connection does beside messages; null without one.</summary>
    public ISocialTransport? Social => Volatile.Read(ref _live)?.Social;

    /// <summary>How its tokens stand; null: its tenant has no pace.</summary>
    public LimitState? Tokens =>
        context.Messages.Paces.Of(session.TenantId) is { } pace
            ? (Volatile.Read(ref _tokens) ?? new()).Look(
                pace,
                (double)context.Time.GetTimestamp() / context.Time.TimestampFrequency
            )
            : null;

    /// <summary>Something happened to the session.</summary>
    public void Touch() => Volatile.Write(ref _activeAt, context.Time.GetTimestamp());

    /// <summary>Messages were acked or given up.</summary>
    public void Settled(Backlog done) => Volatile.Read(ref _outbox)?.Settled(done);

    /// <summary>A connection is to begin.</summary>
    /// <returns>What gives it the queued messages.</returns>
    public OutboxSender Begin(ISessionTransport transport)
    {
        var sender = new OutboxSender(
            context.Messages,
            transport,
            session.TenantId,
            session.Id,
            id => Volatile.Read(ref _outbox)?.IsWithdrawn(id) == true,
            // Outlives a connection: a new one begins no new burst.
            () => LazyInitializer.EnsureInitialized(ref _tokens),
            context.Logger
        );
        // Before the connection looks for what waits: a message that comes meanwhile is not missed.
        Volatile.Write(ref _sender, sender);
        Volatile.Write(ref _live, transport);
        return sender;
    }

    /// <summary>The connection has ended, if there was one.</summary>
    public void End()
    {
        Volatile.Write(ref _sender, null);
        Volatile.Write(ref _live, null);
    }

    /// <summary>The session is no longer run here.</summary>
    public void Close()
    {
        context.Messages.Due.Left(session.Id);
        context.Messages.Paces.Left(session.Id);
        context.Messages.Unreadable.Left(session.Id);
        Volatile.Read(ref _outbox)?.Close();
    }
}
