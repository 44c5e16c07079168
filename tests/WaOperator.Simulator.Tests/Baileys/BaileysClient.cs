using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace WaOperator.Simulator.Tests.Baileys;

/// <summary>Unmodified Baileys in a process of its own, driven by tests/baileys/client.mjs.</summary>
internal sealed class BaileysClient : IAsyncDisposable
{
    /// <summary>The releases that the tests run: names of npm packages in tests/baileys.</summary>
    public const string Release7 = "baileys";
    public const string Release6 = "baileys6";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    private readonly Process _process;
    private readonly Channel<JsonObject> _events = Channel.CreateUnbounded<JsonObject>();
    private readonly List<string> _seen = [];
    private readonly Task _reading;

    private BaileysClient(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(), ReadErrorsAsync());
    }

    public static async Task<BaileysClient> StartAsync(
        string library,
        Uri url,
        string state,
        string? caFile = null,
        string? media = null,
        string? history = null
    )
    {
        await NodePackages.EnsureAsync();
        var start = new ProcessStartInfo(
            "node",
            [
                Path.Combine(NodePackages.Folder, "client.mjs"),
                "--lib",
                library,
                "--url",
                url.ToString(),
                "--state",
                state,
            ]
        )
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (media is not null)
        {
            start.ArgumentList.Add("--media");
            start.ArgumentList.Add(media);
        }
        if (history is not null)
        {
            start.ArgumentList.Add("--history");
            start.ArgumentList.Add(history);
        }
        if (caFile is not null)
            start.Environment["NODE_EXTRA_CA_CERTS"] = caFile;
        return new(
            Process.Start(start) ?? throw new InvalidOperationException("node did not start")
        );
    }

    /// <summary>Connects, lets the phone scan the first code, and waits until the connection is open.</summary>
    public async Task PairAsync(Simulation simulation, string number)
    {
        await SendAsync(new { cmd = "connect" });
        var qr = (string)(await WaitAsync("qr"))["qr"]!;
        await simulation.PostedAsync($"/phones/{number}/scan", new { qr });
        (await WaitAsync("paired"))["me"]!["id"]!.GetValue<string>().ShouldStartWith(number);
        // The server asks for a new connection; the driver makes it with the same credentials.
        ((int)(await WaitAsync("close"))["code"]!).ShouldBe(515);
        await WaitAsync("open");
    }

    /// <summary>Connects with the credentials that are there.</summary>
    public async Task ConnectAsync()
    {
        await SendAsync(new { cmd = "connect" });
        await WaitAsync("open");
    }

    /// <summary>Sends a text and returns its id.</summary>
    public async Task<string> TextAsync(string to, string text)
    {
        await SendAsync(
            new
            {
                cmd = "send",
                to,
                text,
            }
        );
        return (string)(await WaitAsync("done", e => (string?)e["cmd"] == "send"))["id"]!;
    }

    public async Task SendAsync(object command)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(command));
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next event of that name; events before it are passed over.</summary>
    public async Task<JsonObject> WaitAsync(string name, Func<JsonObject, bool>? which = null)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (true)
            {
                var next = await _events.Reader.ReadAsync(limit.Token);
                if ((string?)next["event"] == name && (which is null || which(next)))
                    return next;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            if (e is ChannelClosedException)
                await _reading;
            string[] seen;
            lock (_seen)
                seen = [.. _seen];
            throw new TimeoutException(
                $"Baileys never said '{name}'; it said: {string.Join('\n', seen)}",
                e
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            Remember(line);
    }

    private void Remember(string line)
    {
        lock (_seen)
            _seen.Add(line);
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Remember(line);
            if (line.StartsWith('{'))
                _events.Writer.TryWrite(JsonNode.Parse(line)!.AsObject());
        }
        _events.Writer.TryComplete();
    }
}
