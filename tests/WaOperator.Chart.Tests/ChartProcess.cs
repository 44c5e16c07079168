using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Chart.Tests;

/// <summary>A program of the chart as a process, with the environment and the service account that the chart gives it.</summary>
public sealed class ChartProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private ChartProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The end of what it printed.</summary>
    public string Log => string.Join('\n', _lines.TakeLast(40));

    /// <param name="program">The assembly, such as WaOperator.Operator.</param>
    /// <param name="env">Environment of the container, as rendered; what comes from elsewhere than a plain value is left out.</param>
    /// <param name="instead">What takes the place of it.</param>
    public static async Task<ChartProcess> StartAsync(
        ApiServer server,
        string program,
        string serviceAccount,
        JsonArray env,
        IReadOnlyDictionary<string, string> instead,
        params string[] arguments
    )
    {
        var token = await server.KubectlAsync(
            "",
            "create",
            "token",
            "-n",
            "wa-operator",
            serviceAccount
        );
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), .. arguments]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in env)
            if (variable!["value"]?.ToString() is { } value)
                start.Environment[variable["name"]!.ToString()] = value;
        foreach (var (name, value) in instead)
            start.Environment[name] = value;
        start.Environment["KUBECONFIG"] = await server.WriteKubeconfigAsync(token.Trim());
        return new(Process.Start(start)!);
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
