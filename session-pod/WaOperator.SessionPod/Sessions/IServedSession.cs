using WaOperator.SessionPod.Messages;
using WaOperator.Store;
using WaOperator.Store.Pod;

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

    /// <summary>Where messages are queued.</summary>
    SessionOutbox Outbox { get; }
}
