using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client.Commands;

/// <summary>A message that was sent or received by this device.</summary>
/// <param name="Reference">Which.</param>
/// <param name="Content">What it says, serialised.</param>
internal sealed record KnownMessage(MessageReference Reference, byte[] Content);

/// <summary>Finds messages by their ids, among the store's events and in its outbox.</summary>
internal sealed class KnownMessages(MessageFile store)
{
    /// <summary>The message with that id.</summary>
    /// <exception cref="FormatException">This device knows of none.</exception>
    public async Task<KnownMessage> FindAsync(string id, CancellationToken ct)
    {
        if (await store.FindOutboundAsync(id, ct) is { } sent)
            return new(new(Jid.Parse(sent.Chat), id, FromMe: true), sent.Content);
        foreach (
            var message in store.Since(0).Reverse().Select(e => e.Event).OfType<MessageReceived>()
        )
            if (message.Head is var head && head.Id == id)
                return new(
                    new(head.Chat, id, head.FromMe, head.Sender.Account),
                    message.Message.ToArray()
                );
        throw new FormatException($"This device has neither sent nor received a message {id}.");
    }
}
