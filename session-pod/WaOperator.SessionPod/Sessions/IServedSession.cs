using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Sessions;

/// <summary>A session as the tenant's requests see it.</summary>
internal interface IServedSession
{
    /// <summary>The session's key.</summary>
    long Id { get; }

    /// <summary>What the operator wants.</summary>
    Assignment Wanted { get; }

    /// <summary>The state as last reported.</summary>
    SessionState State { get; }

    /// <summary>The code that waits to be scanned or typed; null for none. Secret.</summary>
    PairingCode? Code { get; }

    /// <summary>This pod runs the session no more.</summary>
    bool Ended { get; }

    /// <inheritdoc cref="PairingWatch.NextChange"/>
    Task NextChange();

    /// <summary>Where messages are queued.</summary>
    SessionOutbox Outbox { get; }

    /// <summary>How its pace stands: messages a minute, how many may go at once now, and when one more may; null: there is none.</summary>
    LimitState? Tokens { get; }

    /// <summary>Files over the session's connection; null: it is not connected now.</summary>
    ISessionFiles? Files { get; }

    /// <summary>What the connection does beside messages; null while the session is not connected.</summary>
    ISocialTransport? Social { get; }

    /// <summary>The connection that the device is being linked by; null: it is not.</summary>
    ISessionTransport? Pairing { get; }

    /// <inheritdoc cref="SessionJournal.TellAsync(HostEvent)"/>
    Task TellAsync(HostEvent happened);
}
