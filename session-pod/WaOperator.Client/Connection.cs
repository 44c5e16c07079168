using System.Globalization;
using WaOperator.WhatsApp;

namespace WaOperator.Client;

/// <summary>Runs connections of the device and prints what happens.</summary>
internal sealed class Connection(VerbContext context)
{
    private readonly WhatsAppClient _client = new(
        context.Runtime,
        context.Device,
        context.Store,
        OpenGate.Instance
    );

    /// <summary>True once any connection was ready.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>True once the current connection was ready.</summary>
    public bool IsConnected { get; set; }

    /// <summary>Whether to take the device off the account as soon as it is logged in.</summary>
    public bool UnlinkWhenLoggedIn { get; init; }

    /// <summary>One connection. Cancellation closes it politely.</summary>
    public async Task<Disconnect> RunAsync(bool closeWhenConnected, CancellationToken ct)
    {
        using var now = new CancellationTokenSource();
        var run = _client.RunAsync(raised => Print(raised, closeWhenConnected), now.Token);
        await using var stop = ct.Register(() => _ = _client.CloseAsync());
        if (ct.IsCancellationRequested)
            await _client.CloseAsync();
        var end = await run;
        context.Lines.Write(
            "disconnected",
            ("kind", end.Kind.ToString()),
            ("code", end.Code),
            ("message", end.Message),
            ("retryAfterSeconds", end.RetryAfter?.TotalSeconds)
        );
        return end;
    }

    private ValueTask Print(ClientEvent raised, bool closeWhenConnected)
    {
        switch (raised)
        {
            case QrCode qr:
                context.Lines.Write(
                    "qr",
                    ("code", qr.Code),
                    ("fields", qr.Fields),
                    ("number", qr.Number),
                    ("of", qr.Of),
                    ("validSeconds", qr.ValidFor.TotalSeconds)
                );
                break;
            case PairSuccess paired:
                context.Lines.Write(
                    "paired",
                    ("jid", paired.Jid.ToString()),
                    ("lid", paired.Lid?.ToString()),
                    ("phone", paired.Phone),
                    ("platform", paired.Platform),
                    ("businessName", paired.BusinessName)
                );
                break;
            case LoggedIn loggedIn:
                context.Lines.Write(
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
                context.Lines.Write("connected", ("waiting", connected.Waiting));
                if (closeWhenConnected)
                    _ = _client.CloseAsync();
                break;
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Closes where the server refused: the end then says that the device is still linked.</summary>
    private async Task UnlinkAsync()
    {
        if (!await _client.UnlinkAsync(CancellationToken.None))
            await _client.CloseAsync();
    }
}
