namespace WaOperator.Store.Pod;

/// <summary>What waits to be sent.</summary>
/// <param name="Messages">Messages that were neither acked nor given up.</param>
/// <param name="Bytes">Of their chats and contents, encrypted.</param>
public readonly record struct Backlog(long Messages, long Bytes)
{
    /// <summary>Both together.</summary>
    public Backlog Plus(Backlog other) => new(Messages + other.Messages, Bytes + other.Bytes);

    /// <summary>This without the other.</summary>
    public Backlog Minus(Backlog other) => new(Messages - other.Messages, Bytes - other.Bytes);
}
