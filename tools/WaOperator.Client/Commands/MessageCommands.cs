using System.Text.Json.Nodes;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.Client.Commands;

/// <summary>Messages without files. Each command returns when the server has the message.</summary>
internal sealed class MessageCommands(
    WhatsAppDevice client,
    KnownMessages known,
    Func<CancellationToken, Task<(Jid? Phone, Jid? Lid)>> me,
    TimeProvider time
)
{
    public void AddTo(Dictionary<string, Command> commands)
    {
        commands["send"] = (a, ct) =>
            SendAsync(
                a,
                a.Address("to"),
                Mentioning(MessageContent.Text(a.Said()), a.Addresses("mentions")),
                ct
            );
        commands["reply"] = ReplyAsync;
        commands["react"] = async (a, ct) =>
            await SendAsync(
                a,
                a.Address("to"),
                MessageContent.Reaction(
                    (await FindAsync(a, ct)).Reference,
                    a.Text("emoji"),
                    time.GetUtcNow()
                ),
                ct
            );
        commands["edit"] = async (a, ct) =>
            await SendAsync(
                a,
                a.Address("to"),
                MessageContent.Edit(
                    (await FindAsync(a, ct)).Reference,
                    MessageContent.Text(a.Said()),
                    time.GetUtcNow()
                ),
                ct
            );
        commands["delete"] = async (a, ct) =>
            await SendAsync(
                a,
                a.Address("to"),
                MessageContent.Delete((await FindAsync(a, ct)).Reference),
                ct
            );
        commands["location"] = (a, ct) =>
            SendAsync(
                a,
                a.Address("to"),
                MessageContent.Location(new(a.Number("latitude"), a.Number("longitude"))),
                ct
            );
        commands["contact"] = (a, ct) =>
            SendAsync(
                a,
                a.Address("to"),
                MessageContent.Contacts(ContactCard.OfPhone(a.Text("name"), a.Text("phone"))),
                ct
            );
        commands["poll"] = (a, ct) =>
            SendAsync(
                a,
                a.Address("to"),
                MessageContent.Poll(a.Text("question"), a.Texts("answers")),
                ct
            );
    }

    /// <summary>Sends, and waits for the server's answer.</summary>
    /// <exception cref="CommandException">The server refused it.</exception>
    public async Task<JsonObject> SendAsync(
        Arguments arguments,
        Jid to,
        MessageContent content,
        CancellationToken ct
    )
    {
        var message = to.IsStatus
            ? OutgoingMessage.Status(arguments.Addresses("audience"), content)
            : OutgoingMessage.Of(to, content);
        // Things about a message carry an id of their own; "id" names the other message there.
        if (arguments.OptionalText("messageId") is { } id)
            message = message with { Id = id };
        var result = await client.Send(message).Done.WaitAsync(ct);
        return result.Succeeded
            ? new JsonObject
            {
                ["id"] = result.Id,
                ["timestamp"] = result.ServerTime?.ToUnixTimeSeconds(),
            }
            : throw new CommandException($"The message was refused: {result.Error}", result.Code);
    }

    private async Task<JsonObject> ReplyAsync(Arguments a, CancellationToken ct)
    {
        var quoted = await FindAsync(a, ct);
        var (phone, lid) = await me(ct);
        var content = MessageContent
            .Text(a.Said())
            .Reply(quoted.Reference, quoted.Content, quoted.Reference.Chat.IsLid ? lid : phone);
        return await SendAsync(a, a.Address("to"), content, ct);
    }

    private Task<KnownMessage> FindAsync(Arguments a, CancellationToken ct) =>
        known.FindAsync(a.Text("id"), ct);

    private static MessageContent Mentioning(MessageContent content, IReadOnlyList<Jid> people) =>
        people.Count == 0 ? content : content.Mention(people);
}
