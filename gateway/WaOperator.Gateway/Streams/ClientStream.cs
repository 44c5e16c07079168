namespace WaOperator.Gateway.Streams;

/// <summary>
/// What one client has: its sessions, how far it is in each, and the way to it. All that is written to it and all that is known of its
/// sessions changes in one turn, so that a cursor says what the client has, no more and no less.
/// </summary>
/// <param name="sink">The client.</param>
/// <param name="since">Where sessions begin of which it has nothing: milliseconds since 1970.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientStream(IEventSink sink, long since, TimeProvider time)
    : IFeedTaker,
        IDisposable
{
    /// <summary>How often the client is told its cursor while events come.</summary>
    public static readonly TimeSpan CursorEvery = TimeSpan.FromSeconds(1);

    /// <summary>How often a stream without events shows that it lives.</summary>
    public static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<long, StreamSession> _sessions = [];
    private readonly CancellationTokenSource _gone = new(Timeout.InfiniteTimeSpan, time);
    private long _written = time.GetTimestamp();
    private long _told = time.GetTimestamp();
    private bool _owes;

    /// <summary>Called when sessions are without a pod, or the stream is over.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>A pod says that the client's key is no longer valid.</summary>
    public bool KeyEnded { get; private set; }

    /// <summary>Cancelled when the client cannot be reached any more.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>Begins: the client has a cursor before it has an event, so that it can come again whatever happens.</summary>
    public async Task BeginAsync()
    {
        await sink.BeginAsync(Gone);
        await TellAsync();
    }

    /// <summary>Looks at the sessions, or changes what is known of them, while nothing is written.</summary>
    public async Task<T> InTurnAsync<T>(
        Func<Dictionary<long, StreamSession>, T> look,
        CancellationToken ct
    )
    {
        await _turn.WaitAsync(ct);
        try
        {
            return look(_sessions);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task TakeAsync(PodFeed feed, FeedBlock block, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            if (block.Name == FeedReader.Closed)
            {
                KeyEnded = true;
                Changed();
                return;
            }
            if (block.IsPassing && !sink.TakesPassing || !sink.Takes(block.Data.Length))
                return;
            // Another pod's by now, or none of the client's.
            if (!_sessions.TryGetValue(block.Session, out var session) || session.Feed != feed)
                return;
            switch (block.Name)
            {
                case FeedReader.Gone:
                    (session.Feed, session.Lost) = (null, true);
                    Changed();
                    break;
                case FeedReader.Position:
                    _owes |= session.MoveTo(block.Seq);
                    break;
                default:
                    if (block.IsPassing || session.MoveTo(block.Seq))
                        await WriteAsync(block);
                    break;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Ended() => Changed();

    private async Task WriteAsync(FeedBlock block)
    {
        var tells = !block.IsPassing && time.GetElapsedTime(_told) >= CursorEvery;
        try
        {
            // Not cut off by the end of the feed: half an event would be no event, and no cursor.
            await sink.EventAsync(block.Name, block.Data, tells ? Cursor() : null, Gone);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await LoseAsync();
            return;
        }
        _written = time.GetTimestamp();
        _owes = block.IsPassing ? _owes : !tells;
        if (tells)
            _told = _written;
    }

    /// <summary>Tells the client what it has not been told of its cursor for a while, or that the stream lives.</summary>
    public async Task BeatAsync()
    {
        if (
            !(_owes && time.GetElapsedTime(_told) >= CursorEvery)
            && time.GetElapsedTime(_written) < BeatEvery
        )
            return;
        await _turn.WaitAsync(Gone);
        try
        {
            await TellAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The end, in an orderly way.</summary>
    /// <param name="reason">Why it is no use to come again; null: the client is to come again.</param>
    public async Task EndAsync(string? reason)
    {
        await _turn.WaitAsync(Gone);
        try
        {
            if (_owes)
                await TellAsync();
            await sink.EndAsync(reason, Gone);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TellAsync()
    {
        await sink.CursorAsync(Cursor(), Gone);
        (_told, _written, _owes) = (time.GetTimestamp(), time.GetTimestamp(), false);
    }

    private string Cursor() =>
        new StreamCursor(
            since,
            _sessions
                .Values.Where(s => s.Seq is not null)
                .ToDictionary(s => s.Id, s => s.Seq!.Value)
        ).Write();

    /// <summary>The stream ends: what waits for the client waits a while longer.</summary>
    public void Ending() => _gone.CancelAfter(EndLimit);

    /// <summary>The client cannot be reached: whatever waits for it ends.</summary>
    public Task LoseAsync() => _gone.CancelAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        _gone.Dispose();
        _turn.Dispose();
    }
}
