using System.Text.Json;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;

namespace WaOperator.Client.Commands;

/// <summary>A message that was sent or received by this device.</summary>
/// <param name="Reference">Which.</param>
/// <param name="Content">What it says, serialised.</param>
internal sealed record KnownMessage(MessageReference Reference, byte[] Content);

/// <summary>Finds messages by their ids, in the store's journal and outbox.</summary>
internal sealed class KnownMessages(FileMessageStore store)
{
    /// <summary>The message with that id.</summary>
    /// <exception cref="FormatException">This device knows of none.</exception>
    public async Task<KnownMessage> FindAsync(string id, CancellationToken ct)
    {
        if (await store.FindOutboundAsync(id, ct) is { } sent)
            return new(new(Jid.Parse(sent.Chat), id, FromMe: true), sent.Content);
        foreach (var entry in store.Since(0).Reverse())
        {
            if (entry.Entry is not { Type: "message", Handled.Id: { } found } || found != id)
                continue;
            using var json = JsonDocument.Parse(entry.Entry.Body);
            var body = json.RootElement;
            return new(
                new(
                    Jid.Parse(body.GetProperty("chat").GetString()!),
                    id,
                    body.GetProperty("fromMe").GetBoolean(),
                    Jid.Parse(body.GetProperty("sender").GetString()!).Account
                ),
                body.GetProperty("message").GetBytesFromBase64()
            );
        }
        throw new FormatException($"This device has neither sent nor received a message {id}.");
    }
}
