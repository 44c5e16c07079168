using System.Globalization;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.PreKeys;

namespace WaOperator.WhatsApp.Login;

/// <summary>From the server's success to a ready connection, and what the server says about the connection later.</summary>
internal sealed partial class LoginFlow(
    IStanzaLink link,
    IConnection connection,
    Vault vault,
    EventPump events,
    PreKeyKeeper preKeys,
    OwnPresence presence,
    Func<Task> resumeSending,
    DeviceOptions device,
    WhatsAppRuntime runtime,
    ILogger logger
)
{
    private const int OfflineBatch = 100;
    private const int MaxRoutingInfo = 4096;

    private readonly TaskCompletionSource _loggedIn = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly TaskCompletionSource<int> _offline = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    /// <summary>Completes with the server's success.</summary>
    public Task LoggedIn => _loggedIn.Task;

    /// <summary>The server accepted the login.</summary>
    public async ValueTask SucceededAsync(BinaryNode success)
    {
        var credentials = vault.Credentials;
        if (credentials.Me is not { } me || _loggedIn.Task.IsCompleted)
            throw new BinaryFormatException("The server reports a login that was not under way.");
        if (Jid.TryParse(success["lid"], out var lid) && lid.IsLid && lid != credentials.Lid)
            await vault.UpdateAsync(old => old with { Lid = lid });
        _loggedIn.TrySetResult();
        events.Raise(new LoggedIn(me, vault.Credentials.Lid));
        connection.Run(PrepareAsync);
    }

    /// <summary>The server says something about the connection.</summary>
    public async ValueTask InformedAsync(BinaryNode ib)
    {
        foreach (var child in ib.Children)
        {
            switch (child.Tag)
            {
                case "offline_preview":
                    await link.SendAsync(Stanzas.OfflineBatch(OfflineBatch));
                    break;
                case "offline":
                    _offline.TrySetResult(Number(child["count"]) ?? 0);
                    break;
                case "edge_routing"
                    when child.Child("routing_info")?.Bytes
                        is { Length: > 0 and <= MaxRoutingInfo } routing:
                    await KeepRoutingAsync(routing);
                    break;
                case "dirty":
                    connection.Run(() =>
                        TryAsync(
                            Stanzas.CleanDirty(child["type"], child["timestamp"]),
                            "to clean a dirty bit"
                        )
                    );
                    break;
                case "downgrade_webclient":
                    connection.End(
                        new(
                            DisconnectKind.MultideviceMismatch,
                            411,
                            "The account does not take part in multi-device."
                        )
                    );
                    break;
            }
        }
    }

    private async Task PrepareAsync()
    {
        await preKeys.CheckAsync();
        await link.QueryAsync(Stanzas.Active(), "to make the device active");
        await resumeSending();
        await preKeys.CheckDigestAsync();
        connection.Run(KeepPropsAsync);
        connection.Run(() => TryAsync(Stanzas.Blocklist(), "the block list"));
        connection.Run(() => TryAsync(Stanzas.Privacy(), "the privacy settings"));
        if (device.Presence != PresenceAtLogin.None)
        {
            var type = device.Presence == PresenceAtLogin.Available ? "available" : "unavailable";
            presence.IsAvailable = device.Presence == PresenceAtLogin.Available;
            await link.SendAsync(Stanzas.Presence(type, vault.Credentials.PushName));
        }
        await link.SendAsync(Stanzas.UnifiedSession(runtime.Time.GetUtcNow()));
        events.Raise(new Connected(await WaitForOfflineAsync()));
    }

    private async Task<int?> WaitForOfflineAsync()
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(connection.Ended);
        var timeout = runtime.Wheel.DelayAsync(runtime.Options.OfflineTimeout, waiting.Token);
        await Task.WhenAny(_offline.Task, timeout);
        await waiting.CancelAsync();
        connection.Ended.ThrowIfCancellationRequested();
        return _offline.Task.IsCompletedSuccessfully ? await _offline.Task : null;
    }

    private async Task KeepRoutingAsync(byte[] routing)
    {
        if (!routing.AsSpan().SequenceEqual(vault.Credentials.RoutingInfo))
            await vault.UpdateAsync(old => old with { RoutingInfo = routing });
    }

    private async Task KeepPropsAsync()
    {
        var answer = await TryAsync(
            Stanzas.Props(vault.Credentials.LastPropHash),
            "the server properties"
        );
        if (
            answer?.Child("props")?["hash"] is { Length: > 0 and < 256 } hash
            && hash != vault.Credentials.LastPropHash
        )
            await vault.UpdateAsync(old => old with { LastPropHash = hash });
    }

    /// <summary>Asks for something that the connection can do without.</summary>
    private async Task<BinaryNode?> TryAsync(BinaryNode query, string what)
    {
        try
        {
            return await link.QueryAsync(query, what);
        }
        catch (Exception e) when (e is QueryRefusedException or TimeoutException)
        {
            Log.DoWithout(logger, e.Message);
            return null;
        }
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.LoginFlowDoWithout,
            Level = LogLevel.Warning,
            Message = "Continuing without an answer. {Reason}"
        )]
        public static partial void DoWithout(ILogger logger, string reason);
    }
}
