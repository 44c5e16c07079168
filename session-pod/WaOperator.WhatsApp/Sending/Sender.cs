using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Sending;

/// <summary>
/// Sends messages: in the order of the calls within a chat, chats beside each other. A message is encrypted while the commits of
/// those before it are still under way; it leaves when its own is durable.
/// </summary>
internal sealed class Sender(
    ILifetime life,
    Task ready,
    Fanout fanout,
    GroupFanout groups,
    InFlight inFlight,
    Committer committer,
    TimeProvider time
)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Jid, Queue<Order>> _chats = [];

    /// <summary>Takes a message.</summary>
    public SendTicket Send(OutgoingMessage message)
    {
        message.Validate();
        var ticket = new SendTicket(message.Id);
        var order = new Order(message, ticket);
        lock (_lock)
        {
            if (life.Ended.IsCancellationRequested)
            {
                ticket.Fail(Over());
                return ticket;
            }
            var chat = message.To.Account;
            if (_chats.TryGetValue(chat, out var queue))
            {
                queue.Enqueue(order);
                return ticket;
            }
            _chats[chat] = queue = new();
            queue.Enqueue(order);
            life.Run(() => DrainAsync(chat, queue));
        }
        return ticket;
    }

    /// <summary>The connection has ended: nothing more goes out.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            foreach (var order in _chats.Values.SelectMany(queue => queue))
                order.Ticket.Fail(Over());
            _chats.Clear();
        }
    }

    private async Task DrainAsync(Jid chat, Queue<Order> queue)
    {
        await ready.WaitAsync(life.Ended);
        while (true)
        {
            Order? order;
            lock (_lock)
            {
                if (!queue.TryPeek(out order))
                {
                    _chats.Remove(chat);
                    return;
                }
            }
            var notNow = await SendAsync(order);
            lock (_lock)
            {
                queue.TryDequeue(out _);
                // Those behind it must not overtake it: their sender tries all of them again, in order.
                while (notNow is not null && queue.TryDequeue(out var behind))
                    behind.Ticket.Fail(notNow);
            }
        }
    }

    /// <returns>Why it could not be sent now; null if it is on its way or was refused for good.</returns>
    private async Task<SendException?> SendAsync(Order order)
    {
        await inFlight.RoomAsync();
        var sent = false;
        try
        {
            await committer.RoomAsync();
            if (order.Message.ExpiresAt is { } expires && expires <= time.GetUtcNow())
                throw new ExpiredSendException();
            if (order.Message.To.IsShared)
                await groups.SendAsync(order.Message, order.Ticket);
            else
                await fanout.SendAsync(order.Message, order.Ticket);
            sent = true;
            return null;
        }
        catch (RefusedSendException e)
        {
            Refuse(order, e);
            return null;
        }
        catch (Exception e) when (e is QueryRefusedException or TimeoutException)
        {
            var notNow = new SendException($"The message could not be sent: {e.Message}", e);
            order.Ticket.Fail(notNow);
            return notNow;
        }
        catch (Exception)
        {
            order.Ticket.Fail(Over());
            throw;
        }
        finally
        {
            if (!sent)
                inFlight.GiveBack();
        }
    }

    private void Refuse(Order order, RefusedSendException why)
    {
        var message = order.Message.As(OutboundState.Failed, error: why.Message) with
        {
            Expired = why is ExpiredSendException,
        };
        var step = new Step
        {
            Outbound = message,
            Durable = () => order.Ticket.Finish(new(message.Id, null, why.Code, why.Message)),
        };
        step.Add(
            new MessageFailed(message.Id, message.Chat, why.Code, message.Error)
            {
                Note = message.Note,
            }
        );
        committer.Enqueue(step);
    }

    private static OperationCanceledException Over() => new("The connection has ended.");

    private sealed record Order(OutgoingMessage Message, SendTicket Ticket);
}
