using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using WaOperator.SessionPod.Options;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A pod as a process of its own, started as its image starts it: settings in the environment.</summary>
internal sealed class ChildPod : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ChildPod(Process process) => _process = process;

    /// <summary>What it printed so far.</summary>
    public string Output => string.Join('\n', _output);

    public static ChildPod Start(PodOptions options)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "WaOperator.SessionPod.dll")]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var settings = new Dictionary<string, string?>
        {
            ["WA__Database__ConnectionString"] = options.Database,
            ["WA__Redis__Configuration"] = options.Redis,
            ["WA__MasterKey__File"] = options.MasterKeyFile,
            ["WA__WhatsApp__Url"] = options.Url.ToString(),
            ["WA__WhatsApp__RootKey"] = Convert.ToHexString(options.RootKey),
            ["WA__Pod__Name"] = options.Identity.PodName,
            ["WA__Pod__Uid"] = options.Identity.PodUid,
            ["WA__Pod__PoolUid"] = options.Identity.Shard.PoolUid,
            ["WA__Pod__Port"] = options.Port.ToString(CultureInfo.InvariantCulture),
            ["WA__Api__Port"] = options.ApiPort.ToString(CultureInfo.InvariantCulture),
            ["WA__Pod__PollMs"] = options.PollEvery.TotalMilliseconds.ToString(
                CultureInfo.InvariantCulture
            ),
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        var pod = new ChildPod(new Process { StartInfo = start });
        pod._process.OutputDataReceived += pod.Keep;
        pod._process.ErrorDataReceived += pod.Keep;
        pod._process.Start();
        pod._process.BeginOutputReadLine();
        pod._process.BeginErrorReadLine();
        return pod;
    }

    /// <summary>Waits until it holds its shard's lease; on a busy machine a process takes its time until then.</summary>
    public Task HoldsLeaseAsync() =>
        Eventually.True(
            "the pod's process holds its lease",
            () =>
                Output.Contains("acquired with epoch", StringComparison.Ordinal)
                    ? true
                    : throw new InvalidOperationException($"it has printed: {Output}"),
            TimeSpan.FromMinutes(2)
        );

    /// <summary>SIGKILL: nothing is closed, persisted or released by it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as kubelet sends it.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await ExitAsync();
    }

    /// <summary>Sends a signal, such as STOP or CONT.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text)
            _output.Enqueue(text);
    }
}
