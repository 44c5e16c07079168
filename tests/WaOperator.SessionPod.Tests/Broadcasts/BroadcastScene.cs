using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Broadcasts;

/// <summary>A session on a pod, and a tenant's program that makes broadcasts.</summary>
internal sealed class BroadcastScene : IAsyncDisposable
{
    /// <summary>The fastest that there is.</summary>
    public static readonly object Fast = new { perMinute = 100, jitter = 0 };

    // The first so many numbers have phones where the simulator is.
    private const int Phones = 40;

    private ApiClient _api;

    private BroadcastScene(PodWorld world, Uri pod, TestSession session)
    {
        (World, Pod, Session) = (world, pod, session);
        _api = new(pod);
    }

    public PodWorld World { get; }

    /// <summary>Where the pod is that it began with.</summary>
    public Uri Pod { get; }

    public TestSession Session { get; }

    /// <summary>With a pod in this process.</summary>
    public static async Task<BroadcastScene> StartAsync(FakeNetwork? network = null)
    {
        var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        return await OfAsync(world, pod.Api);
    }

    /// <summary>With a pod that runs already.</summary>
    public static async Task<BroadcastScene> OfAsync(PodWorld world, Uri pod)
    {
        if (world.Network is null)
        {
            world.Simulator.Server.Journal.Keep = 10_000;
            using var control = new HttpClient { BaseAddress = world.Simulator.Control };
            for (var i = 0; i < Phones; i++)
            {
                using var answer = await control.PutAsJsonAsync($"/phones/{Number(i)}", new { });
                answer.IsSuccessStatusCode.ShouldBeTrue();
            }
        }
        return new(world, pod, await world.PairedAsync(0));
    }

    /// <summary>Asks another pod from now on.</summary>
    public void Ask(TestPod pod)
    {
        _api.Dispose();
        _api = new(pod.Api);
    }

    /// <summary>Numbers of recipients.</summary>
    public static string Number(int i) => $"49171000{i:0000}";

    /// <summary>Recipients as lines, each with a name.</summary>
    public static string Lines(IEnumerable<int> numbers) =>
        string.Join(
            '\n',
            numbers.Select(i =>
                JsonSerializer.Serialize(new { to = Number(i), vars = new { name = $"N{i}" } })
            )
        );

    public async Task<(int Status, JsonNode? Body)> TryAsync(
        HttpMethod method,
        string path,
        HttpContent? body = null
    )
    {
        var (status, answer, _) = await _api.AskAsync(
            method,
            $"/v1/sessions/ns/{Session.Name}/broadcasts{path}",
            body
        );
        return (status, answer);
    }

    /// <summary>A request that must be answered with this status.</summary>
    public async Task<JsonNode> AskAsync(
        int status,
        HttpMethod method,
        string path,
        object? body = null
    )
    {
        using HttpContent? content = body switch
        {
            null => null,
            string lines => new StringContent(lines, Encoding.UTF8, "application/x-ndjson"),
            _ => JsonContent.Create(body),
        };
        var (code, answer) = await TryAsync(method, path, content);
        code.ShouldBe(status, $"{method} {path}: {answer?.ToJsonString()}");
        return answer ?? new JsonObject();
    }

    /// <summary>Follows the events of a session, this one's by default, from the beginning.</summary>
    public Task<EventReader> FollowAsync(string? session = null) =>
        _api.FollowAsync(session ?? Session.Name, 0);

    /// <summary>Makes a broadcast with recipients and starts it.</summary>
    public async Task<string> StartedAsync(
        IEnumerable<int> numbers,
        object? pacing = null,
        object? stopOn = null
    )
    {
        var made = await AskAsync(
            201,
            HttpMethod.Post,
            "",
            new
            {
                name = "nov",
                message = new { text = "Hi {{name}}" },
                pacing = pacing ?? Fast,
                stopOn = stopOn ?? new { failedPercent = 100, timelocked = true },
            }
        );
        var id = (string)made["id"]!;
        await AskAsync(200, HttpMethod.Post, $"/{id}/recipients", Lines(numbers));
        await AskAsync(200, HttpMethod.Post, $"/{id}/start");
        return id;
    }

    /// <summary>Waits until a broadcast is in a state.</summary>
    public Task<JsonNode> UntilAsync(string id, string state) =>
        UntilAsync(id, state, b => (string?)b["state"] == state);

    /// <summary>Waits until something is so of a broadcast.</summary>
    public Task<JsonNode> UntilAsync(string id, string what, Func<JsonNode, bool> isSo)
    {
        JsonNode? last = null;
        return Eventually.Get(
            $"broadcast {id}: {what}",
            async () =>
                (last = (await TryAsync(HttpMethod.Get, $"/{id}")).Body) is { } body
                && body["state"] is not null
                && isSo(body)
                    ? body
                    : throw new InvalidOperationException(last?.ToJsonString()),
            TimeSpan.FromSeconds(60)
        );
    }

    /// <summary>Watches that something stays so for the time in which several more messages would be due.</summary>
    public Task HoldsAsync(string what, Func<bool> isSo) =>
        Steadily.Holds(
            what,
            TimeSpan.FromSeconds(3),
            () => Task.FromResult(isSo() ? null : "it is otherwise")
        );

    /// <summary>How many recipients are in a state.</summary>
    public static long Count(JsonNode broadcast, string state) =>
        (long)broadcast["counts"]![state]!;

    /// <summary>What the session's phone sent to whom, by the simulator, each message once.</summary>
    public async Task<IReadOnlyList<MessageAnswer>> SentAsync() =>
        [
            .. (await World.GetAsync<MessageAnswer[]>("/messages?limit=1000")).Where(m =>
                m is { Repeated: false, Resend: false, Error: null }
            ),
        ];

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await World.DisposeAsync();
    }
}
