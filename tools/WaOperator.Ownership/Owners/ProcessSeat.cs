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

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private Process? process;
    private Task reading = Task.CompletedTask;
    private TaskCompletionSource stopped = new();
    private volatile Action<Act>? report;
    private bool running;

    /// <inheritdoc/>
    public int? Pid => process?.Id;

    /// <inheritdoc/>
    public async Task StartAsync(OwnerSpec spec, Action<Act> report)
    {
        this.report = report;
        process ??= Launch();
        stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        running = true;
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(spec));
        await process.StandardInput.FlushAsync();
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        if (process is null || !running)
            return;
        running = false;
        await process.StandardInput.WriteLineAsync("stop");
        await process.StandardInput.FlushAsync();
        await stopped.Task.WaitAsync(Patience);
    }

    /// <inheritdoc/>
    public async Task KillAsync()
    {
        if (process is not { } dying)
            return;
        (process, running) = (null, false);
        dying.Kill();
        await dying.WaitForExitAsync();
        await reading.WaitAsync(Patience);
        dying.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await KillAsync();

    /// <summary>The other side: what the process does.</summary>
    public static async Task ServeAsync()
    {
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
            owner = Owner.Start(
                JsonSerializer.Deserialize<OwnerSpec>(line)!,
                a =>
                    Tell(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{a.Session} {a.Epoch} {a.From} {a.To} {a.Owner}"
                        )
                    )
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
        reading = Task.Run(() => ReadAsync(launched));
        return launched;
    }

    private async Task ReadAsync(Process from)
    {
        while (await from.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "stopped")
            {
                stopped.TrySetResult();
                continue;
            }
            // The last line of one that was killed may be cut short.
            if (line.Split(' ') is not [var session, var epoch, var asked, var told, var owner])
                continue;
            report?.Invoke(new(Number(session), Number(epoch), owner, Number(asked), Number(told)));
        }
        stopped.TrySetResult();
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
