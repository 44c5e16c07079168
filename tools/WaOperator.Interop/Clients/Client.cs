using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Interop.Clients;

/// <summary>
/// One client in a process of its own: JSON lines, commands in and events out. All that it said is kept, so that nothing
/// that came early is missed.
/// </summary>
public abstract class Client : IAsyncDisposable
{
    /// <summary>
    /// How long a client may take for anything on a busy machine. 6.7.24 keeps a session for each address, its peers of today one for
    /// each device: what comes by LID after what came by number ("No session record"; "Invalid PreKey ID", when the same first message came
    /// by number before) it cannot read, and asks for it 5 s later, for one message after the other.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(75);
    private const int LinesShown = 40;
    private const int Ciphertext = 2;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly List<JsonObject> _events = [];
    private readonly List<string> _lines = [];
    private TaskCompletionSource _news = New();
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private int _refs;

    /// <summary>Which one it is.</summary>
    public abstract Release Release { get; }

    /// <summary>What it is called in failures, such as <c>rc14 of 4915..1, first device</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The directory that keeps its keys.</summary>
    public required string State { get; init; }

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
    public async Task<JsonObject> RunAsync(string command, object? arguments = null)
    {
        var reference = Interlocked.Increment(ref _refs);
        var line = JsonSerializer.SerializeToNode(arguments ?? new { })!.AsObject();
        line["cmd"] = command;
        line["ref"] = reference;
        await WriteAsync(line.ToJsonString());
        var answer = await WaitAsync(
            $"the result of {command}",
            e =>
                (string?)e["event"] is "done" or "error"
                && e["ref"] is JsonValue value
                && value.TryGetValue(out int given)
                && given == reference
        );
        return (string?)answer["event"] == "done"
            ? answer
            : throw new CellException($"{Name}: {command} failed: {answer["message"]}");
    }

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
            if (_process is { HasExited: true } && news.IsCompleted && at >= Mark)
                throw new CellException(
                    $"{Name}: expected {what}, but its process has ended; it said: {Said(after)}"
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
        await StopAsync();
        _writing.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Brings an event into the form that the rows know. Default: it is in it.</summary>
    protected virtual JsonObject Normalize(JsonObject said) => said;

    /// <summary>Starts the process, after the one before has ended.</summary>
    protected void Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in Server.Environment)
            start.Environment[name] = value;
        var process =
            Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        lock (_gate)
            _news = New();
        _process = process;
        _reading = Task.WhenAll(
            ReadAsync(process.StandardOutput),
            ReadAsync(process.StandardError)
        );
    }

    /// <summary>True while the process runs.</summary>
    protected bool IsRunning => _process is { HasExited: false };

    /// <summary>Waits until the process has ended by itself.</summary>
    protected async Task ExitedAsync(string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await _process!.WaitForExitAsync(limit.Token);
            await _reading;
        }
        catch (OperationCanceledException)
        {
            throw new CellException($"{Name}: expected the end of {what}; it said: {Said(0)}");
        }
    }

    /// <summary>Ends the process.</summary>
    protected async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        await _reading;
        process.Dispose();
        _process = null;
    }

    /// <summary>One line at a time: commands overlap, and a StreamWriter that two callers enter at once loses what one of them wrote.</summary>
    private async Task WriteAsync(string line)
    {
        await _writing.WaitAsync();
        try
        {
            if (!IsRunning)
                throw new CellException($"{Name}: its process has ended; it said: {Said(0)}");
            await _process!.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            TaskCompletionSource before;
            lock (_gate)
            {
                _lines.Add(line);
                if (Parse(line) is not { } said)
                    continue;
                _events.Add(Normalize(said));
                before = _news;
                _news = New();
            }
            before.TrySetResult();
        }
        lock (_gate)
            _news.TrySetResult();
    }

    private static bool IsReadable(JsonObject said) =>
        (string?)said["event"] == "message" && said["stub"] is null;

    private static JsonObject? Parse(string line)
    {
        if (!line.StartsWith('{'))
            return null;
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            // A library that prints an object of its own; it stands among the lines.
            return null;
        }
    }

    private string Said(int after)
    {
        lock (_gate)
        {
            var events = _events.Skip(after).Select(e => e.ToJsonString()).TakeLast(LinesShown);
            var others = _lines.Where(l => !l.StartsWith('{')).TakeLast(10);
            return $"\n      {string.Join("\n      ", events.Concat(others))}";
        }
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
