using System.Collections.Concurrent;
using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>A device, its store, its gate, its clock, and a server: all that a test of the client needs.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private WhatsAppRuntime? _runtime;
    private Task<Disconnect>? _run;

    public Rig(MemoryStore? store = null)
    {
        Store = store ?? MemoryStore.Paired();
        Server = new FakeServer(Time.GetUtcNow());
        // The clock jumps, while answers take their real time: a test that is about silence says so.
        Options = new WhatsAppOptions
        {
            RootKey = Server.Root.Public,
            SilenceLimit = TimeSpan.FromHours(1),
        };
    }

    public FakeTime Time { get; } = new();

    public FakeServer Server { get; }

    public MemoryStore Store { get; }

    public TestGate Gate { get; } = new();

    public WhatsAppOptions Options { get; set; }

    public DeviceOptions Device { get; set; } = new() { FirstPreKeys = 30 };

    public ConcurrentQueue<ClientEvent> Events { get; } = new();

    public Func<ClientEvent, ValueTask> OnEvent { get; set; } = _ => ValueTask.CompletedTask;

    public WhatsAppDevice Client { get; private set; } = null!;

    public ServerLink Link => Server.Last;

    public void Start(CancellationToken ct = default)
    {
        _runtime ??= new WhatsAppRuntime(Options, Time, Server);
        Client = new WhatsAppDevice(_runtime, Device, Store, Gate);
        _run = Client.RunAsync(
            raised =>
            {
                Events.Enqueue(raised);
                return OnEvent(raised);
            },
            ct
        );
    }

    public async Task StartConnectedAsync()
    {
        Start();
        await EventAsync<Connected>();
    }

    public async Task<Disconnect> EndAsync() => await _run!.WaitAsync(TimeSpan.FromSeconds(30));

    public bool HasEnded => _run!.IsCompleted;

    /// <summary>Waits for an event; fails early, with the reason, if the connection ended instead.</summary>
    public Task<T> EventAsync<T>(Func<T, bool>? where = null)
        where T : ClientEvent =>
        Eventually.Get(
            $"the event {typeof(T).Name}{(HasEnded ? $", but the connection ended: {_run!.Result}" : "")}",
            () => Task.FromResult(Events.OfType<T>().FirstOrDefault(where ?? (_ => true)))
        );

    /// <summary>Waits until the server has received a stanza.</summary>
    public Task<BinaryNode> ReceivedAsync(string what, Func<BinaryNode, bool> where) =>
        Eventually.Get(
            $"the server to receive {what}",
            () =>
                Task.FromResult(
                    Server.Links.SelectMany(link => link.Received).FirstOrDefault(where)
                )
        );

    /// <summary>All that a login says of itself has arrived, also what it does not wait for.</summary>
    public async Task SettledAsync()
    {
        string?[] last = ["props", "blocklist", "privacy", "unified_session"];
        await Eventually.True(
            "the last stanzas of the login",
            () =>
                last.All(name =>
                    Link.Received.Any(node => node["xmlns"] == name || node.FirstChild?.Tag == name)
                )
                && Store.Credentials!.LastPropHash == "abc"
        );
    }

    public async ValueTask DisposeAsync()
    {
        Gate.Open();
        if (_run is { IsCompleted: false })
        {
            var closed = Client.CloseAsync();
            await Eventually.True(
                "the connection to close",
                () =>
                {
                    Time.Advance(TimeSpan.FromMilliseconds(500));
                    return closed.IsCompleted;
                }
            );
            await _run;
        }
        await Server.DisposeAsync();
        _runtime?.Dispose();
    }
}
