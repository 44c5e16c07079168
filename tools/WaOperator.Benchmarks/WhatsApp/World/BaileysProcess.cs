using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.WhatsApp;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>Unmodified Baileys sockets in one Node process, driven by JSON lines.</summary>
internal sealed class BaileysProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly Child _child;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _waiting = new();
    private int _next;

    private BaileysProcess(BenchOptions options, SimulatorProcess simulator)
    {
        _child = Child.Start(
            "node",
            [options.Driver, options.Packages, simulator.Url.ToString()],
            new Dictionary<string, string> { ["NODE_EXTRA_CA_CERTS"] = simulator.Authority },
            Take
        );
    }

    public int Pid => _child.Pid;

    public static BaileysProcess Start(BenchOptions options, SimulatorProcess simulator) =>
        new(options, simulator);

    /// <summary>Makes a state for a new device, linked with our own library.</summary>
    public static async Task<(string Folder, string Phone)> DeviceAsync(
        WhatsAppRuntime runtime,
        BenchWorld world
    )
    {
        await using var peer = await Peer.PairAsync(runtime, world);
        var (folder, credentials) = (
            Path.Combine(world.Folder, $"baileys-{peer.Phone}"),
            peer.Credentials
        );
        var preKeys = await peer.Store.LoadPreKeysAsync(
            1,
            (int)credentials.NextPreKeyId,
            CancellationToken.None
        );
        await peer.DisconnectAsync();
        await BaileysState.WriteAsync(folder, credentials, preKeys);
        return (folder, peer.Phone);
    }

    /// <summary>Runs one command of the driver.</summary>
    /// <exception cref="InvalidOperationException">It failed; says what Baileys said.</exception>
    public async Task<JsonNode> RunAsync(object command)
    {
        var number = Interlocked.Increment(ref _next);
        var done = _waiting[number] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var line = JsonSerializer.SerializeToNode(command)!;
        line["ref"] = number;
        await _child.WriteAsync(line.ToJsonString());
        try
        {
            return await done.Task.WaitAsync(Limit);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException(
                $"Baileys did not finish {line.ToJsonString()}: {_child.Tail}",
                e
            );
        }
    }

    public async ValueTask DisposeAsync() => await _child.DisposeAsync();

    private void Take(string line)
    {
        if (
            !line.StartsWith('{')
            || JsonNode.Parse(line) is not { } said
            || said["ref"] is not { } number
        )
            return;
        if (!_waiting.TryRemove((int)number, out var waiting))
            return;
        if (said["error"] is { } error)
            waiting.SetException(new InvalidOperationException($"Baileys: {error}"));
        else
            waiting.SetResult(said);
    }
}
