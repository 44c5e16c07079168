using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.Samples.Tests.World;

/// <summary>A program of this repository that runs as a process of its own. Its last lines are kept for when it fails.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int MaxLines = 200;
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    // What still runs when the tests' process is gone, however it went, is ended by its pid in here.
    private static readonly Lazy<string> Pids = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("wa-samples-pids-").FullName;
        Reaper.Watch(folder);
        return folder;
    });

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;
    private readonly Action<string> _onLine;

    private Child(Process process, Action<string> onLine) =>
        (_process, _onLine) = (process, onLine);

    public bool HasExited => _process.HasExited;

    private string PidName => _process.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>What it printed last.</summary>
    public string Tail => string.Join('\n', _lines);

    /// <summary>Starts a program that was built with the tests, in the folder that it was built to.</summary>
    /// <param name="project">Its folder in the repository, such as <c>samples/Orders</c>.</param>
    /// <param name="environment">Settings.</param>
    /// <param name="arguments">Arguments.</param>
    /// <param name="onLine">Gets each line that it prints.</param>
    public static Child Start(
        string project,
        IReadOnlyDictionary<string, string> environment,
        IEnumerable<string>? arguments = null,
        Action<string>? onLine = null
    )
    {
        var built = ProgramFiles.Folder(project);
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(built, $"{Path.GetFileName(project)}.dll"), .. arguments ?? []]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = built,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var child = new Child(new() { StartInfo = start }, onLine ?? (_ => { }));
        child._process.OutputDataReceived += (_, line) => child.Take(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Take(line.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        Reaper.Adopt(Pids.Value, child.PidName, child._process);
        return child;
    }

    /// <summary>Ends it as a crash does: at once.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end and waits until it has.</summary>
    public async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            using var ask = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
            await ask.WaitForExitAsync();
        }
        using var late = new CancellationTokenSource(StopLimit);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        File.Delete(Path.Combine(Pids.Value, $"{PidName}.pid"));
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        _lines.Enqueue(line);
        if (_lines.Count > MaxLines)
            _lines.TryDequeue(out _);
        _onLine(line);
    }
}

/// <summary>Where the programs are that were built with the tests.</summary>
internal static class ProgramFiles
{
    /// <summary>The folder that a project was built to, in the configuration of the tests.</summary>
    public static string Folder(string project) =>
        Path.Combine(Shell.Root, project, "bin", Configuration, "net10.0");

    private static string Configuration { get; } =
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))
            .Parent!
            .Name;
}
