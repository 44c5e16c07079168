using WaOperator.SessionPod.Keys;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>Someone else with a session's credentials: reads them with the master key and logs in.</summary>
internal sealed class ReferenceClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly WhatsAppRuntime _runtime;
    private bool _connected;

    private ReferenceClient(PodWorld world, DeviceCredentials credentials)
    {
        _runtime = new WhatsAppRuntime(
            new WhatsAppOptions
            {
                Url = world.Simulator.Url,
                RootKey = world.Simulator.Server.RootPublic,
            }
        );
        var client = new WhatsAppDevice(
            _runtime,
            new DeviceOptions(),
            new Kept(credentials),
            OpenGate.Instance
        );
        End = client.RunAsync(
            e =>
            {
                Volatile.Write(ref _connected, _connected || e is Connected);
                return ValueTask.CompletedTask;
            },
            _stop.Token
        );
    }

    /// <summary>How its connection ended.</summary>
    public Task<Disconnect> End { get; }

    public static async Task<ReferenceClient> LoginAsync(PodWorld world, TestSession session)
    {
        var client = new ReferenceClient(world, await world.CredentialsAsync(session));
        await Eventually.True(
            "the other client is connected",
            () => Volatile.Read(ref client._connected)
        );
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await End;
        _stop.Dispose();
        _runtime.Dispose();
    }

    private sealed class Kept(DeviceCredentials credentials) : IDeviceStore
    {
        private DeviceCredentials _credentials = credentials;

        public Task<DeviceCredentials?> LoadAsync(CancellationToken ct) =>
            Task.FromResult<DeviceCredentials?>(_credentials);

        public Task SaveAsync(DeviceCredentials changed, CancellationToken ct)
        {
            _credentials = changed;
            return Task.CompletedTask;
        }

        public Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct) =>
            SaveAsync(batch.Credentials, ct);

        public Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(
            uint firstId,
            int count,
            CancellationToken ct
        ) => Task.FromResult<IReadOnlyList<PreKey>>([]);
    }
}
