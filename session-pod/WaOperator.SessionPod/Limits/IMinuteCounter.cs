using WaOperator.Store;

namespace WaOperator.SessionPod.Limits;

/// <summary>Counts the messages of a tenant in its minute. Asked for one batch after the other.</summary>
internal interface IMinuteCounter
{
    /// <summary>Takes messages; those that do not fit are not counted.</summary>
    /// <param name="limit">Messages in a minute, 1 or more.</param>
    /// <param name="asked">How many are to be sent; 0: it is only looked how the minute stands.</param>
    Task<WindowAnswer> TakeAsync(int limit, int asked);
}
