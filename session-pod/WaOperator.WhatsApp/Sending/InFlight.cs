using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Sending;

/// <summary>The messages that have been sent, or will be in a moment, and whose answer from the server is awaited.</summary>
internal sealed class InFlight(
    ILifetime life,
    EventPump events,
    Committer committer,
    LateDevices late
) : IDisposable
{
    /// <summary>How many messages one connection has under way. More wait.</summary>
    public const int Window = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _window = new(Window, Window);

    /// <summary>Waits for room for one message more.</summary>
    public Task RoomAsync() => _window.WaitAsync(life.Ended);

    /// <summary>Gives the room of a message back that does not go out.</summary>
    public void GiveBack() => _window.Release();

    /// <summary>Adds a message, for which there is room.</summary>
    public void Add(OutboundMessage message, SendTicket? ticket, IReadOnlyList<Jid> devices)
    {
        lock (_lock)
            _entries[message.Id] = new(message, ticket, devices, HasRoom: true);
    }

    /// <summary>Adds a message of an earlier connection, which goes out whether there is room or not.</summary>
    public void AddOld(OutboundMessage message)
    {
        lock (_lock)
            _entries[message.Id] = new(message, null, null, HasRoom: false);
    }

    /// <summary>The server answered.</summary>
    public void Acked(BinaryNode ack)
    {
        Entry? entry;
        lock (_lock)
        {
            if (ack["id"] is not { } id || !_entries.Remove(id, out entry))
                return;
        }
        if (entry.HasRoom)
            _window.Release();
        var result = Read(ack, entry.Message.Id);
        var message = entry.Message with
        {
            State = result.Succeeded ? OutboundState.Acked : OutboundState.Failed,
            Stanza = null,
            Error = result.Error,
        };
        var step = new Step { Outbound = message, CanWait = true };
        step.Add(
            result.Succeeded
                ? new MessageSent(message.Id, message.Chat, result.ServerTime?.ToUnixTimeSeconds())
                {
                    Note = message.Note,
                }
                : new MessageFailed(message.Id, message.Chat, result.Code, message.Error)
                {
                    Note = message.Note,
                }
        );
        committer.Enqueue(step);
        entry.Ticket?.Finish(result);
        if (result.Code == SendErrors.ReachOutTimelock)
            events.Raise(new ReachOutLocked(result.Id, result.Error!));
        if (
            result.Succeeded
            && ack["phash"] is { } hash
            && entry.Devices is { } devices
            && hash != DeviceHash.Of(devices)
        )
            late.Missed(message, devices);
    }

    public void Dispose()
    {
        List<Entry> left;
        lock (_lock)
        {
            left = [.. _entries.Values];
            _entries.Clear();
        }
        foreach (var entry in left)
            entry.Ticket?.Fail(new OperationCanceledException("The connection has ended."));
    }

    private static SendResult Read(BinaryNode ack, string id)
    {
        if (ack["error"] is { } error)
        {
            var code = int.TryParse(
                error,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : 0;
            return new(id, null, code, SendErrors.Explain(code));
        }
        return new(
            id,
            long.TryParse(ack["t"], NumberStyles.None, CultureInfo.InvariantCulture, out var t)
            && t is > 0 and < 253_402_300_800
                ? DateTimeOffset.FromUnixTimeSeconds(t)
                : null
        );
    }

    private sealed record Entry(
        OutboundMessage Message,
        SendTicket? Ticket,
        IReadOnlyList<Jid>? Devices,
        bool HasRoom
    );
}
