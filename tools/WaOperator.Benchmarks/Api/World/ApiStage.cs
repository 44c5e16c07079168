using System.Globalization;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Api.World;

/// <summary>A paired session with its tenant's key.</summary>
internal sealed record ApiSession(BenchSession Session, string Key)
{
    /// <summary>Its path in the API.</summary>
    public string Path => $"/v1/sessions/{BenchWorld.Namespace}/{Session.Name}";
}

/// <summary>A pod, a gateway before it, and paired sessions of as many tenants.</summary>
internal sealed class ApiStage : IAsyncDisposable
{
    private readonly BenchWorld _world;
    private readonly HeapProbe _heap;

    private ApiStage(
        BenchWorld world,
        PodProcess pod,
        GatewayProcess gateway,
        HeapProbe heap,
        IReadOnlyList<ApiSession> sessions
    ) => (_world, Pod, Gateway, _heap, Sessions) = (world, pod, gateway, heap, sessions);

    public PodProcess Pod { get; }

    public GatewayProcess Gateway { get; }

    public IReadOnlyList<ApiSession> Sessions { get; }

    /// <summary>Starts it.</summary>
    /// <param name="world">Where.</param>
    /// <param name="pod">The pod's program and arguments.</param>
    /// <param name="tenants">How many tenants, of one session each.</param>
    public static async Task<ApiStage> StartAsync(
        BenchWorld world,
        IReadOnlyList<string> pod,
        int tenants
    )
    {
        var heap = new HeapProbe();
        var process = PodProcess.Start(pod, world, heap.Take);
        var sessions = new List<ApiSession>();
        for (var i = 0; i < tenants; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"t{i}-{world.NewPhone()}");
            var key = $"bench-api-key-of-{name}";
            var tenant = await world.AddTenantAsync(name, key);
            sessions.Add(new((await world.DeclareAsync(1, tenant)).Single(), key));
        }
        var declared = sessions.Select(s => s.Session).ToList();
        await world.PlaceAsync(declared);
        await world.PairAsync(declared, process);
        return new(world, process, await GatewayProcess.StartAsync(world, process), heap, sessions);
    }

    /// <summary>The published pod.</summary>
    public static IReadOnlyList<string> Published(BenchOptions options) => [options.Pod];

    /// <summary>The pod of this program, which tells its heap.</summary>
    public static IReadOnlyList<string> Telling => [typeof(ApiStage).Assembly.Location, "heap-pod"];

    /// <summary>Calls the gateway.</summary>
    public ApiCaller ThroughGateway() => new(Gateway.Port);

    /// <summary>Calls the pod itself.</summary>
    public ApiCaller Direct() => new(Pod.ApiPort);

    /// <summary>Bytes of the pod's heap that are alive; of one that tells.</summary>
    public Task<long> PodHeapAsync() => _heap.AskAsync(Pod.WriteAsync);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _world.PlaceAsync(Sessions.Select(s => s.Session), placed: false);
        await Pod.DisposeAsync();
    }
}
