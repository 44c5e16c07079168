using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>A device of our own that writes and is written to. Its store outlives its connections.</summary>
internal sealed class Correspondent(Simulation simulation, string number, string? tlsCaPem = null)
    : IAsyncDisposable
{
    private WhatsAppRuntime? _runtime;
    private CancellationTokenSource? _stop;
    private Task<Disconnect>? _run;

    public MemoryMessageStore Store { get; } = new();

    /// <summary>Of the device.</summary>
    public DeviceOptions Options { get; init; } = new() { FirstPreKeys = 40 };

    /// <summary>Whether its store is given for messages, too.</summary>
    public bool KeepsMessages { get; init; } = true;

    public WhatsAppDevice Client { get; private set; } = null!;

    public ConcurrentQueue<ClientEvent> Events { get; } = new();

    public Jid Jid => new(number, Jid.PhoneServer);

    public Jid Device => Store.Credentials!.Me!.Value;

    /// <summary>A device that is paired and connected.</summary>
    public static async Task<Correspondent> ConnectedAsync(
        Simulation simulation,
        string number,
        string? tlsCaPem = null
    )
    {
        var one = new Correspondent(simulation, number, tlsCaPem);
        await one.PairAsync();
        await one.ConnectAsync();
        return one;
    }

    public async Task PairAsync()
    {
        Start();
        var code = await EventAsync<QrCode>();
        await simulation.PostedAsync($"/phones/{number}/scan", new { qr = code.Code });
        (await EndedAsync()).Kind.ShouldBe(DisconnectKind.RestartRequired);
    }

    /// <summary>Begins a connection; what is wrong at once is thrown.</summary>
    public async Task StartAsync()
    {
        Start();
        if (_run is { IsFaulted: true } failed)
        {
            _run = null;
            _runtime!.Dispose();
            _stop!.Dispose();
            await failed;
        }
    }

    public async Task ConnectAsync()
    {
        Start();
        await EventAsync<Connected>();
    }

    /// <summary>Ends the connection without a word.</summary>
    public async Task CutAsync()
    {
        await _stop!.CancelAsync();
        await EndedAsync();
    }

    public async Task<Disconnect> EndedAsync()
    {
        var end = await _run!.WaitAsync(TimeSpan.FromSeconds(30));
        _runtime!.Dispose();
        _stop!.Dispose();
        _run = null;
        return end;
    }

    /// <summary>Sends a text and gives it over to the server.</summary>
    public async Task<SendResult> TextAsync(Jid to, string text) =>
        await Text(to, text).Done.WaitAsync(TimeSpan.FromSeconds(30));

    public SendTicket Text(Jid to, string text) =>
        Client.Send(OutgoingMessage.Of(to, Conversation(text)));

    /// <summary>The messages that came.</summary>
    public IEnumerable<MessageReceived> Messages => Store.Events.OfType<MessageReceived>();

    /// <summary>Waits until an event of that type is stored.</summary>
    public Task<T> ToldAsync<T>()
        where T : SessionEvent =>
        Eventually.Get(
            $"{number} to be told of a {typeof(T).Name}",
            () => Task.FromResult(Store.Events.OfType<T>().LastOrDefault())
        );

    /// <summary>The events of a type, as JSON.</summary>
    public IReadOnlyList<JsonNode> Entries(string type) =>
        [
            .. Store
                .Events.Where(e => e.Type == type)
                .Select(e => JsonNode.Parse(EventJson.Write(e))!),
        ];

    /// <summary>The texts of the messages, in order.</summary>
    public IReadOnlyList<string> Texts => [.. Entries("message").Select(m => (string)m["text"]!)];

    /// <summary>Waits until a text has come.</summary>
    public Task<JsonNode> GotAsync(string text) =>
        Eventually.Get(
            $"{number} to get '{text}'",
            () =>
                Task.FromResult(Entries("message").FirstOrDefault(m => (string?)m["text"] == text))
        );

    public Task<T> EventAsync<T>()
        where T : ClientEvent =>
        Eventually.Get(
            $"the event {typeof(T).Name} of {number}",
            () =>
                _run is { IsCompleted: true }
                    ? throw new InvalidOperationException($"the connection ended: {_run.Result}")
                    : Task.FromResult(Events.OfType<T>().LastOrDefault())
        );

    /// <summary>A message with a text and nothing else.</summary>
    public static byte[] Conversation(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        utf8.Length.ShouldBeLessThan(128);
        return [0x0A, (byte)utf8.Length, .. utf8];
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await CutAsync();
    }

    private void Start()
    {
        Events.Clear();
        _runtime = new(
            new()
            {
                Url = simulation.Host.Url,
                RootKey = simulation.Host.Server.RootPublic,
                MaxHeldFrames = 4096,
                TlsCaPem = tlsCaPem,
            }
        );
        _stop = new();
        Client = new(
            _runtime,
            Options,
            Store,
            OpenGate.Instance,
            null,
            KeepsMessages ? Store : null
        );
        _run = Client.RunAsync(
            raised =>
            {
                Events.Enqueue(raised);
                return ValueTask.CompletedTask;
            },
            _stop.Token
        );
    }
}
