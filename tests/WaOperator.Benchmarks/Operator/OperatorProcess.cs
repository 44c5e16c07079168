using System.Diagnostics;
using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Operator;

/// <summary>The operator as a process of its own, with its default settings.</summary>
internal sealed class OperatorProcess : IDisposable
{
    private const double TicksPerSecond = 100; // of /proc
    private readonly Process _process;
    private readonly HttpClient _http;

    private OperatorProcess(Process process, int port)
    {
        _process = process;
        _http = new() { BaseAddress = new($"http://127.0.0.1:{port}") };
    }

    /// <summary>Starts it and waits until it leads and is ready.</summary>
    public static async Task<OperatorProcess> StartAsync(
        string kubeconfig,
        string connection,
        string ns,
        string log
    )
    {
        var port = PostgresServer.FreePort();
        var start = new ProcessStartInfo(
            "/bin/sh",
            [
                "-c",
                """exec dotnet "$0" >>"$1" 2>&1""",
                Path.Combine(AppContext.BaseDirectory, "WaOperator.Operator.dll"),
                log,
            ]
        )
        {
            UseShellExecute = false,
            Environment =
            {
                ["KUBECONFIG"] = kubeconfig,
                ["WA__Database__ConnectionString"] = connection,
                ["WA__Pod__Namespace"] = ns,
                ["WA__Pod__Name"] = "operator-bench",
                ["WA__Namespaces__0"] = ns,
                ["WA__SessionPod__Image"] = "session-pod:bench",
                ["WA__Port"] = port.ToString(CultureInfo.InvariantCulture),
            },
        };
        var made = new OperatorProcess(Process.Start(start)!, port);
        await Eventually.True(
            "the operator leads",
            async () =>
                !made._process.HasExited
                    ? (await made.MetricsAsync()).Contains(
                        "leader_election_master_status{name=\"wa-operator\"} 1",
                        StringComparison.Ordinal
                    )
                    : throw new InvalidOperationException($"the operator ended; see {log}"),
            TimeSpan.FromMinutes(2)
        );
        return made;
    }

    /// <summary>It ended by itself: on a machine that is too busy to renew its Lease in time, as a pod that is restarted then.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Resident memory in bytes.</summary>
    public long Resident() =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status")
                .First(l => l.StartsWith("VmRSS", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        ) * 1024;

    /// <summary>Time that it has spent on processors.</summary>
    public TimeSpan Cpu()
    {
        // The name in parentheses may hold spaces; the fields are counted after it.
        var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds(
            (
                long.Parse(fields[11], CultureInfo.InvariantCulture)
                + long.Parse(fields[12], CultureInfo.InvariantCulture)
            ) / TicksPerSecond
        );
    }

    /// <summary>Asks it to end, and waits.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        _http.Dispose();
    }

    private Task<string> MetricsAsync() =>
        _http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
}
