using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Client;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.PreKeys;
using WaOperator.WhatsApp.Receiving;
using WaOperator.WhatsApp.Sending;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Timing;

namespace WaOperator.WhatsApp.Client;

/// <summary>All that a connection needs for messages. Made with the first one, so that idle sessions cost nothing for it.</summary>
internal sealed class Messenger : WheelEntry, IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly Session _session;
    private readonly Committer _committer;
    private readonly RecordCache _cache;
    private readonly InFlight _inFlight;
    private readonly Receiver _receiver;
    private readonly Sender _sender;
    private readonly Resender _resender;
    private readonly GroupDirectory _groups;
    private int _used;

    public Messenger(Session session, IMessageStore store, PreKeyKeeper preKeys)
    {
        _session = session;
        var committer = _committer = new Committer(session, store);
        _cache = new RecordCache(session, store);
        var lids = new LidMap(session, _cache, committer);
        var directory = new DeviceDirectory(session, _cache, committer, lids);
        var ratchets = new Ratchets(session, _cache, lids);
        _groups = new GroupDirectory(session, lids, directory);
        var late = new LateDevices(session, directory, _groups, ratchets, lids, committer);
        _inFlight = new InFlight(session, committer, late);
        var dispatch = new Dispatch(session, committer, _inFlight);
        var fanout = new Fanout(session, directory, ratchets, dispatch, lids);
        var groupFanout = new GroupFanout(session, _groups, ratchets, lids, dispatch);
        _sender = new Sender(session, fanout, groupFanout, _inFlight, committer);
        _resender = new Resender(session, store, lids, ratchets, _groups, committer);
        _receiver = new Receiver(
            session,
            store,
            lids,
            committer,
            new MessageReader(session, ratchets, committer),
            new Retries(session, preKeys),
            new ReceiptBook(session, lids, committer, _resender),
            new Notices(session, _cache, lids, directory, _groups, committer)
        );
        session.Arm(this, Idle);
    }

    /// <summary>About how many bytes its records take in memory; few a minute after the last message.</summary>
    public long HeldBytes => _cache.HeldBytes;

    /// <summary>Takes a message, receipt, notification or call.</summary>
    public ValueTask PostAsync(BinaryNode stanza)
    {
        Volatile.Write(ref _used, 1);
        return _receiver.PostAsync(stanza);
    }

    /// <summary>The server's answer to a message of ours.</summary>
    public void Acked(BinaryNode ack) => _inFlight.Acked(ack);

    public SendTicket Send(OutgoingMessage message)
    {
        Volatile.Write(ref _used, 1);
        return _sender.Send(message);
    }

    /// <summary>A group has other members than before.</summary>
    public void GroupChanged(Jid group) => _groups.Forget(group.Account);

    /// <summary>Sends again what the server has not answered, byte for byte and in order.</summary>
    public async Task ResumeAsync(IReadOnlyList<OutboundMessage> unacked)
    {
        foreach (var message in unacked)
        {
            if (message.Stanza is not { } stanza)
                continue;
            _inFlight.AddOld(message with { Stanza = null });
            await _session.SendEncodedAsync(stanza);
        }
    }

    /// <summary>The connection is being closed: what is known becomes durable at once.</summary>
    public void Hurry() => _committer.Hurry();

    /// <summary>Nothing goes out any more; who waits for it is told.</summary>
    public void Stop()
    {
        _session.Disarm(this);
        _sender.Stop();
        _inFlight.Dispose();
    }

    public void Dispose()
    {
        Stop();
        _resender.Dispose();
        _cache.Dispose();
    }

    /// <summary>Whoever has been quiet keeps nothing in memory that can be read again.</summary>
    protected internal override void Due()
    {
        if (Interlocked.Exchange(ref _used, 0) == 0)
            _cache.Trim();
        _session.Arm(this, Idle);
    }
}
