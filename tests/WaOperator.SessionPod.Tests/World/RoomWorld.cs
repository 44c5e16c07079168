using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.Simulator.Groups;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A pod and a tenant's program that asks about groups and contacts.</summary>
internal sealed class RoomWorld : IAsyncDisposable
{
    private RoomWorld(PodWorld world, TestPod pod)
    {
        World = world;
        Pod = pod;
        Api = new ApiClient(pod.Api);
    }

    public PodWorld World { get; }

    public TestPod Pod { get; }

    public ApiClient Api { get; }

    public static async Task<RoomWorld> StartAsync(
        FakeNetwork? network = null,
        Func<PodOptions, PodOptions>? change = null
    )
    {
        var world = await PodWorld.StartAsync(network: network);
        return new(world, await world.PodAsync(0, "pod-a", change));
    }

    /// <summary>A request for a session.</summary>
    public async Task<(int Status, JsonNode? Body)> AskAsync(
        HttpMethod method,
        TestSession session,
        string path,
        object? body = null
    )
    {
        using HttpContent? content = body switch
        {
            null => null,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => JsonContent.Create(body),
        };
        var (status, answer, _) = await Api.AskAsync(
            method,
            $"/v1/sessions/ns/{session.Name}{path}",
            content
        );
        return (status, answer);
    }

    /// <summary>A request that must be answered with this status.</summary>
    public async Task<JsonNode> AskedAsync(
        int status,
        HttpMethod method,
        TestSession session,
        string path,
        object? body = null
    )
    {
        var (code, answer) = await AskAsync(method, session, path, body);
        code.ShouldBe(status, $"{method} {path}: {answer?.ToJsonString()}");
        return answer ?? new JsonObject();
    }

    /// <summary>A request that must be refused; its kind of problem.</summary>
    public async Task<string> RefusedAsync(
        int status,
        HttpMethod method,
        TestSession session,
        string path,
        object? body = null
    )
    {
        var answer = await AskedAsync(status, method, session, path, body);
        ((string?)answer["detail"]).ShouldNotBeNullOrEmpty();
        return ((string)answer["type"]!)["urn:wa:problem:".Length..];
    }

    /// <summary>The group as it is at the simulator; null: there is none.</summary>
    public Group? Find(string id) => World.Simulator.Server.Groups.Find(id);

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await World.DisposeAsync();
    }
}
