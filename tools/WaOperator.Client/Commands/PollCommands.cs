using System.Security.Cryptography;
using System.Text.Json.Nodes;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client.Commands;

/// <summary>Votes on polls that this device knows: gives one, and reads those of others.</summary>
internal sealed class PollCommands(
    MessageFile store,
    KnownMessages known,
    MessageCommands messages,
    Func<CancellationToken, Task<(Jid? Phone, Jid? Lid)>> me,
    TimeProvider time
)
{
    public void AddTo(Dictionary<string, Command> commands)
    {
        commands["vote"] = VoteAsync;
        commands["votes"] = VotesAsync;
    }

    private async Task<JsonObject> VoteAsync(Arguments a, CancellationToken ct)
    {
        var id = a.Text("id");
        var message = await known.FindAsync(id, ct);
        var (poll, secret) = PollOf(id, message);
        var answers = a.Texts("answers");
        if (answers.FirstOrDefault(answer => !poll.Options.Contains(answer)) is { } other)
            throw new FormatException(
                $"The poll has no answer '{other}'; it has {string.Join(", ", poll.Options)}."
            );
        var (phone, lid) = await me(ct);
        var author = message.Reference.Author ?? message.Reference.Chat;
        var voter =
            (author.IsPhone ? phone : lid)
            ?? throw new CommandException("This device does not know its own address yet.");
        return await messages.SendAsync(
            a,
            a.OptionalAddress("to") ?? message.Reference.Chat,
            MessageContent.PollVote(
                message.Reference,
                secret,
                voter.Account,
                answers,
                time.GetUtcNow()
            ),
            ct
        );
    }

    /// <summary>The last vote of each account. Addresses by number and by LID are both tried: the vote does not say by which it was made.</summary>
    private async Task<JsonObject> VotesAsync(Arguments a, CancellationToken ct)
    {
        var id = a.Text("id");
        var message = await known.FindAsync(id, ct);
        var (poll, secret) = PollOf(id, message);
        var (phone, lid) = await me(ct);
        Jid?[] authors = message.Reference.FromMe
            ? [lid, phone]
            : [message.Reference.Author ?? message.Reference.Chat];
        var votes = new JsonObject();
        foreach (var received in store.Since(0).Select(e => e.Event).OfType<MessageReceived>())
        {
            if (received.Content is not { Vote: { } vote, Target.Id: { } target } || target != id)
                continue;
            Jid?[] voters = [received.Head.SenderLid, received.Head.SenderPn];
            if (Open(vote, secret, id, authors, voters, poll.Options) is not var (voter, answers))
                continue;
            votes[voter.Account.ToString()] = new JsonArray([
                .. answers.Select(answer => (JsonNode)answer),
            ]);
        }
        return new() { ["votes"] = votes };
    }

    private static (Jid Voter, IReadOnlyList<string> Answers)? Open(
        EncryptedVote vote,
        byte[] secret,
        string id,
        Jid?[] authors,
        Jid?[] voters,
        IReadOnlyList<string> options
    )
    {
        var pairs =
            from voter in voters.OfType<Jid>()
            from author in authors.OfType<Jid>()
            select (Author: author, Voter: voter);
        foreach (var (author, voter) in pairs)
        {
            try
            {
                return (
                    voters.OfType<Jid>().First(),
                    PollVotes.Decrypt(vote, secret, id, author, voter, options)
                );
            }
            catch (CryptographicException)
            {
                // Not encrypted under this pair of addresses; the next one may be it.
                continue;
            }
        }
        return null;
    }

    private static (ReceivedPoll Poll, byte[] Secret) PollOf(string id, KnownMessage message)
    {
        var content = ContentParser.Read(message.Content);
        return content is { Poll: { } poll, Secret: { } secret }
            ? (poll, secret)
            : throw new FormatException(
                $"The message {id} is not a poll, or came without the secret of its votes."
            );
    }
}
