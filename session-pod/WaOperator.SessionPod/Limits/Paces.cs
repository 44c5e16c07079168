using System.Collections.Concurrent;
using WaOperator.SessionPod.Messages;
using WaOperator.Store;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// How fast the sessions of each tenant send, and which chats of those sessions wait for an answer. Tenants without a pace cost nothing.
/// </summary>
internal sealed class Paces
{
    private readonly ConcurrentDictionary<long, SendPace> _known = new();
    private readonly ConcurrentDictionary<long, RecentChats> _heard = new();

    /// <summary>A tenant's pace as it was last read; null for none.</summary>
    public SendPace? Of(long tenant) => _known.GetValueOrDefault(tenant);

    /// <summary>It was read.</summary>
    public void Set(long tenant, SendPace? pace)
    {
        if (pace is not null)
            _known[tenant] = pace;
        else
            _known.TryRemove(tenant, out _);
    }

    /// <summary>Something happened to a session.</summary>
    public void Happened(long tenant, long session, SessionEvent happened, TimeProvider time)
    {
        if (
            happened is not MessageReceived { Head: { FromMe: false } head }
            || !_known.ContainsKey(tenant)
        )
            return;
        // A status writes to no one.
        if (head.Chat.IsStatus)
            return;
        var chats = _heard.GetOrAdd(session, static _ => new());
        chats.Add(head.Chat.ToString(), time);
        if (head.ChatOther is { } other)
            chats.Add(other.ToString(), time);
    }

    /// <summary>Whether a chat has written lately, so that what is sent to it is an answer.</summary>
    public bool IsAnswer(long session, string chat, TimeProvider time) =>
        _heard.TryGetValue(session, out var chats) && chats.Has(chat, time);

    /// <summary>The session is no longer run here.</summary>
    public void Left(long session) => _heard.TryRemove(session, out _);
}
