using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using WaOperator.Samples.Tests.World;

namespace WaOperator.Samples.Tests.Alerts;

/// <summary>A tenant's webhook, the sample behind it, and the channel that it posts to. Times are scaled down.</summary>
public sealed class AlertsWorld : IAsyncLifetime
{
    private readonly string _secret = SamplesWorld.NewSecret();
    private string _database = "";
    private int _ids;

    internal SamplesWorld World { get; private set; } = null!;

    internal Channel Channel { get; private set; } = null!;

    internal SampleProcess Sample { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        World = await SamplesWorld.StartAsync();
        Channel = await Channel.StartAsync();
        _database = await World.NewDatabaseAsync();
        await StartAsync();
        await World.WebhookAsync(
            new(World.Ingress.Address, "/events"),
            _secret,
            ["session.*", "limit.reached", "broadcast.progress"]
        );
    }

    public async Task DisposeAsync()
    {
        if (Sample is not null)
            await Sample.DisposeAsync();
        if (Channel is not null)
            await Channel.DisposeAsync();
        if (World is not null)
            await World.DisposeAsync();
    }

    /// <summary>Kills the sample, as a crash does, and starts it on what it had stored.</summary>
    internal async Task AgainAsync()
    {
        World.Ingress.Target = null;
        await Sample.KillAsync();
        await Sample.DisposeAsync();
        await StartAsync();
    }

    /// <summary>The id of another event.</summary>
    internal string NewId() =>
        string.Create(CultureInfo.InvariantCulture, $"evt_ff_{Interlocked.Increment(ref _ids)}");

    /// <summary>Posts an event as the product does.</summary>
    /// <returns>The status of the answer.</returns>
    internal async Task<int> PostAsync(
        string type,
        string session,
        object data,
        string? id = null,
        string? secret = null
    )
    {
        id ??= NewId();
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                specversion = "1.0",
                id,
                type,
                tenant = "acme",
                session,
                sequence = id[(id.LastIndexOf('_') + 1)..],
                data,
            }
        );
        var timestamp = TimeProvider
            .System.GetUtcNow()
            .ToUnixTimeSeconds()
            .ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var key = Convert.FromBase64String((secret ?? _secret)["whsec_".Length..]);
        return await World.Ingress.RepeatAsync(
            new(
                "POST",
                "/events",
                new Dictionary<string, string>
                {
                    ["Content-Type"] = "application/json",
                    ["webhook-id"] = id,
                    ["webhook-timestamp"] = timestamp,
                    // That of a secret which is rotated out stands beside it.
                    ["webhook-signature"] =
                        $"v1,AAAA v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}",
                },
                body,
                Status: 0
            )
        );
    }

    private async Task StartAsync()
    {
        Sample = await SampleProcess.StartAsync(
            "Alerts",
            new Dictionary<string, string>
            {
                ["Alerts__Database"] = _database,
                ["Alerts__WebhookSecrets__0"] = _secret,
                ["Alerts__NotifyUrl"] = Channel.Address.ToString(),
                ["Alerts__DisconnectedAfter"] = "00:00:03",
                ["Alerts__WellAfter"] = "00:00:02",
            }
        );
        World.Ingress.Target = Sample.Address;
    }
}
