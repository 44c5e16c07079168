namespace WaOperator.Store;

/// <summary>What a sliding window of a minute gave.</summary>
/// <param name="Taken">How many of those that were asked for it holds now, 0 to all.</param>
/// <param name="Held">How many messages are in it, these included.</param>
/// <param name="Wait">When it has room for more than now; at most a minute.</param>
public readonly record struct WindowAnswer(int Taken, long Held, TimeSpan Wait);
