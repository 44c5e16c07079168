using System.Globalization;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Timing;

namespace WaOperator.WhatsApp.Sending;

/// <summary>A device asks for messages of ours again.</summary>
/// <param name="Stanza">The retry receipt.</param>
/// <param name="Sender">The device.</param>
/// <param name="FromMe">Whether it is one of our own.</param>
/// <param name="Ids">The messages.</param>
internal sealed record ResendRequest(
    BinaryNode Stanza,
    Jid Sender,
    bool FromMe,
    IReadOnlyList<string> Ids
);

/// <summary>
/// Answers devices that could not read a message of ours: encrypts what was kept of it for that device alone, in a new session where
/// the old one may be the reason. At most five times, and only for those who were to get the message.
/// </summary>
internal sealed partial class Resender(
    IStanzaLink link,
    ILifetime life,
    Task ready,
    Vault vault,
    IMessageStore store,
    LidMap lids,
    Ratchets ratchets,
    Audiences audiences,
    Committer committer,
    TimeProvider time,
    ILogger logger
) : IDisposable
{
    private const int MaxCount = 5;
    private const int MaxRemembered = 1000;

    /// <summary>Messages that one account may be sent again: a long backlog at once, then two a second.</summary>
    internal const int Burst = 600;
    private const int PerSecond = 2;
    private const int MaxAtOnce = 16;
    private const int MaxWaiting = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<(Jid Device, string Id), int> _counts = [];
    private readonly Queue<(Jid Device, string Id)> _counted = new();
    private readonly Dictionary<Jid, TokenBucket> _accounts = [];
    private int _waiting;
    private readonly SemaphoreSlim _turns = new(MaxAtOnce, MaxAtOnce);

    /// <summary>Takes a retry receipt. It is acknowledged when the message is on its way, or will not be sent.</summary>
    public void Post(ResendRequest request)
    {
        // Beyond that they are not acknowledged: the server brings them again with the next login.
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
            Interlocked.Decrement(ref _waiting);
        else
            life.Run(() => AnswerAsync(request));
    }

    public void Dispose() => _turns.Dispose();

    private async Task AnswerAsync(ResendRequest request)
    {
        await _turns.WaitAsync(life.Ended);
        try
        {
            await ready.WaitAsync(life.Ended);
            foreach (var id in request.Ids)
                await ResendAsync(request, id);
        }
        catch (Exception e)
            when (e is QueryRefusedException or TimeoutException or RefusedSendException)
        {
            Log.NotResent(logger, e.Message);
        }
        finally
        {
            _turns.Release();
            Interlocked.Decrement(ref _waiting);
        }
        if (Stanzas.Ack(request.Stanza) is { } ack)
            await link.SendAsync(ack);
    }

    private async Task ResendAsync(ResendRequest request, string id)
    {
        var device = await lids.CanonicalAsync(request.Sender with { Agent = 0 });
        if (await FindAsync(id) is not { } message)
            return;
        if (
            !Jid.TryParse(message.Chat, out var chat)
            || !await MayReadAsync(message, chat, request, device)
        )
        {
            Log.NotResent(logger, "The device that asks was not to get the message.");
            return;
        }
        // Counted last: what is asked in vain pushes nothing out of memory.
        var count = Count(request.Stanza, device, id);
        if (count > MaxCount)
            return;
        if (!MayAsk(device.Account))
        {
            Log.NotResent(logger, "Its account has asked for too many of late.");
            return;
        }
        var self = await lids.CanonicalAsync(vault.Credentials.Me!.Value);
        using var pin = await ratchets.PinAsync(
            [device],
            chat.IsGroup ? [RecordNames.SenderKey(chat, self)] : []
        );
        // A session that the device never answered is one that it may not have: its one-time prekey is used up, and the same
        // session would fail again.
        var restart = count > 1 || pin[0].Session?.IsUnacknowledged == true;
        var byLid = request.Sender.IsLid;
        var bundle = request.Stanza.Child("keys") is { } keys
            ? BundleStanzas.Read(keys, request.Stanza.Child("registration")?.Bytes)
            : null;
        if (bundle is not null)
            bundle = bundle with
            {
                ByLid = byLid,
                Phone = await ratchets.PhoneOfAsync(request.Sender),
            };
        restart |= bundle is not null;
        if (bundle is null && (restart || pin[0].Session?.CanSendTo(byLid) != true))
        {
            var bundles = await ratchets.FetchAsync([request.Sender with { Agent = 0 }]);
            bundle = bundles.Values.FirstOrDefault();
        }
        var content =
            request.FromMe && !chat.IsShared
                ? MessageParts.ForOwnDevices(message.Chat, message.Content)
                : message.Content;
        Slots.Locked(
            pin.Slots,
            () =>
            {
                var step = new Step();
                // Not that of statuses: the one of today may be for others.
                if (chat.IsGroup && GroupFanout.Distribution(chat, pin[1]) is { } key)
                    content = [.. content, .. key];
                var padded = MessagePadding.Pad(content);
                if (
                    ratchets.Encrypt(step, pin[0], bundle, padded, byLid, restart)
                    is not { } encrypted
                )
                    return;
                var node = MessageStanzas.Resend(
                    id,
                    chat.IsShared ? chat : request.Sender,
                    chat.IsShared ? request.Sender : null,
                    Sealed.Of(request.Sender, encrypted),
                    count,
                    vault.Credentials.Account!,
                    TraitsOf(message.Content)
                );
                if (request.FromMe && !chat.IsShared)
                    node["recipient"] = message.Chat;
                step.Then = async () => await link.SendAsync(node);
                committer.Enqueue(step);
            }
        );
    }

    /// <summary>Only the devices of the chat, and our own, are given what was said in it.</summary>
    private async ValueTask<bool> MayReadAsync(
        OutboundMessage message,
        Jid chat,
        ResendRequest request,
        Jid device
    )
    {
        if (request.FromMe)
            return true;
        if (chat.IsStatus)
            return await IsViewerAsync(message.Audience ?? [], request.Sender.Account, device);
        if (chat.IsGroup)
            return (await audiences.FindAsync(chat.Account, null)).Accounts.Contains(
                device.Account
            );
        return await lids.CanonicalAsync(chat.Account) == device.Account;
    }

    private async ValueTask<bool> IsViewerAsync(
        IReadOnlyList<string> audience,
        Jid sender,
        Jid device
    )
    {
        // Nearly always it asks by the address under which it was shown the status.
        if (audience.Contains(sender.ToString()) || audience.Contains(device.Account.ToString()))
            return true;
        Jid[] viewers = [.. audience.Select(Jid.Parse)];
        using var names = await lids.PrefetchAsync(viewers);
        foreach (var viewer in viewers)
            if (await lids.CanonicalAsync(viewer) == device.Account)
                return true;
        return false;
    }

    /// <summary>Which time it is, by what the device says and by what we remember.</summary>
    private int Count(BinaryNode stanza, Jid device, string id)
    {
        var said = int.TryParse(
            stanza.Child("retry")?["count"],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : 1;
        lock (_lock)
        {
            var known = _counts.TryGetValue((device, id), out var before);
            var count = Math.Max(said, before + 1);
            _counts[(device, id)] = count;
            if (!known)
                _counted.Enqueue((device, id));
            if (_counted.Count > MaxRemembered)
                _counts.Remove(_counted.Dequeue());
            return count;
        }
    }

    private bool MayAsk(Jid account)
    {
        lock (_lock)
        {
            if (!_accounts.TryGetValue(account, out var bucket))
            {
                foreach (var (other, old) in _accounts)
                {
                    if (old.IsFull)
                        _accounts.Remove(other);
                }
                bucket = _accounts[account] = new(Burst, PerSecond, time);
            }
            if (!bucket.Has(1))
                return false;
            bucket.Take(1);
            return true;
        }
    }

    /// <summary>What a message's stanza says about its content.</summary>
    internal static StanzaTraits TraitsOf(byte[] content)
    {
        try
        {
            return MessageContent.FromBytes(content).Traits;
        }
        catch (FormatException)
        {
            // What the caller gave need not be known here: it goes as what most messages are.
            return new("text", null, null, false, null);
        }
    }

    private async Task<OutboundMessage?> FindAsync(string id)
    {
        try
        {
            return await store.FindOutboundAsync(id, life.Ended);
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !life.Ended.IsCancellationRequested)
        {
            throw new StoreFailedException(e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.ResenderNotResent,
            Level = LogLevel.Warning,
            Message = "A message is not sent again. {Reason}"
        )]
        public static partial void NotResent(ILogger logger, string reason);
    }
}
