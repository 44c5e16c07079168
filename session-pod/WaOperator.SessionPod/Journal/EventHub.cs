using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace WaOperator.SessionPod.Journal;

/// <summary>
/// Hands entries of journals, as they become durable, to those who follow them. A follower that does not keep up gets a gap, which
/// it fills from the database; it holds nothing up. A session without followers costs one look-up per entry.
/// </summary>
internal sealed class EventHub
{
    private readonly ConcurrentDictionary<long, ImmutableArray<IFollower>> _followers = new();

    /// <summary>Hears of each entry that is durable, by session and number; in the group commit's loop, so it must be quick.</summary>
    public Action<long, long>? News { get; set; }

    /// <summary>Begins to follow a session; end it with <see cref="Leave"/>.</summary>
    public Follower Follow(long session)
    {
        var follower = new Follower(session);
        Add(follower);
        return follower;
    }

    /// <summary>Begins to follow a session; end it with <see cref="Leave"/>.</summary>
    public void Add(IFollower follower) =>
        _followers.AddOrUpdate(follower.Session, [follower], (_, all) => all.Add(follower));

    /// <summary>Ends it.</summary>
    public void Leave(IFollower follower)
    {
        while (
            _followers.TryGetValue(follower.Session, out var all)
            && !(
                all is [var only] && only == follower
                    ? _followers.TryRemove(new(follower.Session, all))
                    : _followers.TryUpdate(follower.Session, all.Remove(follower), all)
            )
        ) { }
    }

    /// <summary>An entry is durable. Those of one session come in order.</summary>
    public void Publish(long session, JournalEvent entry)
    {
        if (_followers.TryGetValue(session, out var all))
            foreach (var follower in all)
                follower.Offer(entry);
        News?.Invoke(session, entry.Seq);
    }

    /// <summary>Tells those who follow a session of something that is stored nowhere.</summary>
    public void Pass(long session, PassingEvent passing)
    {
        if (_followers.TryGetValue(session, out var all))
            foreach (var follower in all)
                follower.Pass(passing);
    }

    /// <summary>The session is not run here any more: its followers are to look elsewhere.</summary>
    public void End(long session)
    {
        if (_followers.TryRemove(session, out var all))
            foreach (var follower in all)
                follower.End();
    }
}

/// <summary>
/// Follows a session's journal. It is told of entries in the group commit's loop, of what passes in the session's own, both at a time: it
/// must be quick.
/// </summary>
internal interface IFollower
{
    /// <summary>Which session.</summary>
    long Session { get; }

    /// <summary>An entry is durable.</summary>
    void Offer(JournalEvent entry);

    /// <summary>Something happened that is stored nowhere.</summary>
    void Pass(PassingEvent passing);

    /// <summary>The session is not run here any more.</summary>
    void End();
}

/// <summary>A reader that follows a session's journal.</summary>
internal sealed class Follower(long session) : IFollower
{
    /// <summary>Entries that wait at most; the next ones are left out.</summary>
    public const int MaxWaiting = 256;

    /// <summary>Of those, what is stored nowhere at most: it costs no entry its place.</summary>
    public const int MaxPassing = 32;

    private readonly Channel<JournalItem> _waiting = Channel.CreateBounded<JournalItem>(
        new BoundedChannelOptions(MaxWaiting + MaxPassing) { SingleReader = true }
    );

    /// <inheritdoc/>
    public long Session { get; } = session;

    private int _missed;
    private int _entries;
    private int _passing;

    /// <summary>How many items wait.</summary>
    public int Count => _waiting.Reader.Count;

    /// <summary>Nothing comes any more, and nothing waits.</summary>
    public bool Ended => _waiting.Reader.Completion.IsCompleted;

    /// <summary>Waits for the next item; false at the end.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken ct) => _waiting.Reader.WaitToReadAsync(ct);

    /// <summary>
    /// Takes the next item, if one waits: entries as they become durable, some left out where <see cref="TakeMissed"/> says so, and what
    /// passes between them, without a number.
    /// </summary>
    public bool TryTake([NotNullWhen(true)] out JournalItem? item)
    {
        if (!_waiting.Reader.TryRead(out item))
            return false;
        Interlocked.Decrement(ref item is JournalPassing ? ref _passing : ref _entries);
        return true;
    }

    /// <summary>Whether entries were left out since it was asked last. To be asked whenever nothing waits: nothing is left out then.</summary>
    public bool TakeMissed() => Interlocked.Exchange(ref _missed, 0) != 0;

    /// <inheritdoc/>
    public void Offer(JournalEvent entry)
    {
        if (TryWrite(entry, ref _entries, MaxWaiting))
            return;
        Volatile.Write(ref _missed, 1);
        // The reader may have taken all that waited, and have asked, before it could see that: then this one wakes it.
        TryWrite(entry, ref _entries, MaxWaiting);
    }

    /// <inheritdoc/>
    public void Pass(PassingEvent passing) =>
        TryWrite(new JournalPassing(0, passing), ref _passing, MaxPassing);

    private bool TryWrite(JournalItem item, ref int waiting, int most)
    {
        if (Interlocked.Increment(ref waiting) <= most && _waiting.Writer.TryWrite(item))
            return true;
        Interlocked.Decrement(ref waiting);
        return false;
    }

    /// <inheritdoc/>
    public void End() => _waiting.Writer.TryComplete();
}
