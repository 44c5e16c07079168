using System.Threading.Channels;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Streams;

/// <summary>A session of a stream: how far the stream is in its journal. It waits in line, once, whenever there may be more.</summary>
/// <param name="runner">Runs the session.</param>
/// <param name="line">Where it waits.</param>
internal sealed class StreamPosition(ISessionRunner runner, ChannelWriter<StreamPosition> line)
    : IFollower
{
    private int _waits;
    private volatile bool _ended;

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
    public void End()
    {
        _ended = true;
        Wait();
    }

    /// <summary>There may be more.</summary>
    public void Wait()
    {
        if (Interlocked.Exchange(ref _waits, 1) == 0)
            line.TryWrite(this);
    }

    /// <summary>It is looked at: what comes from here on puts it into the line again.</summary>
    public void Taken() => Interlocked.Exchange(ref _waits, 0);
}
