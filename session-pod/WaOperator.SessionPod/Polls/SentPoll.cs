namespace WaOperator.SessionPod.Polls;

/// <summary>A poll that was sent here.</summary>
/// <param name="Secret">By which its votes are encrypted.</param>
/// <param name="Options">What can be chosen.</param>
/// <param name="Metadata">What was given with it.</param>
internal sealed record SentPoll(
    byte[] Secret,
    IReadOnlyList<string> Options,
    IReadOnlyDictionary<string, string>? Metadata
);
