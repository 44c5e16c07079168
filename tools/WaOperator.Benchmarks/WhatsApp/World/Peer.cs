using System.Globalization;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>Someone to write to: our library in this process, with its keys and messages in memory. What it takes is not measured.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private const int PreKeys = 40;

    private readonly WhatsAppRuntime _runtime;
    private readonly MemoryMessageStore _store = new();
    private CancellationTokenSource _stop = new();
    private WhatsAppDevice? _client;
    private Task _run = Task.CompletedTask;
    private volatile bool _connected;
    private int _received;

    private Peer(WhatsAppRuntime runtime, string phone)
    {
        (_runtime, Phone) = (runtime, phone);
        _store.OnEvent = e =>
        {
            if (e is MessageReceived)
                Interlocked.Increment(ref _received);
        };
    }

    public string Phone { get; }

    public Jid Jid => new(Phone, Jid.PhoneServer);

    public DeviceCredentials Credentials => _store.Credentials!;

    public MemoryMessageStore Store => _store;

    public int Received => Volatile.Read(ref _received);

    public WhatsAppDevice Client => _client!;

    /// <summary>What a client in this process needs to know.</summary>
    public static WhatsAppRuntime Runtime(SimulatorProcess simulator) =>
        new(
            new()
            {
                Url = simulator.Url,
                TlsCaPem = File.ReadAllText(simulator.Authority),
                RootKey = Convert.FromHexString(simulator.RootKey),
            }
        );

    /// <summary>Links a new device and leaves it connected.</summary>
    public static async Task<Peer> PairAsync(WhatsAppRuntime runtime, BenchWorld world)
    {
        var peer = new Peer(runtime, world.NewPhone());
        await peer.RunOnceAsync(world, until: () => peer._store.Credentials?.IsPaired == true);
        await peer.ConnectAsync();
        return peer;
    }

    public async Task ConnectAsync()
    {
        Start(null);
        await Eventually.True(
            $"the peer {Phone} is connected",
            () => _connected || _run.IsCompleted
        );
        if (_run.IsCompleted)
            throw new InvalidOperationException($"the peer {Phone} was not connected");
    }

    public async Task DisconnectAsync()
    {
        await _client!.CloseAsync();
        await _run;
        _connected = false;
    }

    /// <summary>Sends texts, all at once, and waits until the server has them.</summary>
    public Task SendAsync(Jid to, int count) =>
        Task.WhenAll(
            Enumerable
                .Range(0, count)
                .Select(i =>
                    _client!
                        .Send(
                            OutgoingMessage.Of(
                                to,
                                MessageContent.Text(
                                    string.Create(CultureInfo.InvariantCulture, $"message {i}")
                                )
                            )
                        )
                        .Done
                )
        );

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task RunOnceAsync(BenchWorld world, Func<bool> until)
    {
        Start(world);
        await Eventually.True($"the peer {Phone} is paired", () => until() && _run.IsCompleted);
    }

    private void Start(BenchWorld? scanning)
    {
        _stop.Dispose();
        _stop = new();
        _client = new(
            _runtime,
            new() { FirstPreKeys = PreKeys },
            _store,
            OpenGate.Instance,
            null,
            _store
        );
        _run = _client.RunAsync(
            async e =>
            {
                if (e is QrCode qr && scanning is not null)
                    await scanning.Simulator.PostAsync(
                        $"/phones/{Phone}/scan",
                        new { qr = qr.Code }
                    );
                if (e is Connected)
                    _connected = true;
            },
            _stop.Token
        );
    }
}
