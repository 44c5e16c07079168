using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Sending;

/// <summary>
/// When the server says that a message was not for all devices that it should have been for, asks which there are now and sends it to
/// those that it missed. Of one chat at most once a minute, and after a question that showed no other device once in ten: a server that
/// counts otherwise than we do, as it does where a device is not believed, must not cost a question with each message.
/// </summary>
internal sealed partial class LateDevices(
    IStanzaLink link,
    ILifetime life,
    Vault vault,
    DeviceDirectory directory,
    Audiences audiences,
    Ratchets ratchets,
    LidMap lids,
    Committer committer,
    TimeProvider time,
    ILogger logger
)
{
    private const int MaxRemembered = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseInVain = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _asked = new(StringComparer.Ordinal);

    /// <summary>The server has another list of devices.</summary>
    /// <param name="message">The message.</param>
    /// <param name="reached">The devices that it was encrypted for, and the sending one, as they stood in the stanza.</param>
    public void Missed(OutboundMessage message, IReadOnlyList<Jid> reached)
    {
        if (Jid.TryParse(message.Chat, out var chat) && MayAsk(About(message, chat)))
            life.Run(() => SendAsync(message, chat.Account, reached));
    }

    /// <summary>What was asked for counts for all messages of a chat, and of a status for itself: the next one is shown to others.</summary>
    private static string About(OutboundMessage message, Jid chat) =>
        chat.IsStatus ? message.Id : chat.Account.ToString();

    private bool MayAsk(string about)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (_asked.TryGetValue(about, out var last) && time.GetElapsedTime(last) < Pause)
                return false;
            if (_asked.Count >= MaxRemembered)
                _asked.Clear();
            _asked[about] = now;
            return true;
        }
    }

    private void AskedInVain(string about)
    {
        var longer = (PauseInVain - Pause).TotalSeconds * time.TimestampFrequency;
        lock (_lock)
            if (_asked.TryGetValue(about, out var last))
                _asked[about] = last + (long)longer;
    }

    private async Task SendAsync(OutboundMessage message, Jid chat, IReadOnlyList<Jid> reached)
    {
        try
        {
            var targets = chat.IsShared
                ? await FindMembersAsync(chat, message.Audience)
                : await FindPeersAsync(chat, reached[0].IsLid);
            targets.RemoveAll(target => reached.Contains(target.Wire));
            if (targets.Count == 0)
                AskedInVain(About(message, chat));
            foreach (var target in targets)
                await SendAsync(message, chat, target);
        }
        catch (Exception e)
            when (e is QueryRefusedException or TimeoutException or RefusedSendException)
        {
            Log.NotFound(logger, e.Message);
        }
    }

    private async Task<List<Target>> FindMembersAsync(Jid chat, IReadOnlyList<string>? viewers)
    {
        var audience = await audiences.FindAsync(chat, viewers, refresh: true);
        return
        [
            .. audience.Devices.Select(device => new Target(device.Wire, device.Address, false)),
        ];
    }

    private async Task<List<Target>> FindPeersAsync(Jid chat, bool byLid)
    {
        var me = vault.Credentials.Me!.Value;
        var accounts = await directory.FindAsync(
            lids.IsMe(chat) ? [me.Account] : [chat, me.Account],
            refresh: true
        );
        return Target.Of(accounts[0], accounts[^1], byLid, me.Device);
    }

    private async Task SendAsync(OutboundMessage message, Jid chat, Target target)
    {
        var self = await lids.CanonicalAsync(vault.Credentials.Me!.Value);
        using var pin = await ratchets.PinAsync(
            [target.Address],
            chat.IsGroup ? [RecordNames.SenderKey(chat, self)] : []
        );
        var bundle =
            pin[0].Session?.CanSendTo(target.Wire.IsLid) == true
                ? null
                : (await ratchets.FetchAsync([target.Wire])).GetValueOrDefault(target.Wire);
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step();
                var content = target.IsOwn
                    ? MessageParts.ForOwnDevices(message.Chat, message.Content)
                    : message.Content;
                // Not that of statuses: the one of today may be for others.
                if (chat.IsGroup && GroupFanout.Distribution(chat, pin[1]) is { } key)
                    content = [.. content, .. key];
                var padded = MessagePadding.Pad(content);
                if (
                    ratchets.Encrypt(step, pin[0], bundle, padded, target.Wire.IsLid)
                    is not { } encrypted
                )
                    return;
                var node = MessageStanzas.Resend(
                    message.Id,
                    chat.IsShared ? chat : target.Wire,
                    chat.IsShared ? target.Wire : null,
                    Sealed.Of(target.Wire, encrypted),
                    null,
                    vault.Credentials.Account!,
                    Resender.TraitsOf(message.Content)
                );
                if (target.IsOwn)
                    node["recipient"] = message.Chat;
                step.Then = async () => await link.SendAsync(node);
                committer.Enqueue(step);
            }
        );
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.LateDevicesNotFound,
            Level = LogLevel.Warning,
            Message = "Devices that a message missed could not be found. {Reason}"
        )]
        public static partial void NotFound(ILogger logger, string reason);
    }
}
