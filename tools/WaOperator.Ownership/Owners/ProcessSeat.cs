using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using WaOperator.Ownership.Judging;

namespace WaOperator.Ownership.Owners;

/// <summary>Owners in a process of their own, which is used again until it is killed.</summary>
internal sealed class ProcessSeat : IOwnerSeat
{
    /// <summary>What the program is called with to be such a process.</summary>
    public const string Verb = "owner";

    private const string Fault = "broken ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private volatile Process? _process;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource _stopped = new();
    private volatile Action<Act>? _report;
    private volatile string? _broken;
    private bool _running;

    /// <inheritdoc/>
    public int? Pid => _process?.Id;

    /// <inheritdoc/>
    public string? Broken => _broken;

    /// <inheritdoc/>
    public async Task StartAsync(OwnerSpec spec, Action<Act> report)
    {
        _report = report;
        _process ??= Launch();
        _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _broken = null;
        _running = true;
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(spec));
        await _process.StandardInput.FlushAsync();
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        if (_process is null || !_running)
            return;
        _running = false;
        await _process.StandardInput.WriteLineAsync("stop");
        await _process.StandardInput.FlushAsync();
        await _stopped.Task.WaitAsync(Patience);
    }

    /// <inheritdoc/>
    public async Task KillAsync()
    {
        if (_process is not { } dying)
            return;
        (_process, _running) = (null, false);
        dying.Kill();
        await dying.WaitForExitAsync();
        await _reading.WaitAsync(Patience);
        dying.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await KillAsync();

    /// <summary>The other side: what the process does.</summary>
    public static async Task ServeAsync()
    {
        // Ctrl-C goes to all processes of a terminal's group, and it is the campaign's to end its owners.
        Console.CancelKeyPress += (_, e) => e.Cancel = true;
        var change = new Lock();
        await using var output = new StreamWriter(Console.OpenStandardOutput())
        {
            AutoFlush = true,
        };
        Owner? owner = null;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "stop")
            {
                if (owner is { } ending)
                    await ending.DisposeAsync();
                owner = null;
                Tell("stopped");
                continue;
            }
            var started = Owner.Start(
                JsonSerializer.Deserialize<OwnerSpec>(line)!,
                a =>
                    Tell(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{a.Session} {a.Epoch} {a.From} {a.To} {a.Owner}"
                        )
                    )
            );
            owner = started;
            _ = started.Completion.ContinueWith(
                broken =>
                    Tell(Fault + broken.Exception!.InnerException!.Message.ReplaceLineEndings(" ")),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted,
                TaskScheduler.Default
            );
        }

        void Tell(string what)
        {
            lock (change)
                output.WriteLine(what);
        }
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "WaOperator.Ownership.dll"), Verb]
        )
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var launched = Process.Start(start)!;
        _reading = Task.Run(() => ReadAsync(launched));
        return launched;
    }

    private async Task ReadAsync(Process from)
    {
        while (await from.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "stopped")
            {
                _stopped.TrySetResult();
                continue;
            }
            if (line.StartsWith(Fault, StringComparison.Ordinal))
            {
                _broken = line[Fault.Length..];
                continue;
            }
            // The last line of one that was killed may be cut short.
            if (line.Split(' ') is not [var session, var epoch, var asked, var told, var owner])
                continue;
            _report?.Invoke(
                new(Number(session), Number(epoch), owner, Number(asked), Number(told))
            );
        }
        // One that is killed by plan has left the seat before.
        if (_process == from)
            _broken = "its process ended";
        _stopped.TrySetResult();
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
