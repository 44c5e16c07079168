using System.Collections.Concurrent;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>
/// A server in memory. After the handshake it does what <see cref="Greet"/> says, and then answers queries by
/// <see cref="Answer"/> until the client leaves.
/// </summary>
internal sealed class FakeServer : IWireDialer, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _serving = [];

    public FakeServer(DateTimeOffset now)
    {
        Certificates = CertificateIssuer.Issue(Root, Key.Public, now.AddDays(-1), now.AddDays(30));
    }

    public KeyPair Root { get; } = KeyPair.Generate();

    public KeyPair Key { get; } = KeyPair.Generate();

    public byte[] Certificates { get; set; }

    /// <summary>What the server does first on a connection. Default: a login.</summary>
    public Func<ServerLink, Task> Greet { get; set; } = Greetings.LoginAsync;

    /// <summary>The answer to a query, or null for none.</summary>
    public Func<BinaryNode, BinaryNode?> Answer { get; set; } = Greetings.Answer;

    /// <summary>What the server does with what is no query. Default nothing.</summary>
    public Func<ServerLink, BinaryNode, Task> React { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Damages the ServerHello.</summary>
    public Func<byte[], byte[]> Mangle { get; set; } = bytes => bytes;

    /// <summary>What the server waits for before its hello.</summary>
    public Func<CancellationToken, Task> BeforeHello { get; set; } = _ => Task.CompletedTask;

    /// <summary>Into how many bytes each message is cut.</summary>
    public int Chunk { get; set; } = int.MaxValue;

    public ConcurrentQueue<ServerLink> Links { get; } = new();

    public ServerLink Last => Links.Last();

    public Task<IWire> DialAsync(ProxyAddress? proxy, CancellationToken ct)
    {
        var (client, server) = MemoryWire.Pair(Chunk);
        _serving.Add(Task.Run(() => ServeAsync(server), CancellationToken.None));
        return Task.FromResult<IWire>(client);
    }

    public async Task ServeAsync(IWire wire)
    {
        var link = new ServerLink(wire, this);
        try
        {
            await link.ShakeHandsAsync(_stop.Token);
            Links.Enqueue(link);
            await Greet(link);
            while (await link.ReceiveAsync(_stop.Token) is { } node)
            {
                if (
                    node.Tag == "iq"
                    && node["type"] is "get" or "set"
                    && Answer(node) is { } answer
                )
                    await link.SendAsync(answer, _stop.Token);
                else if (node.Tag != "iq")
                    await React(link, node);
            }
            await link.CloseAsync();
        }
        catch (Exception e) when (e is IOException or NoiseException or OperationCanceledException)
        {
            // The client went away, or did not like what it got: its side of the test shows it.
            await wire.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_serving);
        foreach (var link in Links)
            link.Dispose();
        _stop.Dispose();
    }
}
