using System.Text.Json.Nodes;
using WaOperator.Client;
using WaOperator.Client.Commands;
using WaOperator.Testing;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Program;

/// <summary>The client program reads votes on a poll of its own, by whichever of the two addresses they were made.</summary>
public sealed class PollCommandTests : IDisposable
{
    private static readonly Jid AnnaPhone = new("491510000001", Jid.PhoneServer, 3);
    private static readonly Jid AnnaLid = new("111111111111111", Jid.LidServer, 3);
    private static readonly Jid BertPhone = new("491510000002", Jid.PhoneServer);
    private static readonly Jid BertLid = new("222222222222222", Jid.LidServer);

    private readonly string _folder = Directory.CreateTempSubdirectory("wa-polls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_last_vote_of_an_account_counts_and_others_polls_and_strangers_do_not(
        bool byLid
    )
    {
        using var store = MessageFile.Open(_folder);
        var poll = MessageContent.Poll("When?", ["now", "later"]);
        await store.CommitAsync(
            new()
            {
                Outbound =
                [
                    new(
                        "P1",
                        BertPhone.ToString(),
                        OutboundState.Acked,
                        poll.ToBytes(),
                        null,
                        null
                    ),
                ],
            },
            default
        );
        var (author, voter) = byLid ? (AnnaLid, BertLid) : (AnnaPhone, BertPhone);
        await VoteAsync(store, "V1", "P1", poll.Secret!, author, voter, "now");
        await VoteAsync(store, "V2", "P1", poll.Secret!, author, voter, "later");
        await VoteAsync(store, "V3", "P2", poll.Secret!, author, voter, "now");
        await VoteAsync(store, "V4", "P1", new byte[32], author, voter, "now");

        (await VotesAsync(store, "P1"))
            .ToJsonString()
            .ShouldBe("{\"votes\":{\"" + BertLid + "\":[\"later\"]}}");
        await Should.ThrowAsync<FormatException>(() => VotesAsync(store, "V1"));
    }

    private static Task<JsonObject> VotesAsync(MessageFile store, string poll)
    {
        var commands = new Dictionary<string, Command>();
        new PollCommands(
            store,
            new(store),
            null!,
            _ => Task.FromResult<(Jid?, Jid?)>((AnnaPhone, AnnaLid)),
            new FakeTime()
        ).AddTo(commands);
        return commands["votes"](new(new JsonObject { ["id"] = poll }), default);
    }

    private static Task VoteAsync(
        MessageFile store,
        string id,
        string poll,
        byte[] secret,
        Jid author,
        Jid voter,
        string answer
    )
    {
        var vote = MessageContent.PollVote(
            new(author.Account, poll, FromMe: false, author),
            secret,
            voter,
            [answer],
            DateTimeOffset.UnixEpoch
        );
        var head = new MessageHead
        {
            Id = id,
            Chat = BertLid,
            Sender = BertLid,
            SenderOther = BertPhone,
        };
        return store.CommitAsync(
            new() { Events = [new MessageReceived(head, vote.ToBytes())] },
            default
        );
    }
}
