using System.Globalization;
using System.Security.Cryptography;
using WaOperator.Benchmarks.Api.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Webhooks.World;

/// <summary>A tenant with paired sessions and a webhook.</summary>
internal sealed record HookTenant(
    long Id,
    string Name,
    Hook Hook,
    WebhookSettings Settings,
    IReadOnlyList<ApiSession> Sessions
);

/// <summary>A pod that may post to endpoints of this machine, and tenants whose events they get.</summary>
internal sealed class HookStage : IAsyncDisposable
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);
    private readonly BenchWorld _world;
    private readonly HookReceiver _receiver;
    private readonly Dictionary<string, Hook> _hooks;
    private int _generation;

    private HookStage(BenchWorld world, HookReceiver receiver, Dictionary<string, Hook> hooks)
    {
        (_world, _receiver, _hooks) = (world, receiver, hooks);
        Pod = PodProcess.Start(
            [world.Pod],
            world,
            settings: new Dictionary<string, string>
            {
                ["WA__Egress__AllowedNetworks"] = "127.0.0.0/8",
                ["WA__Egress__Ports"] = receiver.Port.ToString(CultureInfo.InvariantCulture),
                ["WA__Egress__CaFile"] = receiver.CaFile,
            }
        );
        Api = new(Pod.ApiPort);
    }

    public PodProcess Pod { get; }

    public ApiCaller Api { get; }

    public List<HookTenant> Tenants { get; } = [];

    /// <summary>Where a tenant's events are posted to.</summary>
    public string AddressOf(HookTenant tenant) => $"{_receiver.Address}/{tenant.Name}";

    /// <summary>Certificate authority of the endpoints.</summary>
    public string CaFile => _receiver.CaFile;

    /// <summary>Starts it with tenants of so many sessions each. Their webhooks are paused.</summary>
    public static async Task<HookStage> StartAsync(Setup setup, params int[] sessions)
    {
        var hooks = new Dictionary<string, Hook>();
        var names = sessions.Select((_, i) => $"h{i}-{setup.World.NewPhone()}").ToList();
        foreach (var name in names)
            hooks[name] = new();
        var stage = new HookStage(
            setup.World,
            await HookReceiver.StartAsync(setup.World.Folder, hooks),
            hooks
        );
        foreach (var (name, count) in names.Zip(sessions))
            await stage.AddAsync(name, count);
        return stage;
    }

    /// <summary>Changes a tenant's webhook.</summary>
    public Task SetAsync(HookTenant tenant, Func<WebhookSettings, WebhookSettings> change) =>
        _world.PutWebhookAsync(
            tenant.Name,
            tenant.Id,
            Interlocked.Increment(ref _generation),
            change(tenant.Settings),
            Secret
        );

    /// <summary>Makes more webhooks of a tenant, which post to the same endpoint.</summary>
    public async Task AddWebhooksAsync(
        HookTenant tenant,
        int count,
        Func<WebhookSettings, WebhookSettings> change
    )
    {
        for (var i = 0; i < count; i++)
            await _world.PutWebhookAsync(
                string.Create(CultureInfo.InvariantCulture, $"{tenant.Name}-{i}"),
                tenant.Id,
                Interlocked.Increment(ref _generation),
                change(tenant.Settings),
                Secret
            );
    }

    /// <summary>Sends texts, so many at once, each an event once the server has it.</summary>
    public async Task SendAsync(HookTenant tenant, string to, int count)
    {
        var next = 0;
        await Task.WhenAll(
            tenant.Sessions.Select(async session =>
            {
                while (Interlocked.Increment(ref next) <= count)
                    await Api.SendAsync(session, to, "hello");
            })
        );
    }

    /// <summary>Waits until a tenant's endpoint has so many events.</summary>
    /// <exception cref="TimeoutException">Some were lost.</exception>
    public static Task ArrivedAsync(HookTenant tenant, int count, TimeSpan limit) =>
        Eventually.True(
            $"{count} events of {tenant.Name} have arrived; {tenant.Hook.Taken} had",
            () => tenant.Hook.Taken >= count,
            limit
        );

    public async ValueTask DisposeAsync()
    {
        await _world.PlaceAsync(
            Tenants.SelectMany(t => t.Sessions).Select(s => s.Session),
            placed: false
        );
        Api.Dispose();
        await Pod.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    private async Task AddAsync(string name, int count)
    {
        var key = $"bench-api-key-of-{name}";
        var id = await _world.AddTenantAsync(name, key);
        var sessions = await _world.DeclareAsync(count, id);
        await _world.PlaceAsync(sessions);
        await _world.PairAsync(sessions, Pod);
        var tenant = new HookTenant(
            id,
            name,
            _hooks[name],
            new()
            {
                Url = $"{_receiver.Address}/{name}",
                Events = ["message.sent"],
                MaxInFlight = 32,
                Paused = true,
            },
            [.. sessions.Select(s => new ApiSession(s, key))]
        );
        Tenants.Add(tenant);
        await SetAsync(tenant, s => s);
    }
}
