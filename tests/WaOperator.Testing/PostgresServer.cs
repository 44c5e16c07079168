using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace WaOperator.Testing;

/// <summary>
/// A real PostgreSQL of this test run: own data directory, own port on loopback, stopped after the end of the process. Tests share one
/// by <see cref="SharedAsync"/> and take a database each; a test that stops or restarts the server starts its own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartAsync());
    private readonly string _directory;
    private readonly bool _durable;
    private readonly int _maxConnections;
    private Process? _process;
    private int _databases;
    private bool _hasAnswered;

    private PostgresServer(string directory, bool durable, int maxConnections)
    {
        _maxConnections = maxConnections;
        _directory = directory;
        _durable = durable;
    }

    /// <summary>Port on 127.0.0.1; stays the same over restarts.</summary>
    public int Port { get; private set; }

    /// <summary>Pid of the postmaster while it runs.</summary>
    public int? Pid => _process?.Id;

    /// <summary>The server that all tests of the process share.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Starts a server of its own.</summary>
    /// <param name="durable">fsync on, for tests that kill it.</param>
    /// <param name="maxConnections">Most connections.</param>
    public static async Task<PostgresServer> StartAsync(
        bool durable = false,
        int maxConnections = 200
    )
    {
        var home = Directory.CreateTempSubdirectory("wa-postgres-").FullName;
        var server = new PostgresServer(home, durable, maxConnections);
        Reaper.Watch(home);
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", ["postgres", home]);
        await server.ToolAsync(
            "initdb",
            "-D",
            $"{home}/data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C"
        );
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Connection string for a database of this server.</summary>
    public string ConnectionString(string database, string user = "postgres") =>
        $"Host=127.0.0.1;Port={Port};Username={user};Database={database}";

    /// <summary>A new, empty database.</summary>
    /// <returns>Its connection string as superuser.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"t{Interlocked.Increment(ref _databases)}_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(
            ConnectionString("postgres") + ";Pooling=false"
        );
        await using var command = source.CreateCommand($"create database {name}");
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Starts the server on its old data and port, and waits until it answers.</summary>
    public async Task StartAgainAsync()
    {
        // It exits at once if the port was taken meanwhile, by another server or as the source port of a connection.
        await Eventually.True(
            "PostgreSQL answers",
            async () =>
            {
                if (_process is not { HasExited: false })
                    Start();
                return await IsOursAsync();
            },
            TimeSpan.FromSeconds(60)
        );
        _hasAnswered = true;
    }

    private async Task<bool> IsOursAsync()
    {
        await using var source = NpgsqlDataSource.Create(
            ConnectionString("postgres") + ";Pooling=false;Timeout=2"
        );
        await using var command = source.CreateCommand("show data_directory");
        return (string?)await command.ExecuteScalarAsync() == $"{_directory}/data";
    }

    private void Start()
    {
        if (!_hasAnswered)
            Port = FreePort();
        var server = AsPostgres(
            Path.Combine(BinDirectory(), "postgres"),
            "-D",
            $"{_directory}/data",
            "-p",
            $"{Port}",
            "-k",
            _directory,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            $"fsync={(_durable ? "on" : "off")}",
            "-c",
            $"max_connections={_maxConnections}",
            "-c",
            "shared_buffers=32MB"
        );
        // In a session of its own: Ctrl-C goes to a terminal's whole group, and to PostgreSQL it means to shut down at once.
        var start = new ProcessStartInfo("setsid", [server.FileName, .. server.ArgumentList])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            WorkingDirectory = server.WorkingDirectory,
        };
        _process = Process.Start(start)!;
        Reaper.Adopt(_directory, "postgres", _process);
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    /// <summary>Kills the server as a power cut would (SIGQUIT: immediate shutdown, recovery at the next start).</summary>
    public async Task StopAsync()
    {
        if (_process is not { HasExited: false } running)
            return;
        await RunAsync("kill", ["-QUIT", $"{await PostmasterPidAsync()}"]);
        await running.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A port that no one listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<int> PostmasterPidAsync() =>
        int.Parse(
            (await File.ReadAllLinesAsync($"{_directory}/data/postmaster.pid"))[0],
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static string BinDirectory() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last()
                + "/bin"
            : throw new InvalidOperationException(
                "PostgreSQL's server programs are missing; hack/test installs them (Debian package postgresql)"
            );

    private async Task ToolAsync(string tool, params string[] arguments)
    {
        var start = AsPostgres(Path.Combine(BinDirectory(), tool), arguments);
        await RunAsync(start.FileName, start.ArgumentList);
    }

    // The server refuses to run as root.
    private static ProcessStartInfo AsPostgres(string program, params string[] arguments) =>
        Environment.IsPrivilegedProcess
            ? new ProcessStartInfo(
                "setpriv",
                ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments]
            )
            {
                WorkingDirectory = "/tmp",
            }
            : new ProcessStartInfo(program, arguments) { WorkingDirectory = "/tmp" };

    private static async Task RunAsync(string program, IEnumerable<string> arguments)
    {
        using var tool = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                WorkingDirectory = "/tmp",
            }
        )!;
        var output = tool.StandardOutput.ReadToEndAsync();
        var error = await tool.StandardError.ReadToEndAsync();
        await output;
        await tool.WaitForExitAsync();
        if (tool.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed with {tool.ExitCode}: {error}");
    }
}
