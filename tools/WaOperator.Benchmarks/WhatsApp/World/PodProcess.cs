using System.Globalization;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>The published session pod, started as its image starts it.</summary>
internal sealed class PodProcess : IAsyncDisposable
{
    private readonly Child _child;

    private PodProcess(Child child, int apiPort) => (_child, ApiPort) = (child, apiPort);

    public int Pid => _child.Pid;

    public int ApiPort { get; }

    public string Tail => _child.Tail;

    /// <summary>Starts it.</summary>
    /// <param name="command">The program and its arguments behind "dotnet".</param>
    /// <param name="world">Where it is to run.</param>
    /// <param name="onLine">Gets its output.</param>
    /// <param name="settings">Of its environment, beyond those of its image.</param>
    public static PodProcess Start(
        IReadOnlyList<string> command,
        BenchWorld world,
        Action<string>? onLine = null,
        IReadOnlyDictionary<string, string>? settings = null
    )
    {
        var port = Testing.PostgresServer.FreePort();
        return new(
            Child.Start(
                "dotnet",
                command,
                new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
                {
                    // As the Dockerfile sets them.
                    ["DOTNET_EnableDiagnostics"] = "0",
                    ["DOTNET_gcServer"] = "0",
                    ["DOTNET_GCgen0size"] = "0x400000",
                    ["DOTNET_TC_CallCountThreshold"] = "0x200",
                    ["ASPNETCORE_HTTP_PORTS"] = "",
                    ["WA__Database__ConnectionString"] = world.PodDatabase,
                    ["WA__Redis__Configuration"] = world.Redis.Configuration,
                    ["WA__MasterKey__File"] = world.MasterKeyFile,
                    ["WA__WhatsApp__Url"] = world.Simulator.Url.ToString(),
                    ["WA__WhatsApp__CaFile"] = world.Simulator.Authority,
                    ["WA__WhatsApp__RootKey"] = world.Simulator.RootKey,
                    ["WA__Pod__Name"] = "bench-0",
                    ["WA__Pod__Uid"] = world.NewPod(),
                    ["WA__Pod__PoolUid"] = BenchWorld.Pool,
                    ["WA__Pod__Port"] = "0",
                    ["WA__Pod__PollMs"] = "200",
                    ["WA__Api__Port"] = port.ToString(CultureInfo.InvariantCulture),
                },
                onLine
            ),
            port
        );
    }

    public Task WriteAsync(string line) => _child.WriteAsync(line);

    public async ValueTask DisposeAsync() => await _child.DisposeAsync();
}
