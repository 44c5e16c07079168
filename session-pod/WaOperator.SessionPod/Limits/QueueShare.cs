using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>How much may wait to be sent.</summary>
/// <param name="Messages">Messages.</param>
/// <param name="MiB">Of their chats and contents.</param>
internal sealed record QueueShare(long Messages, long MiB)
{
    /// <summary>Whether one more message may wait.</summary>
    public bool HasRoom(Backlog waiting) =>
        waiting.Messages < Messages && waiting.Bytes < MiB * 1024 * 1024;

    /// <inheritdoc/>
    public override string ToString() => $"{Messages} messages or {MiB} MiB";
}

/// <summary>The shares of one session and of all sessions of its tenant on this pod.</summary>
internal sealed record QueueShares(QueueShare Session, QueueShare Tenant);
