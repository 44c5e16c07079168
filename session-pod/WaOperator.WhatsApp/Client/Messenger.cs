using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Calls;
using WaOperator.WhatsApp.Client;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.PreKeys;
using WaOperator.WhatsApp.Receiving;
using WaOperator.WhatsApp.Sending;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Syncing;
using WaOperator.WhatsApp.Timing;

namespace WaOperator.WhatsApp.Client;

/// <summary>All that a connection needs for messages. Made with the first one, so that idle sessions cost nothing for it.</summary>
internal sealed class Messenger : WheelEntry, IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly IStanzaLink _link;
    private readonly TimerWheel _wheel;
    private readonly Committer _committer;
    private readonly RecordCache _cache;
    private readonly InFlight _inFlight;
    private readonly Receiver _receiver;
    private readonly Sender _sender;
    private readonly Resender _resender;
    private readonly GroupDirectory _groups;
    private readonly StateKeeper _state;
    private readonly HistoryRequests? _history;
    private int _used;

    /// <param name="link">Sends and asks.</param>
    /// <param name="life">The connection's lifetime.</param>
    /// <param name="vault">The device's keys.</param>
    /// <param name="events">Raises events to the owner.</param>
    /// <param name="presence">Whether the account is shown as online.</param>
    /// <param name="store">Keeps the messages.</param>
    /// <param name="preKeys">Makes prekeys for those who ask again.</param>
    /// <param name="media">Loads files of the account's state.</param>
    /// <param name="ready">Completes when new messages may go out.</param>
    /// <param name="history">How much of the account's past is taken.</param>
    /// <param name="runtime">Clock, timer and options.</param>
    /// <param name="gate">Asked before each commit.</param>
    /// <param name="logger">Where to log.</param>
    public Messenger(
        IStanzaLink link,
        ILifetime life,
        Vault vault,
        EventPump events,
        OwnPresence presence,
        IMessageStore store,
        PreKeyKeeper preKeys,
        Func<MediaClient> media,
        Task ready,
        HistoryDepth history,
        WhatsAppRuntime runtime,
        IActGate gate,
        ILogger logger
    )
    {
        var time = runtime.Time;
        (_link, _wheel) = (link, runtime.Wheel);
        var committer = _committer = new(life, gate, store, runtime.Options.Gather, time);
        var cache = _cache = new(store, logger, life.Ended);
        var lids = new LidMap(vault, cache, committer);
        var directory = new DeviceDirectory(link, time, vault, cache, committer, lids, logger);
        var ratchets = new Ratchets(link, vault, cache, lids, time, logger);
        var groups = _groups = new(link, vault, lids, directory, time);
        var audiences = new Audiences(groups, vault, lids, directory, time);
        var late = new LateDevices(
            link,
            life,
            vault,
            directory,
            audiences,
            ratchets,
            lids,
            committer,
            time,
            logger
        );
        _inFlight = new(life, events, committer, late);
        var dispatch = new Dispatch(link, committer, _inFlight);
        var fanout = new Fanout(vault, directory, ratchets, dispatch, lids);
        var groupFanout = new GroupFanout(vault, audiences, ratchets, lids, dispatch);
        _sender = new(life, ready, fanout, groupFanout, _inFlight, committer, time);
        _resender = new(
            link,
            life,
            ready,
            vault,
            store,
            lids,
            ratchets,
            audiences,
            committer,
            time,
            logger
        );
        _state = new(
            link,
            life,
            new AppStateBook(cache, committer),
            new(link, vault, lids, ratchets, committer, time),
            media,
            runtime.Snapshots,
            time,
            logger
        );
        var past =
            history == HistoryDepth.None
                ? null
                : new HistoryKeeper(
                    link,
                    life,
                    vault,
                    new(cache, committer),
                    lids,
                    media,
                    runtime.Histories,
                    time,
                    logger
                );
        _history = past is null ? null : new(link, vault, lids, ratchets, committer);
        Calls = new(link, life, vault, store, lids, committer, time);
        _receiver = new(
            link,
            life,
            presence,
            store,
            lids,
            committer,
            new MessageReader(
                vault,
                ratchets,
                committer,
                time,
                _state.KeysCame,
                past is null ? null : past.NotedAsync
            ),
            new Retries(link, life, vault, preKeys, time),
            new ReceiptBook(link, lids, committer, _resender),
            new Notices(link, vault, ratchets, lids, directory, groups, committer),
            Calls,
            logger
        );
        _wheel.Arm(this, Idle);
        life.Run(async () =>
        {
            await ready.WaitAsync(life.Ended);
            await _state.ResumeAsync();
            if (past is not null)
                await past.ResumeAsync();
        });
    }

    /// <summary>The calls that ring.</summary>
    public CallDesk Calls { get; }

    /// <summary>About how many bytes its records take in memory; few a minute after the last message.</summary>
    public long HeldBytes => _cache.HeldBytes;

    /// <summary>Takes a message, receipt, notification or call.</summary>
    public ValueTask PostAsync(BinaryNode stanza)
    {
        Volatile.Write(ref _used, 1);
        if (stanza.Tag == "notification" && stanza["type"] == "server_sync")
        {
            _state.Notified(stanza);
            return ValueTask.CompletedTask;
        }
        return _receiver.PostAsync(stanza);
    }

    /// <summary>The server's answer to a message of ours.</summary>
    public void Acked(BinaryNode ack) => _inFlight.Acked(ack);

    public SendTicket Send(OutgoingMessage message)
    {
        Volatile.Write(ref _used, 1);
        return _sender.Send(message);
    }

    /// <summary>The account's state.</summary>
    public StateKeeper State
    {
        get
        {
            Volatile.Write(ref _used, 1);
            return _state;
        }
    }

    /// <summary>Asks the phone for older messages; null: no history is taken.</summary>
    public HistoryRequests? History
    {
        get
        {
            Volatile.Write(ref _used, 1);
            return _history;
        }
    }

    /// <summary>A group has other members than before.</summary>
    public void GroupChanged(Jid group) => _groups.Forget(group.Account);

    /// <summary>Groups of a community have other members than before.</summary>
    public void CommunityChanged() => _groups.ForgetAll();

    /// <summary>Sends again what the server has not answered, byte for byte and in order.</summary>
    public async Task ResumeAsync(IReadOnlyList<OutboundMessage> unacked)
    {
        foreach (var message in unacked)
        {
            if (message.Stanza is not { } stanza)
                continue;
            _inFlight.AddOld(message with { Stanza = null });
            await _link.SendEncodedAsync(stanza);
        }
    }

    /// <summary>The connection is being closed: what is known becomes durable at once.</summary>
    public void Hurry() => _committer.Hurry();

    /// <summary>Nothing goes out any more; messages that wait fail.</summary>
    public void Stop()
    {
        _wheel.Disarm(this);
        _sender.Stop();
        _inFlight.Dispose();
    }

    public void Dispose()
    {
        Stop();
        _resender.Dispose();
        _state.Dispose();
        _cache.Dispose();
    }

    /// <summary>A connection that has been quiet keeps nothing in memory that can be read again.</summary>
    protected internal override void Due()
    {
        if (Interlocked.Exchange(ref _used, 0) == 0)
            _cache.Trim();
        _wheel.Arm(this, Idle);
    }
}
