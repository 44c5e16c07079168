using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace WaOperator.Testing;

/// <summary>A real Redis on a port of its own; keeps nothing.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private Process? _process;

    public int Port { get; init; } = PostgresServer.FreePort();

    /// <summary>More of its options; a later one counts.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>What comes before all options: a file, --sentinel.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    /// <summary>Whether it knows of saving at all; Sentinel does not.</summary>
    public bool Saves { get; init; } = true;

    public string Configuration =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},abortConnect=false");

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(
            "redis-server",
            [
                .. Before,
                "--port",
                Port.ToString(CultureInfo.InvariantCulture),
                "--bind",
                "127.0.0.1",
                .. Saves ? (string[])["--save", ""] : [],
                "--daemonize",
                "no",
                .. More,
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        await Eventually.True(
            $"Redis listens on {Port}",
            async () =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", Port);
                return true;
            }
        );
    }

    public async Task KillAsync()
    {
        if (_process is not { } running)
            return;
        _process = null;
        running.Kill();
        await running.WaitForExitAsync();
        running.Dispose();
    }

    public async ValueTask DisposeAsync() => await KillAsync();
}
