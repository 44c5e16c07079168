using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Calls;

/// <summary>
/// Tells of calls: each that is offered, and each end of those, once, however often the server repeats it. Every stanza of a call is
/// acknowledged when what it brought is durable.
/// </summary>
internal sealed class CallDesk(
    IStanzaLink link,
    ILifetime life,
    Vault vault,
    IMessageStore store,
    LidMap lids,
    Committer committer,
    TimeProvider time
)
{
    private readonly CallBook _book = new();

    /// <summary>What is being told, until it is durable. Guard: itself.</summary>
    private readonly HashSet<MessageKey> _claimed = [];

    /// <summary>Takes a call stanza.</summary>
    public async ValueTask TakeAsync(BinaryNode stanza)
    {
        var step = new Step();
        if (Stanzas.Ack(stanza) is { } ack)
            step.Then = async () => await link.SendAsync(ack);
        switch (CallStanzas.Read(stanza))
        {
            case CallOffered offered when !lids.IsMe(offered.From):
                await OfferedAsync(step, offered);
                break;
            case CallEnded ended when !lids.IsMe(ended.From):
                await EndedAsync(step, ended);
                break;
        }
        committer.Enqueue(step);
    }

    /// <summary>Rejects a call that rings.</summary>
    /// <returns>Whether it rings: another id does nothing.</returns>
    public async Task<bool> RejectAsync(string id, CancellationToken ct)
    {
        if (_book.Find(id) is not { } call)
            return false;
        var me = vault.Credentials.Me!.Value;
        await link.SendAsync(CallStanzas.Reject(link.NextQueryId(), me, call)).WaitAsync(ct);
        // It has ended here, whatever the server tells of it.
        var ended = new CallEnded
        {
            Id = call.Id,
            From = call.From,
            FromOther = call.FromOther,
            Group = call.Group,
            Reason = CallEnded.Rejected,
            Timestamp = time.GetUtcNow().ToUnixTimeSeconds(),
        };
        var key = ended.Completes!.Value;
        if (!Claim(key))
            return true;
        if (_book.End(call.From, call.Id))
        {
            var step = new Step();
            Tell(step, ended);
            committer.Enqueue(step);
        }
        else
        {
            Release(key);
        }
        return true;
    }

    private async ValueTask OfferedAsync(Step step, CallOffered offered)
    {
        if (offered.FromOther is { } other)
            await lids.LearnAsync(offered.From, other);
        else
            offered = offered with { FromOther = await lids.OtherAsync(offered.From) };
        var (key, end) = (offered.Completes!.Value, CallEnded.KeyOf(offered.From, offered.Id));
        if (!Claim(key))
            return;
        var ends = IsClaimed(end);
        var known = await FindHandledAsync([key, end]);
        if (!ends && !known.Contains(end))
            _book.Add(offered);
        if (known.Contains(key))
            Release(key);
        else
            Tell(step, offered);
    }

    private async ValueTask EndedAsync(Step step, CallEnded ended)
    {
        var (offer, key) = (CallOffered.KeyOf(ended.From, ended.Id), ended.Completes!.Value);
        if (!Claim(key))
            return;
        _book.End(ended.From, ended.Id);
        var offered = IsClaimed(offer);
        var known = await FindHandledAsync([offer, key]);
        // What was never offered here, such as a call that the phone itself makes, has no end to tell of.
        if (known.Contains(key) || !(offered || known.Contains(offer)))
            Release(key);
        else
            Tell(
                step,
                ended with
                {
                    FromOther = ended.FromOther ?? await lids.OtherAsync(ended.From),
                }
            );
    }

    /// <summary>Tells what was claimed; it is released when the store knows of it.</summary>
    private void Tell(Step step, SessionEvent e)
    {
        step.Add(e);
        step.Durable = () => Release(e.Completes!.Value);
    }

    private bool Claim(MessageKey key)
    {
        lock (_claimed)
            return _claimed.Add(key);
    }

    private void Release(MessageKey key)
    {
        lock (_claimed)
            _claimed.Remove(key);
    }

    private bool IsClaimed(MessageKey key)
    {
        lock (_claimed)
            return _claimed.Contains(key);
    }

    private async Task<IReadOnlySet<MessageKey>> FindHandledAsync(IReadOnlyList<MessageKey> keys)
    {
        try
        {
            return await store.FindHandledAsync(keys, life.Ended);
        }
        catch (Exception e)
            when (e is not OperationCanceledException || !life.Ended.IsCancellationRequested)
        {
            throw new StoreFailedException(e);
        }
    }
}
