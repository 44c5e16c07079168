using System.Threading.Channels;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>Keys in memory.</summary>
internal sealed class MemoryStore : IDeviceStore
{
    private readonly SortedDictionary<uint, PreKey> _preKeys = [];

    public DeviceCredentials? Credentials { get; set; }

    public Task<DeviceCredentials?> LoadAsync(CancellationToken ct) => Task.FromResult(Credentials);

    public Task SaveAsync(DeviceCredentials credentials, CancellationToken ct)
    {
        Credentials = credentials;
        return Task.CompletedTask;
    }

    public Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct)
    {
        lock (_preKeys)
        {
            foreach (var key in batch.Keys)
                _preKeys[key.Id] = key;
        }
        return SaveAsync(batch.Credentials, ct);
    }

    public Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(
        uint firstId,
        int count,
        CancellationToken ct
    )
    {
        lock (_preKeys)
            return Task.FromResult<IReadOnlyList<PreKey>>([
                .. _preKeys.Values.Where(k => k.Id >= firstId && k.Id < firstId + count),
            ]);
    }
}

/// <summary>One connection of our own client; ends with the test.</summary>
internal sealed class OwnConnection : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Channel<ClientEvent> _events = Channel.CreateUnbounded<ClientEvent>();
    private readonly CancellationTokenSource _stop = new();
    private readonly WhatsAppRuntime _runtime;

    public OwnConnection(
        WhatsAppOptions options,
        IDeviceStore store,
        DeviceOptions? device = null,
        IActGate? gate = null
    )
    {
        _runtime = new(options);
        Client = new(
            _runtime,
            device ?? new() { FirstPreKeys = 40 },
            store,
            gate ?? OpenGate.Instance
        );
        End = Client.RunAsync(e => _events.Writer.WriteAsync(e), _stop.Token);
    }

    public WhatsAppDevice Client { get; }

    /// <summary>How the connection ended.</summary>
    public Task<Disconnect> End { get; }

    /// <summary>The next event of that type.</summary>
    public async Task<T> WaitAsync<T>()
        where T : ClientEvent
    {
        using var limit = new CancellationTokenSource(Limit);
        _ = End.ContinueWith(_ => _events.Writer.TryComplete(), TaskScheduler.Default);
        await foreach (var next in _events.Reader.ReadAllAsync(limit.Token))
        {
            if (next is T wanted)
                return wanted;
        }
        throw new InvalidOperationException(
            $"the connection ended before {typeof(T).Name}: {await End}"
        );
    }

    /// <summary>How the connection ended, waited for.</summary>
    public Task<Disconnect> EndedAsync() => End.WaitAsync(Limit);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await End;
        _stop.Dispose();
        _runtime.Dispose();
    }
}
