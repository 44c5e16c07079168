namespace WaOperator.SessionPod.Messages;

/// <summary>The chats of a session that have written lately, the last 256 of them.</summary>
internal sealed class RecentChats
{
    /// <summary>How many are remembered.</summary>
    public const int Most = 256;

    /// <summary>How long a chat is one that waits for an answer.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    private readonly Lock _turn = new();
    private readonly OrderedDictionary<string, long> _chats = new(StringComparer.Ordinal);

    /// <summary>A chat has written.</summary>
    public void Add(string chat, TimeProvider time)
    {
        lock (_turn)
        {
            _chats.Remove(chat);
            _chats.Add(chat, time.GetTimestamp());
            if (_chats.Count > Most)
                _chats.RemoveAt(0);
        }
    }

    /// <summary>Whether a chat has written lately.</summary>
    public bool Has(string chat, TimeProvider time)
    {
        lock (_turn)
            return _chats.TryGetValue(chat, out var at) && time.GetElapsedTime(at) < Life;
    }
}
