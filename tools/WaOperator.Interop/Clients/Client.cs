using System.Text.Json.Nodes;

namespace WaOperator.Interop.Clients;

/// <summary>One client that takes part. All that it said is kept, so that nothing that came early is missed.</summary>
public abstract class Client : IAsyncDisposable
{
    /// <summary>
    /// How long a client may take for anything on a busy machine. 6.7.24 keeps a session for each address, its peers of today one for
    /// each device: what comes by LID after what came by number ("No session record"; "Invalid PreKey ID", when the same first message came
    /// by number before) it cannot read, and asks for it 5 s later, for one message after the other.
    /// </summary>
    protected static TimeSpan Limit { get; } = TimeSpan.FromSeconds(75);
    private const int LinesShown = 40;
    private const int Ciphertext = 2;

    private readonly Lock _gate = new();
    private readonly List<JsonObject> _events = [];
    private TaskCompletionSource _news = New();

    /// <summary>Which one it is.</summary>
    public abstract Release Release { get; }

    /// <summary>What it is called in failures, such as <c>rc14 of 4915..1, first device</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where it connects.</summary>
    public required Server Server { get; init; }

    /// <summary>How many events there are: what comes later has a higher number.</summary>
    public int Mark
    {
        get
        {
            lock (_gate)
                return _events.Count;
        }
    }

    /// <summary>How many sends may be under way at once and keep the order in which they were asked for. Default 1.</summary>
    public virtual int SendsAtOnce => 1;

    /// <summary>Links a new device of that phone by a QR code and waits until it is logged in.</summary>
    public abstract Task PairAsync(string number);

    /// <summary>The same by a code that is typed into the phone.</summary>
    public abstract Task PairByCodeAsync(string number);

    /// <summary>Logs in with the keys that are there.</summary>
    public abstract Task ConnectAsync();

    /// <summary>Closes the connection; the process stays.</summary>
    public abstract Task GoAwayAsync();

    /// <summary>Waits until the server has ended the connection for good.</summary>
    /// <returns>Why, as the client names it.</returns>
    public abstract Task<string> WaitEndAsync(int after = 0);

    /// <summary>Takes the device off its account.</summary>
    /// <returns>How the connection ended.</returns>
    public abstract Task<string> LogoutAsync();

    /// <summary>Runs a command and waits for its result.</summary>
    /// <exception cref="CellException">It failed; says how.</exception>
    public abstract Task<JsonObject> RunAsync(string command, object? arguments = null);

    /// <summary>Sends and returns the message's id.</summary>
    public async Task<string> SendAsync(string command, object arguments) =>
        (string)(await RunAsync(command, arguments))["id"]!;

    /// <summary>Sends a text and returns its id.</summary>
    public Task<string> TextAsync(string to, string text) => SendAsync("send", new { to, text });

    /// <summary>Waits for a message that the client could read.</summary>
    public Task<JsonObject> MessageAsync(string id, string what) =>
        WaitAsync($"{what} ({id})", e => IsReadable(e) && (string?)e["id"] == id);

    /// <summary>Waits for an event, among those already there as well.</summary>
    /// <exception cref="CellException">It did not come; says what did.</exception>
    public async Task<JsonObject> WaitAsync(
        string what,
        Func<JsonObject, bool> which,
        int after = 0
    )
    {
        using var limit = new CancellationTokenSource(Limit);
        var at = after;
        while (true)
        {
            Task news;
            lock (_gate)
            {
                for (; at < _events.Count; at++)
                {
                    if (which(_events[at]))
                        return _events[at];
                }
                news = _news.Task;
            }
            try
            {
                limit.Token.ThrowIfCancellationRequested();
                await news.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new CellException(
                    $"{Name}: expected {what} within {Limit.TotalSeconds} s; it said: {Said(after)}"
                );
            }
            if (HasEnded && news.IsCompleted && at >= Mark)
                throw new CellException(
                    $"{Name}: expected {what}, but it has ended; it said: {Said(after)}"
                );
        }
    }

    /// <summary>The ids of messages that it could not decrypt and has not read since.</summary>
    public IReadOnlyList<string> Unread
    {
        get
        {
            lock (_gate)
                return
                [
                    .. _events
                        .Where(IsUndecryptable)
                        .Select(e => (string)e["id"]!)
                        .Except(_events.Where(IsReadable).Select(e => (string)e["id"]!)),
                ];
        }
    }

    /// <summary>In our words, or in Baileys': a message with the stub CIPHERTEXT.</summary>
    public static bool IsUndecryptable(JsonObject said) =>
        (string?)said["event"] switch
        {
            "undecryptable" => true,
            "message" => (int?)said["stub"] == Ciphertext,
            _ => false,
        };

    /// <summary>The events so far that fit.</summary>
    public IReadOnlyList<JsonObject> Seen(Func<JsonObject, bool> which)
    {
        lock (_gate)
            return [.. _events.Where(which)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends it for good.</summary>
    protected abstract Task EndAsync();

    /// <summary>True once nothing more can come of it.</summary>
    protected virtual bool HasEnded => false;

    /// <summary>What it printed beside its events, the last lines.</summary>
    protected virtual IReadOnlyList<string> Printed => [];

    /// <summary>Keeps an event.</summary>
    protected void Add(JsonObject said)
    {
        TaskCompletionSource before;
        lock (_gate)
        {
            _events.Add(said);
            before = _news;
            _news = New();
        }
        before.TrySetResult();
    }

    /// <summary>Lets those who wait wait for what comes from now on.</summary>
    protected void Began()
    {
        lock (_gate)
            _news = New();
    }

    /// <summary>Lets those who wait look whether it has ended.</summary>
    protected void Ended()
    {
        lock (_gate)
            _news.TrySetResult();
    }

    /// <summary>What it said, for the message of a cell that fails.</summary>
    protected string Said(int after)
    {
        lock (_gate)
        {
            var events = _events.Skip(after).Select(e => e.ToJsonString()).TakeLast(LinesShown);
            return $"\n      {string.Join("\n      ", events.Concat(Printed))}";
        }
    }

    private static bool IsReadable(JsonObject said) =>
        (string?)said["event"] == "message" && said["stub"] is null;

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
