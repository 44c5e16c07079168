using WaOperator.Bench.World;
using WaOperator.Store.Sessions;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Bench.Parts;

/// <summary>A client under test with one session.</summary>
internal interface ISender : IAsyncDisposable
{
    string Phone { get; }

    int Pid { get; }

    Jid Jid => new(Phone, Jid.PhoneServer);

    /// <summary>Sends texts from several callers at once, each its next one when the client has taken the last.</summary>
    Task SendAsync(Jid to, int count, int callers);

    Task DisconnectAsync();

    Task ConnectAsync();

    /// <summary>Measures sending until all is acked.</summary>
    Task<Load> LoadAsync(Jid to, int count, int callers);
}

/// <summary>One session of the published pod, through its API.</summary>
internal sealed class OurSender : ISender
{
    private readonly BenchWorld _world;
    private readonly PodProcess _pod;
    private readonly PodApi _api;
    private readonly BenchSession _session;

    private OurSender(BenchWorld world, PodProcess pod, BenchSession session)
    {
        (_world, _pod, _session) = (world, pod, session);
        _api = new(pod);
    }

    public string Phone => _session.Phone;

    public int Pid => _pod.Pid;

    public PodProcess Pod => _pod;

    public static Task<OurSender> StartAsync(Setup setup) => StartAsync(setup, setup.StartPod());

    public static async Task<OurSender> StartAsync(Setup setup, PodProcess pod)
    {
        var session = (await setup.World.DeclareAsync(1))[0];
        await setup.World.PlaceAsync([session]);
        await setup.World.PairAsync([session], pod);
        return new(setup.World, pod, session);
    }

    public Task SendAsync(Jid to, int count, int callers)
    {
        var next = 0;
        return Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(async _ =>
                {
                    while (Interlocked.Increment(ref next) is var number && number <= count)
                        await _api.SendAsync(_session, to.ToString(), $"message {number}");
                })
        );
    }

    public async Task DisconnectAsync()
    {
        await _world.WantAsync(_session, DesiredState.Stopped);
        await Testing.Eventually.True(
            "the session is stopped",
            async () => !await IsConnectedAsync()
        );
    }

    public Task ConnectAsync() => _world.WantAsync(_session, DesiredState.Active);

    public Task<Load> LoadAsync(Jid to, int count, int callers) =>
        Load.OfAsync(
            _world,
            Pid,
            count,
            ([Phone], "messagesAcked"),
            () => SendAsync(to, count, callers)
        );

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _world.PlaceAsync([_session], placed: false);
        await _pod.DisposeAsync();
    }

    private async Task<bool> IsConnectedAsync() =>
        (bool)
            (await _world.Simulator.GetAsync($"/sessions?number={Phone}")).AsArray().Single()![
                "connected"
            ]!;
}

/// <summary>One Baileys socket in a process of its own.</summary>
internal sealed class TheirSender : ISender
{
    private readonly BenchWorld _world;
    private readonly BaileysProcess _baileys;
    private readonly (string Folder, string Auth) _state;

    private TheirSender(
        BenchWorld world,
        BaileysProcess baileys,
        string phone,
        string folder,
        string auth
    ) => (_world, _baileys, Phone, _state) = (world, baileys, phone, (folder, auth));

    public string Phone { get; }

    public int Pid => _baileys.Pid;

    public static async Task<TheirSender> StartAsync(
        Setup setup,
        WhatsAppRuntime runtime,
        string auth
    )
    {
        var (folder, phone) = await BaileysProcess.DeviceAsync(runtime, setup.World);
        var sender = new TheirSender(
            setup.World,
            BaileysProcess.Start(setup.Options, setup.World.Simulator),
            phone,
            folder,
            auth
        );
        await sender.ConnectAsync();
        return sender;
    }

    public Task SendAsync(Jid to, int count, int callers) =>
        _baileys.RunAsync(
            new
            {
                cmd = "blast",
                to = to.ToString(),
                count,
                callers,
            }
        );

    public Task DisconnectAsync() => _baileys.RunAsync(new { cmd = "close" });

    public Task ConnectAsync() =>
        _baileys.RunAsync(
            new
            {
                cmd = "open",
                state = _state.Folder,
                auth = _state.Auth,
            }
        );

    public Task<Load> LoadAsync(Jid to, int count, int callers) =>
        Load.OfAsync(
            _world,
            Pid,
            count,
            ([Phone], "messagesAcked"),
            () => SendAsync(to, count, callers)
        );

    public async ValueTask DisposeAsync() => await _baileys.DisposeAsync();
}
