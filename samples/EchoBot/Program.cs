// Answers each text with the same text. Usage: EchoBot [STATE-DIRECTORY]
using QRCoder;
using WaOperator.WhatsApp;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};

// A test server in place of WhatsApp's, such as the simulator: its address, and its root key in hex.
var protocol = Environment.GetEnvironmentVariable("WA_SERVER") is { } server
    ? new WhatsAppOptions
    {
        Url = new(server),
        RootKey = Convert.FromHexString(Environment.GetEnvironmentVariable("WA_ROOT_KEY")!),
    }
    : new();

await using var client = new WhatsAppClient(
    new()
    {
        StateDirectory = args is [var directory, ..] ? directory : "echobot-state",
        Device = new() { Name = "EchoBot" },
        Protocol = protocol,
    }
);
client.OnQrCode(qr =>
{
    using var drawn = QRCodeGenerator.GenerateQrCode(qr.Code, QRCodeGenerator.ECCLevel.L);
    using var picture = new AsciiQRCode(drawn);
    Console.WriteLine(picture.GetGraphicSmall());
    Console.WriteLine($"Scan with WhatsApp (linked devices), valid {qr.ValidFor.TotalSeconds} s:");
    Console.WriteLine(qr.Code);
});
client.OnClientEvent<Connected>(_ => Console.WriteLine("Connected. Ctrl+C ends."));
client.OnMessage(
    async (message, ct) =>
    {
        if (!message.Head.FromMe && message.Content.Text is { } text)
            await client.SendTextAsync(message.Head.Chat, text, ct);
    }
);

try
{
    await client.RunAsync(stop.Token);
    return 0;
}
catch (SessionEndedException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
