using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Calls;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>
/// Takes what comes in from others, in its order. What has gathered is looked up and loaded at once; each stanza is acknowledged
/// when what it brought is durable. It has a task only while there is something to do, and never waits for an answer.
/// </summary>
internal sealed partial class Receiver(
    IStanzaLink link,
    ILifetime life,
    OwnPresence presence,
    IMessageStore store,
    LidMap lids,
    Committer committer,
    MessageReader reader,
    Retries retries,
    ReceiptBook receipts,
    Notices notices,
    CallDesk calls,
    ILogger logger
)
{
    private const int MaxQueued = 512;
    private const int MaxAtOnce = 128;

    private readonly Lock _lock = new();
    private readonly Queue<BinaryNode> _queue = new();
    private readonly HashSet<MessageKey> _underWay = [];
    private bool _running;
    private TaskCompletionSource? _space;

    /// <summary>Takes a stanza; waits while too many are queued.</summary>
    public ValueTask PostAsync(BinaryNode stanza)
    {
        lock (_lock)
        {
            _queue.Enqueue(stanza);
            if (!_running)
            {
                _running = true;
                life.Run(DrainAsync);
            }
            if (_queue.Count < MaxQueued)
                return ValueTask.CompletedTask;
            _space ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return new(_space.Task.WaitAsync(life.Ended));
        }
    }

    private async Task DrainAsync()
    {
        while (Take() is { Count: > 0 } stanzas)
        {
            await committer.RoomAsync();
            life.Ended.ThrowIfCancellationRequested();
            await HandleAsync(stanzas);
        }
    }

    private List<BinaryNode> Take()
    {
        var taken = new List<BinaryNode>();
        lock (_lock)
        {
            while (taken.Count < MaxAtOnce && _queue.TryDequeue(out var stanza))
                taken.Add(stanza);
            if (taken.Count == 0)
                _running = false;
            if (_queue.Count < MaxQueued)
            {
                _space?.TrySetResult();
                _space = null;
            }
        }
        return taken;
    }

    private async Task HandleAsync(List<BinaryNode> stanzas)
    {
        var messages = new Dictionary<BinaryNode, InboundMessage>(
            ReferenceEqualityComparer.Instance
        );
        foreach (var stanza in stanzas)
        {
            if (stanza.Tag == "message" && InboundMessage.Read(stanza, lids.IsMe) is { } message)
                messages[stanza] = message;
        }
        using var names = await lids.PrefetchAsync(
            messages.Values.SelectMany(m => new[] { m.Chat, m.Sender })
        );
        foreach (var (stanza, message) in messages.ToList())
            messages[stanza] = await AddressAsync(message);
        IReadOnlySet<MessageKey> handled = new HashSet<MessageKey>();
        if (messages.Count > 0)
            handled = await FindHandledAsync([.. messages.Values.Select(m => m.Key).Distinct()]);
        using var pin = await reader.PinAsync(messages.Values);
        foreach (var stanza in stanzas)
        {
            if (stanza.Tag == "receipt")
                receipts.Take(stanza);
            else if (stanza.Tag == "call")
                await calls.TakeAsync(stanza);
            else if (stanza.Tag != "message")
                await notices.TakeAsync(stanza);
            else if (messages.TryGetValue(stanza, out var message))
                await TakeAsync(message, handled.Contains(message.Key));
            else
                Drop(stanza);
        }
    }

    private async ValueTask TakeAsync(InboundMessage message, bool isHandled)
    {
        var key = message.Key;
        lock (_underWay)
            isHandled |= !_underWay.Add(key);
        if (isHandled)
        {
            committer.Enqueue(new() { Then = () => AnswerAsync(message, delivered: true) });
            return;
        }
        await reader.ReadAsync(
            message,
            async failure =>
            {
                lock (_underWay)
                    _underWay.Remove(key);
                await AnswerAsync(message, delivered: failure is null);
                if (failure is not null)
                    retries.Ask(message);
                else
                    retries.Succeeded(message);
            }
        );
    }

    private async ValueTask AnswerAsync(InboundMessage message, bool delivered)
    {
        await link.SendAsync(AnswerStanzas.Ack(message.Stanza));
        if (delivered)
            await link.SendAsync(AnswerStanzas.Delivered(message, presence.IsAvailable));
    }

    /// <summary>Learns what the stanza says about addresses, and finds the one that the sender's records stand under.</summary>
    private async ValueTask<InboundMessage> AddressAsync(InboundMessage message)
    {
        var sender = message.Sender;
        if (message.SenderOther is { } other && !message.FromMe)
            await lids.LearnAsync(sender, other);
        if (message.FromMe && message.ChatOther is { } peer)
            await lids.LearnAsync(message.Chat, peer);
        return message with
        {
            Address = await lids.CanonicalAsync(sender with { Agent = 0 }),
            SenderOther = message.SenderOther ?? await lids.OtherAsync(sender.Account),
            ChatOther = message.InGroup
                ? null
                : message.ChatOther ?? await lids.OtherAsync(message.Chat),
        };
    }

    private async Task<IReadOnlySet<MessageKey>> FindHandledAsync(List<MessageKey> keys)
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

    /// <summary>What names no sender can neither be decrypted nor kept; acknowledged, so that the server does not send it again.</summary>
    private void Drop(BinaryNode stanza)
    {
        Log.Dropped(logger);
        if (stanza["id"] is not null && stanza["from"] is not null)
            committer.Enqueue(
                new() { Then = async () => await link.SendAsync(AnswerStanzas.Ack(stanza)) }
            );
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.ReceiverDropped,
            Level = LogLevel.Warning,
            Message = "A message without id or sender is dropped"
        )]
        public static partial void Dropped(ILogger logger);
    }
}
