using System.Globalization;
using System.Text.Json;
using WaOperator.Client.Commands;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>Runs the device and prints what happens.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private static readonly Disconnect Closed = new(
        DisconnectKind.LocalClose,
        null,
        "Closed by us."
    );

    private readonly VerbContext _context;
    private readonly WhatsAppClient _client;
    private TaskCompletionSource _ready = New();
    private CancellationTokenSource _run = new();
    private Task _over = Task.CompletedTask;
    private Disconnect? _last;

    /// <param name="context">What the verb works with.</param>
    /// <param name="withMessages">False: it takes no messages, so that they wait at the server.</param>
    public Connection(VerbContext context, bool withMessages)
    {
        _context = context;
        _client = new(
            new()
            {
                Store = context.Store,
                Device = context.Device,
                TakesMessages = withMessages,
            },
            runtime: context.Runtime
        );
        _client.OnClientEvent<ClientEvent>(TakeAsync);
        Commands = new(_client.Device, context.Store, context.Store.Messages, TimeProvider.System);
    }

    /// <summary>What the device can be told to do.</summary>
    public CommandSet Commands { get; }

    /// <summary>True once any connection was ready.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>Completes when the current connection is ready, or the next if there is none.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Whether to take the device off the account as soon as it is logged in.</summary>
    public bool UnlinkWhenLoggedIn { get; init; }

    /// <summary>Whether to close as soon as a connection is ready.</summary>
    public bool CloseWhenConnected { get; init; }

    /// <summary>Whether to connect again after such an end. Default after none.</summary>
    public Func<Disconnect, bool> ConnectsAgain { get; set; } = _ => false;

    /// <summary>Called before the wait for another connection. Default nothing.</summary>
    public Action<TimeSpan> OnReconnecting { get; set; } = _ => { };

    /// <summary>Prints what messaging says from now on, after the events since a number.</summary>
    public void PrintEvents(long since)
    {
        var messages = _context.Store.Messages;
        foreach (var e in messages.Since(since))
            Print(e);
        messages.OnEvent = Print;
    }

    /// <summary>Connects, and connects again as often as wanted. Cancellation closes politely.</summary>
    /// <returns>The last end.</returns>
    public async Task<Disconnect> RunAsync(CancellationToken ct)
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var over = New();
        (_run, _over, _last) = (run, over.Task, null);
        try
        {
            await _client.RunAsync(run.Token);
            if (_last is null)
                PrintEnd(Closed);
            return _last ?? Closed;
        }
        catch (SessionEndedException e)
        {
            return e.End;
        }
        finally
        {
            over.SetResult();
        }
    }

    /// <summary>Closes politely; returns when the run is over.</summary>
    public async Task CloseAsync()
    {
        Stop();
        await _over;
    }

    /// <summary>Takes the device off the account; closes where the server refused: the end then says that it is still linked.</summary>
    public async Task UnlinkAsync()
    {
        if (!await _client.Device.UnlinkAsync(CancellationToken.None))
            await CloseAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _run.Dispose();
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Stop()
    {
        try
        {
            _ = _run.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The run is over.
        }
    }

    private Task TakeAsync(ClientEvent raised, CancellationToken ct)
    {
        Print(raised);
        switch (raised)
        {
            case LoggedIn when UnlinkWhenLoggedIn:
                _ = UnlinkAsync();
                break;
            case Connected:
                WasConnected = true;
                _ready.TrySetResult();
                if (CloseWhenConnected)
                    Stop();
                break;
            case Disconnected { RetryIn: not null } gone when !ConnectsAgain(gone.End):
                _last = gone.End;
                Stop();
                break;
            case Disconnected { RetryIn: { } wait }:
                OnReconnecting(wait);
                break;
        }
        return Task.CompletedTask;
    }

    private void PrintEnd(Disconnect end)
    {
        if (_ready.Task.IsCompleted)
            _ready = New();
        _context.Lines.Write(
            "disconnected",
            ("kind", end.Kind.ToString()),
            ("code", end.Code),
            ("message", end.Message),
            ("retryAfterSeconds", end.RetryAfter?.TotalSeconds)
        );
    }

    private void Print(ClientEvent raised)
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
                break;
            case Connected connected:
                lines.Write("connected", ("waiting", connected.Waiting));
                break;
            case Disconnected gone:
                PrintEnd(gone.End);
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
    }

    private void Print(KeptEvent e)
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
