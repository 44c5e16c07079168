using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.Store;
using WaOperator.WhatsApp;

namespace WaOperator.Benchmarks.WhatsApp.Parts;

/// <summary>A client under test: one process with one session or more.</summary>
internal interface ISender : IAsyncDisposable
{
    /// <summary>The first session's phone.</summary>
    string Phone => Phones[0];

    IReadOnlyList<string> Phones { get; }

    int Pid { get; }

    Jid Jid => new(Phone, Jid.PhoneServer);

    /// <summary>Sends texts from several callers at once, each its next one when the client has taken the last. The sessions take turns in having callers.</summary>
    Task SendAsync(Jid to, int count, int callers);

    Task DisconnectAsync();

    Task ConnectAsync();

    /// <summary>Measures sending until all is acked.</summary>
    Task<Load> LoadAsync(BenchWorld world, Jid to, int count, int callers) =>
        Load.OfAsync(
            world,
            Pid,
            count,
            Phones,
            "messagesAcked",
            () => SendAsync(to, count, callers)
        );
}

/// <summary>Sessions of one published pod, through its API.</summary>
internal sealed class OurSender : ISender
{
    private readonly BenchWorld _world;
    private readonly PodProcess _pod;
    private readonly PodApi _api;
    private readonly IReadOnlyList<BenchSession> _sessions;

    private OurSender(BenchWorld world, PodProcess pod, IReadOnlyList<BenchSession> sessions)
    {
        (_world, _pod, _sessions) = (world, pod, sessions);
        _api = new(pod);
    }

    public IReadOnlyList<string> Phones => [.. _sessions.Select(session => session.Phone)];

    public int Pid => _pod.Pid;

    public static async Task<OurSender> StartAsync(Setup setup, PodProcess pod, int sessions = 1)
    {
        var declared = await setup.World.DeclareAsync(sessions);
        await setup.World.PlaceAsync(declared);
        await setup.World.PairAsync(declared, pod);
        return new(setup.World, pod, declared);
    }

    public Task SendAsync(Jid to, int count, int callers)
    {
        var next = 0;
        return Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(async caller =>
                {
                    var session = _sessions[caller % _sessions.Count];
                    while (Interlocked.Increment(ref next) is var number && number <= count)
                        await _api.SendAsync(session, to.ToString(), $"message {number}");
                })
        );
    }

    public async Task DisconnectAsync()
    {
        foreach (var session in _sessions)
            await _world.WantAsync(session, DesiredState.Stopped);
        await Testing.Eventually.True("the sessions are stopped", AreGoneAsync);
    }

    public async Task ConnectAsync()
    {
        foreach (var session in _sessions)
            await _world.WantAsync(session, DesiredState.Active);
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        await _world.PlaceAsync(_sessions, placed: false);
        await _pod.DisposeAsync();
    }

    private async Task<bool> AreGoneAsync()
    {
        foreach (var phone in Phones)
            if (await _world.Simulator.IsConnectedAsync(phone))
                return false;
        return true;
    }
}

/// <summary>Baileys sockets in a process of their own.</summary>
internal sealed class TheirSender : ISender
{
    private readonly BaileysProcess _baileys;
    private readonly IReadOnlyList<(string Folder, string Phone)> _states;
    private readonly string _auth;

    private TheirSender(
        BaileysProcess baileys,
        IReadOnlyList<(string Folder, string Phone)> states,
        string auth
    ) => (_baileys, _states, _auth) = (baileys, states, auth);

    public IReadOnlyList<string> Phones => [.. _states.Select(state => state.Phone)];

    public int Pid => _baileys.Pid;

    public static async Task<TheirSender> StartAsync(
        Setup setup,
        WhatsAppRuntime runtime,
        string auth,
        int sockets = 1
    )
    {
        var states = new List<(string, string)>();
        for (var i = 0; i < sockets; i++)
            states.Add(await BaileysProcess.DeviceAsync(runtime, setup.World));
        var sender = new TheirSender(
            BaileysProcess.Start(setup.Options, setup.World.Simulator),
            states,
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

    public async Task DisconnectAsync()
    {
        foreach (var _ in _states)
            await _baileys.RunAsync(new { cmd = "close" });
    }

    public async Task ConnectAsync()
    {
        foreach (var (folder, _) in _states)
            await _baileys.RunAsync(
                new
                {
                    cmd = "open",
                    state = folder,
                    auth = _auth,
                }
            );
    }

    public async ValueTask DisposeAsync() => await _baileys.DisposeAsync();
}
