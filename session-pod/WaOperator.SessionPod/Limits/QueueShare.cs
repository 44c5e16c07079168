using WaOperator.Store.Messages;

namespace WaOperator.SessionPod.Limits;

/// <summary>How much may wait to be sent, of one session or of one tenant.</summary>
/// <param name="Messages">Messages.</param>
/// <param name="MiB">Of their chats and contents.</param>
internal sealed record QueueShare(long Messages, long MiB)
{
    /// <summary>Whether one more message may wait.</summary>
    public bool HasRoom(Backlog waiting) =>
        waiting.Messages < Messages && waiting.Bytes < MiB * 1024 * 1024;

    /// <summary>What waits, as far as the share is used up by it.</summary>
    public string Used(Backlog waiting) =>
        waiting.Messages >= Messages
            ? $"{waiting.Messages} messages"
            : $"messages of {waiting.Bytes / (1024 * 1024)} MiB";

    /// <inheritdoc/>
    public override string ToString() => $"{Messages} messages or {MiB} MiB";
}
