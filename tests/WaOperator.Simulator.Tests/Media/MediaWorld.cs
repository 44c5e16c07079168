using System.Security.Cryptography;
using System.Threading.Channels;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Media;

namespace WaOperator.Simulator.Tests.Media;

/// <summary>A simulator with TLS, as media hosts have it, and our own client logged in to it.</summary>
internal sealed class MediaWorld : IAsyncDisposable
{
    public const string Number = "491511111111";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder;
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryStore _store = new();
    private Task<Disconnect> _end = null!;

    private MediaWorld(
        DirectoryInfo folder,
        Simulation simulation,
        WhatsAppRuntime runtime,
        ProxyAddress? proxy
    )
    {
        _folder = folder;
        Simulation = simulation;
        Runtime = runtime;
        Client = new(
            runtime,
            new()
            {
                FirstPreKeys = 10,
                PreKeyTarget = 10,
                Proxy = proxy,
            },
            _store,
            OpenGate.Instance
        );
    }

    public Simulation Simulation { get; }

    public WhatsAppRuntime Runtime { get; }

    public WhatsAppDevice Client { get; }

    /// <summary>The host that the simulator names by itself.</summary>
    public string Host => Simulation.Host.Url.Authority;

    public static async Task<MediaWorld> StartAsync(
        MediaOptions? media = null,
        ProxyAddress? proxy = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("media-");
        var files = TestCertificates.Write(folder.FullName);
        var simulation = await Simulation.StartAsync(
            Simulation.Options with
            {
                TlsCert = files.Certificate,
                TlsKey = files.Key,
                State = folder.CreateSubdirectory("state").FullName,
            }
        );
        var runtime = new WhatsAppRuntime(
            new()
            {
                Url = simulation.Host.Url,
                RootKey = simulation.Host.Server.RootPublic,
                TlsCaPem = await File.ReadAllTextAsync(files.Authority),
                Media = media ?? new(),
            }
        );
        var world = new MediaWorld(folder, simulation, runtime, proxy);
        await world.LoginAsync();
        return world;
    }

    /// <summary>The stored files.</summary>
    public FileInfo[] Stored =>
        new DirectoryInfo(Path.Combine(_folder.FullName, "state", "media")).GetFiles();

    /// <summary>How the connection ended, waited for.</summary>
    public Task<Disconnect> EndedAsync() => _end.WaitAsync(Limit);

    /// <summary>Connects (again), and waits for how that comes out: true when it is logged in.</summary>
    public async Task<bool> ConnectAsync()
    {
        var connected = new TaskCompletionSource();
        _end = Client.RunAsync(
            e =>
            {
                if (e is Connected)
                    connected.TrySetResult();
                return ValueTask.CompletedTask;
            },
            _stop.Token
        );
        await Task.WhenAny(connected.Task, _end).WaitAsync(Limit);
        return connected.Task.IsCompleted;
    }

    public async Task<MediaReference> UploadAsync(byte[] file, MediaKind kind = MediaKind.Document)
    {
        using var source = new MemoryStream(file);
        return await Client.UploadAsync(kind, source, Cancel());
    }

    public async Task<byte[]> DownloadAsync(MediaReference file)
    {
        using var destination = new MemoryStream();
        await Client.DownloadAsync(file, destination, Cancel());
        return destination.ToArray();
    }

    public Task FailAsync(object fault) => Simulation.PostedAsync("/faults/media", fault);

    public async Task HostsAsync(params string[] hosts)
    {
        using var response = await Simulation.PutAsync("/media/hosts", new { hosts });
        response.EnsureSuccessStatusCode();
    }

    public async Task<long> CountAsync(string what) =>
        (long?)(await Simulation.GetAsync("/stats"))["counts"]![what] ?? 0;

    public static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    public static CancellationToken Cancel() => new CancellationTokenSource(Limit).Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _end;
        _stop.Dispose();
        Runtime.Dispose();
        await Simulation.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task LoginAsync()
    {
        var events = Channel.CreateUnbounded<ClientEvent>();
        var pairing = Client.RunAsync(e => events.Writer.WriteAsync(e), _stop.Token);
        var code = await NextAsync<QrCode>(events);
        await Simulation.PostedAsync($"/phones/{Number}/scan", new { qr = code.Code });
        (await pairing.WaitAsync(Limit)).Kind.ShouldBe(DisconnectKind.RestartRequired);
        (await ConnectAsync()).ShouldBeTrue();
    }

    private static async Task<T> NextAsync<T>(Channel<ClientEvent> events)
        where T : ClientEvent
    {
        await foreach (var next in events.Reader.ReadAllAsync(Cancel()))
        {
            if (next is T wanted)
                return wanted;
        }
        throw new InvalidOperationException($"no {typeof(T).Name} came");
    }
}
