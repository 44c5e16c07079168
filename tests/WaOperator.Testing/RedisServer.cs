using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace WaOperator.Testing;

/// <summary>A real Redis on a port of its own; keeps nothing.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private Process? process;

    public int Port { get; } = PostgresServer.FreePort();

    public string Configuration =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},abortConnect=false");

    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(
            "redis-server",
            [
                "--port",
                Port.ToString(CultureInfo.InvariantCulture),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--daemonize",
                "no",
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
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
        if (process is not { } running)
            return;
        process = null;
        running.Kill();
        await running.WaitForExitAsync();
        running.Dispose();
    }

    public async ValueTask DisposeAsync() => await KillAsync();
}
