using System.Collections.Concurrent;
using WaOperator.Simulator.Control;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>A person with a phone of the simulator and a linked device of it, who sees what others do.</summary>
internal sealed class Onlooker : IAsyncDisposable
{
    private readonly MemoryMessageStore _store = new();
    private readonly ConcurrentQueue<ClientEvent> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly WhatsAppRuntime _runtime;
    private Task _run = Task.CompletedTask;

    private Onlooker(PodWorld world, string phone)
    {
        Phone = phone;
        _runtime = new WhatsAppRuntime(
            new WhatsAppOptions
            {
                Url = world.Simulator.Url,
                RootKey = world.Simulator.Server.RootPublic,
            }
        );
        Device = null!;
    }

    /// <summary>The number of the phone.</summary>
    public string Phone { get; }

    /// <summary>The device.</summary>
    public WhatsAppDevice Device { get; private set; }

    /// <summary>Links a device to a new phone, and connects it.</summary>
    public static async Task<Onlooker> ConnectedAsync(PodWorld world, string phone)
    {
        var one = new Onlooker(world, phone);
        one.Start();
        var code = await one.SeesAsync<QrCode>();
        using var answer = await world.PostAsync(
            $"/phones/{phone}/scan",
            new ScanRequest(code.Code)
        );
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        await one._run;
        one.Start();
        await one.SeesAsync<Connected>();
        return one;
    }

    /// <summary>Waits for an event.</summary>
    public Task<T> SeesAsync<T>(Func<T, bool>? that = null)
        where T : ClientEvent =>
        Eventually.Get(
            $"{Phone} to see {typeof(T).Name}",
            () => Task.FromResult(_seen.OfType<T>().LastOrDefault(e => that?.Invoke(e) ?? true))
        );

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        _runtime.Dispose();
    }

    private void Start()
    {
        Device = new(
            _runtime,
            new() { FirstPreKeys = 20 },
            _store,
            OpenGate.Instance,
            null,
            _store
        );
        _run = Device.RunAsync(
            e =>
            {
                _seen.Enqueue(e);
                return ValueTask.CompletedTask;
            },
            _stop.Token
        );
    }
}
