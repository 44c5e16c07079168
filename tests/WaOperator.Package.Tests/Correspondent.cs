using System.Collections.Concurrent;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Package.Tests;

/// <summary>One who writes to what is tested.</summary>
internal sealed class Correspondent : IAsyncDisposable
{
    private readonly ConcurrentQueue<MessageReceived> _messages = new();
    private readonly string _number;
    private readonly Task _run;

    private Correspondent(Simulation simulation, string number)
    {
        _number = number;
        Client = new(
            new()
            {
                Store = new MemoryMessageStore(),
                Device = new() { FirstPreKeys = 40 },
                Protocol = new()
                {
                    Url = simulation.Host.Url,
                    RootKey = simulation.Host.Server.RootPublic,
                },
            }
        );
        Client.OnQrCode(
            (qr, _) => simulation.PostedAsync($"/phones/{number}/scan", new { qr = qr.Code })
        );
        Client.OnMessage(
            (message, _) =>
            {
                _messages.Enqueue(message);
                return Task.CompletedTask;
            }
        );
        _run = Client.RunAsync();
    }

    public WhatsAppClient Client { get; }

    public static async Task<Correspondent> ConnectedAsync(Simulation simulation, string number)
    {
        var one = new Correspondent(simulation, number);
        await one.Client.ConnectedAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return one;
    }

    /// <summary>Waits for a message with a text.</summary>
    public Task<MessageReceived> GotAsync(string text) =>
        Eventually.Get(
            $"{_number} to get '{text}'",
            () => Task.FromResult(_messages.FirstOrDefault(m => m.Content.Text == text))
        );

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _run;
    }
}
