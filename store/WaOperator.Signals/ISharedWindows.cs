using WaOperator.Store;

namespace WaOperator.Signals;

/// <summary>
/// Windows of a minute that all pods count in together. Numbers under hashed names, which Redis forgets after a minute; nothing is lost
/// with them but the exactness of that minute.
/// </summary>
public interface ISharedWindows
{
    /// <summary>How they stand.</summary>
    WindowsHealth Health { get; }

    /// <summary>Takes messages from a window: one question, and an answer within <see cref="RedisWindows.Timeout"/>.</summary>
    /// <param name="name">A hash that says nothing about its tenant.</param>
    /// <param name="limit">Messages in a minute, 1 or more.</param>
    /// <param name="asked">How many are to be sent, 0 or more; fewer may be taken.</param>
    /// <param name="told">How many were sent without asking, and are counted now, 0 or more.</param>
    /// <returns>Null: no answer. They may have been counted.</returns>
    Task<WindowAnswer?> TakeAsync(string name, int limit, int asked, int told);
}

/// <summary>Whether what the windows hold is whole. Times are timestamps of the clock.</summary>
/// <param name="IsConnected">They can be asked now.</param>
/// <param name="LostAt">When they were last lost; null: never.</param>
/// <param name="BackAt">When they came back from that; null: not yet, or never lost.</param>
public readonly record struct WindowsHealth(bool IsConnected, long? LostAt, long? BackAt);
