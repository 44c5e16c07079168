using System.Globalization;
using System.Text.Json;
using WaOperator.Client.Commands;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.Client;

/// <summary>Runs connections of the device and prints what happens.</summary>
internal sealed class Connection
{
    private readonly VerbContext _context;
    private readonly WhatsAppDevice _client;
    private TaskCompletionSource _ready = New();

    /// <param name="context">What the verb works with.</param>
    /// <param name="withMessages">False: it takes no messages, so that they wait at the server.</param>
    public Connection(VerbContext context, bool withMessages)
    {
        _context = context;
        _client = new(
            context.Runtime,
            context.Device,
            context.Store,
            OpenGate.Instance,
            messages: withMessages ? context.Store.Messages : null
        );
        Commands = new(_client, context.Store, context.Store.Messages, TimeProvider.System);
    }

    /// <summary>What the device can be told to do.</summary>
    public CommandSet Commands { get; }

    /// <summary>True once any connection was ready.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>True once the current connection was ready.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Completes when the current connection is ready, or the next if there is none.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether to take the device off the account as soon as it is logged in.</summary>
    public bool UnlinkWhenLoggedIn { get; init; }

    /// <summary>Prints what messaging says from now on, after the events since a number.</summary>
    public void PrintEvents(long since)
    {
        var messages = _context.Store.Messages;
        foreach (var e in messages.Since(since))
            Print(e);
        messages.OnEvent = Print;
    }

    /// <summary>One connection. Cancellation closes it politely.</summary>
    public async Task<Disconnect> RunAsync(bool closeWhenConnected, CancellationToken ct)
    {
        IsConnected = false;
        using var now = new CancellationTokenSource();
        var run = _client.RunAsync(raised => Print(raised, closeWhenConnected), now.Token);
        await using var stop = ct.Register(() => _ = _client.CloseAsync());
        if (ct.IsCancellationRequested)
            await _client.CloseAsync();
        var end = await run;
        if (_ready.Task.IsCompleted)
            _ready = New();
        _context.Lines.Write(
            "disconnected",
            ("kind", end.Kind.ToString()),
            ("code", end.Code),
            ("message", end.Message),
            ("retryAfterSeconds", end.RetryAfter?.TotalSeconds)
        );
        return end;
    }

    /// <summary>Closes politely.</summary>
    public Task CloseAsync() => _client.CloseAsync();

    /// <summary>Takes the device off the account; closes where the server refused: the end then says that it is still linked.</summary>
    public async Task UnlinkAsync()
    {
        if (!await _client.UnlinkAsync(CancellationToken.None))
            await _client.CloseAsync();
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ValueTask Print(ClientEvent raised, bool closeWhenConnected)
    {
        var lines = _context.Lines;
        switch (raised)
        {
            case QrCode qr:
                lines.Write(
                    "qr",
                    ("code", qr.Code),
                    ("fields", qr.Fields),
                    ("number", qr.Number),
                    ("of", qr.Of),
                    ("validSeconds", qr.ValidFor.TotalSeconds)
                );
                break;
            case PhoneCode code:
                lines.Write(
                    "code",
                    ("code", code.Code),
                    ("validSeconds", code.ValidFor.TotalSeconds)
                );
                break;
            case PairSuccess paired:
                lines.Write(
                    "paired",
                    ("jid", paired.Jid.ToString()),
                    ("lid", paired.Lid?.ToString()),
                    ("phone", paired.Phone),
                    ("platform", paired.Platform),
                    ("businessName", paired.BusinessName)
                );
                break;
            case LoggedIn loggedIn:
                lines.Write(
                    "loggedIn",
                    ("jid", loggedIn.Jid.ToString()),
                    ("lid", loggedIn.Lid?.ToString()),
                    ("device", loggedIn.Jid.Device.ToString(CultureInfo.InvariantCulture))
                );
                if (UnlinkWhenLoggedIn)
                    _ = UnlinkAsync();
                break;
            case Connected connected:
                WasConnected = IsConnected = true;
                lines.Write("connected", ("waiting", connected.Waiting));
                _ready.TrySetResult();
                if (closeWhenConnected)
                    _ = _client.CloseAsync();
                break;
            case ReachOutLocked locked:
                lines.Write(
                    "reachOutLocked",
                    ("id", locked.MessageId),
                    ("message", locked.Message)
                );
                break;
            case PresenceChanged presence:
                lines.Write(
                    "presence",
                    ("chat", presence.Jid.ToString()),
                    ("state", presence.Available ? "available" : "unavailable")
                );
                break;
            case ChatStateChanged state:
                lines.Write(
                    "presence",
                    ("chat", state.Chat.ToString()),
                    ("sender", state.Sender.ToString()),
                    ("state", state.State.ToString().ToLowerInvariant())
                );
                break;
        }
        return ValueTask.CompletedTask;
    }

    private void Print(NumberedEvent e)
    {
        var (type, readable) = EventJson.Show(e.Event);
        using var body = JsonDocument.Parse(readable);
        _context.Lines.Write(
            type,
            [
                ("seq", e.Seq),
                .. body
                    .RootElement.EnumerateObject()
                    .Select(field => (field.Name, (object?)field.Value)),
            ]
        );
    }
}
