using System.Globalization;
using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Api.World;

/// <summary>A gateway before one pod.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    private readonly Child _child;
    private readonly HeapProbe _heap;

    private GatewayProcess(Child child, HeapProbe heap, int port) =>
        (_child, _heap, Port) = (child, heap, port);

    public int Pid => _child.Pid;

    public int Port { get; }

    /// <summary>Starts it and waits until it answers.</summary>
    public static async Task<GatewayProcess> StartAsync(BenchWorld world, PodProcess pod)
    {
        var heap = new HeapProbe();
        var port = PostgresServer.FreePort();
        var child = Child.Start(
            "dotnet",
            [
                typeof(GatewayProcess).Assembly.Location,
                "gateway",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{pod.ApiPort}"),
            ],
            new Dictionary<string, string>
            {
                // As the Dockerfile sets them.
                ["DOTNET_EnableDiagnostics"] = "0",
                ["DOTNET_gcServer"] = "0",
                ["ASPNETCORE_HTTP_PORTS"] = "",
                ["WA__Database__ConnectionString"] = await world.LetGatewaysLogInAsync(),
                ["WA__Redis__Configuration"] = world.Redis.Configuration,
                ["WA__Gateway__Port"] = port.ToString(CultureInfo.InvariantCulture),
                ["WA__Gateway__HealthPort"] = "0",
            },
            heap.Take
        );
        using var http = new HttpClient();
        await Eventually.True(
            "the gateway answers",
            async () =>
            {
                if (child.HasExited)
                    throw new InvalidOperationException($"the gateway ended: {child.Tail}");
                return await AnswersAsync(http, port);
            }
        );
        return new(child, heap, port);
    }

    /// <summary>Bytes of its heap that are alive.</summary>
    public Task<long> HeapAsync() => _heap.AskAsync(_child.WriteAsync);

    public async ValueTask DisposeAsync() => await _child.DisposeAsync();

    private static async Task<bool> AnswersAsync(HttpClient http, int port)
    {
        try
        {
            using var answer = await http.GetAsync(
                new Uri(
                    string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/v1/none")
                )
            );
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
