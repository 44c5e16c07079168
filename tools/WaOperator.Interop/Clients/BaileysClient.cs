namespace WaOperator.Interop.Clients;

/// <summary>Unmodified Baileys behind tests/baileys/client.mjs.</summary>
public sealed class BaileysClient(Release release) : ProcessClient
{
    private const int RestartRequired = 515;

    /// <inheritdoc/>
    public override Release Release => release;

    /// <summary>Its callers wait for each: it mixes up what overlaps, also where the other side is silent.</summary>
    public override int SendsAtOnce => 1;

    /// <inheritdoc/>
    public override async Task PairAsync(string number)
    {
        Run();
        await RunAsync("connect");
        var qr = await WaitAsync("a QR code", e => (string?)e["event"] == "qr");
        await Server.PostAsync($"/phones/{number}/scan", new { qr = (string?)qr["qr"] });
        await PairedAsync();
    }

    /// <inheritdoc/>
    public override async Task PairByCodeAsync(string number)
    {
        Run();
        await RunAsync("connect");
        // As its documentation asks of bots: ask when the first QR code shows that the server is ready.
        await WaitAsync("a QR code", e => (string?)e["event"] == "qr");
        var code = (string?)(await RunAsync("pair-code", new { number }))["code"];
        // It gives the code as soon as its request is written; a person who types takes longer than the request.
        await Expect.EventuallyAsync(
            "the phone takes the code",
            async () =>
            {
                await Server.PostAsync($"/phones/{number}/enter-code", new { code });
                return true;
            }
        );
        await PairedAsync();
    }

    /// <inheritdoc/>
    public override async Task ConnectAsync()
    {
        if (!IsRunning)
            Run();
        var before = Mark;
        await RunAsync("connect");
        await WaitAsync("open", e => (string?)e["event"] == "open", before);
    }

    /// <inheritdoc/>
    public override async Task GoAwayAsync()
    {
        var before = Mark;
        await RunAsync("end");
        await WaitAsync("close", e => (string?)e["event"] == "close", before);
    }

    /// <inheritdoc/>
    public override async Task<string> WaitEndAsync(int after = 0) =>
        (
            await WaitAsync(
                "the end of the connection",
                e => (string?)e["event"] == "close" && (int?)e["code"] != RestartRequired,
                after
            )
        )["code"]!.ToString();

    /// <inheritdoc/>
    public override async Task<string> LogoutAsync()
    {
        var before = Mark;
        // The answer of logout() may be lost with the connection that it ends.
        var command = RunAsync("logout");
        var end = await WaitEndAsync(before);
        _ = command.ContinueWith(t => _ = t.Exception, TaskScheduler.Default);
        return end;
    }

    private async Task PairedAsync()
    {
        await WaitAsync("paired", e => (string?)e["event"] == "paired");
        await WaitAsync(
            "the end that asks for a new connection",
            e => (string?)e["event"] == "close" && (int?)e["code"] == RestartRequired
        );
        await WaitAsync("open", e => (string?)e["event"] == "open");
    }

    private void Run() =>
        Start(
            "node",
            [
                Path.Combine(Repository.Root, "tests", "baileys", "client.mjs"),
                "--lib",
                release == Release.V6 ? "baileys6" : "baileys",
                "--url",
                Server.Url.ToString(),
                "--state",
                State,
                "--media",
                Server.Media,
                "--log",
                Server.LogLevel,
            ]
        );
}
