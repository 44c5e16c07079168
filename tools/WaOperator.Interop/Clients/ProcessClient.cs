using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Interop.Clients;

/// <summary>A client in a process of its own: JSON lines, commands in and events out.</summary>
public abstract class ProcessClient : Client
{
    private const int LinesShown = 10;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly List<string> _printed = [];
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private int _refs;

    /// <summary>The directory that keeps its keys.</summary>
    public required string State { get; init; }

    /// <inheritdoc/>
    public override async Task<JsonObject> RunAsync(string command, object? arguments = null)
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
        Began();
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

    /// <inheritdoc/>
    protected override bool HasEnded => _process is { HasExited: true };

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Printed
    {
        get
        {
            lock (_gate)
                return [.. _printed.TakeLast(LinesShown)];
        }
    }

    /// <summary>Ends the process.</summary>
    protected override async Task EndAsync()
    {
        if (_process is { } process)
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            await _reading;
            process.Dispose();
            _process = null;
        }
        _writing.Dispose();
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
            if (Parse(line) is { } said)
                Add(Normalize(said));
            else
                lock (_gate)
                    _printed.Add(line);
        }
        Ended();
    }

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
}
