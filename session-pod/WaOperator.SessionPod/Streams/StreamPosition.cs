using System.Threading.Channels;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Streams;

/// <summary>A session of a stream: how far the stream is in its journal. It waits in line, once, whenever there may be more.</summary>
/// <param name="runner">Runs the session.</param>
/// <param name="line">Where it waits.</param>
/// <param name="hearsPassing">Whether the stream shows what is stored nowhere.</param>
internal sealed class StreamPosition(
    ISessionRunner runner,
    ChannelWriter<StreamPosition> line,
    bool hearsPassing
) : IFollower
{
    /// <summary>What is stored nowhere and waits at most: then the oldest goes.</summary>
    public const int MaxPassing = 16;

    private const int Entries = 1;
    private const int Passing = 2;

    private int _news;
    private volatile bool _ended;

    // Most sessions never have any.
    private Queue<PassingEvent>? _passing;

    /// <inheritdoc/>
    public long Session => runner.Id;

    /// <summary>The session, as this pod owns it.</summary>
    public OwnedSession Owned => new(runner.Id, runner.Epoch);

    /// <summary>What the operator wants of it.</summary>
    public Assignment Wanted => runner.Wanted;

    /// <summary>The number of the last event that the stream is done with.</summary>
    public long Cursor { get; set; }

    /// <summary>This pod runs the session no more.</summary>
    public bool Ended => _ended || runner.Lost;

    /// <inheritdoc/>
    public void Offer(JournalEvent entry) => Wait();

    /// <inheritdoc/>
    public void Pass(PassingEvent passing)
    {
        if (!hearsPassing)
            return;
        var waiting = LazyInitializer.EnsureInitialized(ref _passing);
        lock (waiting)
        {
            if (waiting.Count == MaxPassing)
                waiting.Dequeue();
            waiting.Enqueue(passing);
        }
        Wait(Passing);
    }

    /// <summary>Takes what waits and is stored nowhere.</summary>
    public IReadOnlyList<PassingEvent> TakePassing()
    {
        if (Volatile.Read(ref _passing) is not { } waiting)
            return [];
        lock (waiting)
        {
            PassingEvent[] taken = [.. waiting];
            waiting.Clear();
            return taken;
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        _ended = true;
        Wait();
    }

    /// <summary>There may be more in the journal.</summary>
    public void Wait() => Wait(Entries);

    private void Wait(int news)
    {
        if (Interlocked.Or(ref _news, news) == 0)
            line.TryWrite(this);
    }

    /// <summary>It is looked at: what comes from here on puts it into the line again.</summary>
    /// <returns>Whether there may be more in the journal.</returns>
    public bool Taken() => (Interlocked.Exchange(ref _news, 0) & Entries) != 0;
}
