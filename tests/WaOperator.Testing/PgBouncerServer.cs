using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace WaOperator.Testing;

/// <summary>A real PgBouncer before a test's PostgreSQL, on a port of its own. Debian's package pgbouncer.</summary>
public sealed class PgBouncerServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";
    private readonly string _folder;
    private readonly Process _running;

    private PgBouncerServer(string home, Process process, int port) =>
        (_folder, _running, Port) = (home, process, port);

    /// <summary>Why there is none on this machine; null when there is.</summary>
    public static string? Missing =>
        File.Exists(Program)
            ? null
            : "PgBouncer is not installed; hack/tools pgbouncer installs it (Debian package pgbouncer)";

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts one before a server.</summary>
    /// <param name="server">Where it leads.</param>
    /// <param name="mode">session, transaction or statement.</param>
    /// <param name="more">More lines of its configuration.</param>
    public static async Task<PgBouncerServer> StartAsync(
        PostgresServer server,
        string mode,
        string more = ""
    )
    {
        var home = Directory.CreateTempSubdirectory("wa-pgbouncer-").FullName;
        var port = PostgresServer.FreePort();
        await File.WriteAllTextAsync(
            $"{home}/pgbouncer.ini",
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                * = host=127.0.0.1 port={server.Port}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = trust
                auth_file = {home}/users.txt
                pool_mode = {mode}
                {more}
                """
            )
        );
        await File.WriteAllTextAsync($"{home}/users.txt", "\"postgres\" \"\"\n\"wa_pod\" \"\"\n");
        Reaper.Watch(home);
        // It refuses to run as root.
        if (Environment.IsPrivilegedProcess)
            using (var chown = Process.Start("chown", ["-R", "postgres", home])!)
                await chown.WaitForExitAsync();
        string[] arguments = [$"{home}/pgbouncer.ini"];
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo(
                "setpriv",
                ["--reuid=postgres", "--regid=postgres", "--clear-groups", Program, .. arguments]
            )
            : new ProcessStartInfo(Program, arguments);
        start.WorkingDirectory = "/tmp";
        start.RedirectStandardError = true;
        var process = Process.Start(start)!;
        Reaper.Adopt(home, "pgbouncer", process);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        await Eventually.True(
            $"PgBouncer listens on {port}",
            async () =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);
                return true;
            }
        );
        return new PgBouncerServer(home, process, port);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _running.Kill();
        await _running.WaitForExitAsync();
        _running.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }
}
