using WaOperator.Gateway.Options;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>A gateway before pods that show the journals of some sessions.</summary>
internal sealed class StreamScene : IAsyncDisposable
{
    private readonly List<FakeSession> _sessions = [];

    private StreamScene(GatewayWorld world, FakePod[] pods, TestGateway gateway) =>
        (World, Pods, Gateway, Tenant) = (world, pods, gateway, new Tenant(gateway));

    public GatewayWorld World { get; }

    public FakePod[] Pods { get; }

    public TestGateway Gateway { get; }

    public Tenant Tenant { get; }

    public FakeJournals Journals { get; } = new();

    public IReadOnlyList<FakeSession> Sessions => _sessions;

    /// <summary>Starts it, with the sessions on the pods in turns.</summary>
    public static async Task<StreamScene> StartAsync(
        int pods,
        int sessions,
        Func<GatewayOptions, GatewayOptions>? change = null
    )
    {
        var world = await GatewayWorld.StartAsync();
        var started = new FakePod[pods];
        for (var i = 0; i < pods; i++)
            started[i] = await world.PodAsync(i);
        var scene = new StreamScene(world, started, await world.GatewayAsync(change));
        foreach (var pod in started)
            scene.Journals.Serve(pod);
        for (var i = 0; i < sessions; i++)
            await scene.SessionAsync(started[i % pods]);
        return scene;
    }

    /// <summary>Adds a session.</summary>
    public async Task<FakeSession> SessionAsync(FakePod pod)
    {
        var session = await World.SessionAsync(pod);
        Journals.Own(session, pod);
        _sessions.Add(session);
        return session;
    }

    /// <summary>Moves a session to a pod.</summary>
    public async Task MoveAsync(FakeSession session, FakePod pod)
    {
        Journals.Own(session, null);
        await World.OwnAsync(session, pod);
        Journals.Own(session, pod);
    }

    public async ValueTask DisposeAsync()
    {
        Tenant.Dispose();
        await World.DisposeAsync();
    }
}
