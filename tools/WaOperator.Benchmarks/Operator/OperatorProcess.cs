using System.Diagnostics;
using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Operator;

/// <summary>
/// The operator as a process of its own, with its default settings. A process that could not renew its Lease in time ends, as it
/// should, and is started again, as kubelet does.
/// </summary>
internal sealed class OperatorProcess : IDisposable
{
    private const double TicksPerSecond = 100; // of /proc
    private const int MostRestarts = 5;
    private readonly ProcessStartInfo _start;
    private readonly string _log;
    private readonly HttpClient _http;
    private Process _process;

    private OperatorProcess(ProcessStartInfo start, string log, int port)
    {
        (_start, _log) = (start, log);
        _http = new() { BaseAddress = new($"http://127.0.0.1:{port}") };
        _process = Process.Start(start)!;
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
        var made = new OperatorProcess(start, log, port);
        await made.UntilLeadingAsync();
        return made;
    }

    /// <summary>How often it ended by itself and was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>Starts it again if it has ended by itself.</summary>
    /// <exception cref="InvalidOperationException">It does so again and again.</exception>
    public async Task KeepRunningAsync()
    {
        if (!_process.HasExited)
            return;
        Console.WriteLine(
            $"the operator ended by itself with {_process.ExitCode} (too busy a machine?) and is started again; see {_log}"
        );
        if (++Restarts > MostRestarts)
            throw new InvalidOperationException($"the operator ends again and again; see {_log}");
        _process.Dispose();
        _process = Process.Start(_start)!;
        await UntilLeadingAsync();
    }

    private Task UntilLeadingAsync() =>
        Eventually.True(
            $"the operator leads (its log: {_log})",
            async () =>
                _process.HasExited
                || (await MetricsAsync()).Contains(
                    "leader_election_master_status{name=\"wa-operator\"} 1",
                    StringComparison.Ordinal
                ),
            TimeSpan.FromMinutes(2)
        );

    /// <summary>Resident memory in bytes; 0 when it has just ended.</summary>
    public long Resident() =>
        _process.HasExited
            ? 0
            : long.Parse(
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
        if (_process.HasExited)
            return;
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
