using System.Security.Cryptography;
using WaOperator.WhatsApp.Content;
using static WaOperator.WhatsApp.Tests.Content.Samples;

namespace WaOperator.WhatsApp.Tests.Content;

public sealed class PollTests
{
    private static readonly string[] Options = ["Tea", "Coffee", "Cocoa"];

    [Fact]
    public void A_poll_has_a_secret_of_its_own()
    {
        var poll = MessageContent.Poll("What?", Options, selectable: 2);
        poll.Traits.ShouldBe(new("poll", null, null, false, "creation"));
        var read = Read(poll);
        read.Poll!.Question.ShouldBe("What?");
        read.Poll.Options.ShouldBe(Options);
        read.Poll.Selectable.ShouldBe(2);
        read.Secret!.Length.ShouldBe(MessageContent.SecretSize);
        read.Secret.ShouldNotBe(MessageContent.Poll("What?", Options).Secret);
    }

    [Fact]
    public void Options_are_few_and_differ()
    {
        Should.Throw<ArgumentException>(() => MessageContent.Poll("?", ["one"]));
        Should.Throw<ArgumentException>(() => MessageContent.Poll("?", ["a", "a"]));
        Should.Throw<ArgumentException>(() => MessageContent.Poll("?", Options, selectable: 4));
        Should.Throw<ArgumentException>(() => MessageContent.Poll("?", Options, secret: [1]));
    }

    [Fact]
    public void A_vote_is_read_by_who_has_the_polls_secret()
    {
        var secret = MessageContent.Poll("What?", Options).Secret!;
        var vote = MessageContent.PollVote(
            new(Group, "3EB0CC", false, Anna),
            secret,
            Bert with
            {
                Device = 4,
            },
            ["Cocoa", "Tea"],
            Noon
        );
        vote.Traits.ShouldBe(new("poll", null, null, true, "vote"));
        var read = Read(vote);
        read.Target.ShouldBe(new("3EB0CC", false, Group, Anna));
        PollVotes
            .Decrypt(read.Vote!, secret, "3EB0CC", Anna, Bert, Options)
            .ShouldBe(["Tea", "Cocoa"]);
        foreach (
            var wrong in new Action[]
            {
                () => PollVotes.Decrypt(read.Vote!, new byte[32], "3EB0CC", Anna, Bert, Options),
                () => PollVotes.Decrypt(read.Vote!, secret, "3EB0CD", Anna, Bert, Options),
                () => PollVotes.Decrypt(read.Vote!, secret, "3EB0CC", Bert, Bert, Options),
                () => PollVotes.Decrypt(read.Vote!, secret, "3EB0CC", Anna, Anna, Options),
                () => PollVotes.Decrypt(new([1], [2]), secret, "3EB0CC", Anna, Bert, Options),
            }
        )
            Should.Throw<CryptographicException>(wrong);
    }

    /// <summary>A vote that Baileys 7.0.0-rc14 reads as these two options.</summary>
    [Fact]
    public void Others_read_the_same()
    {
        var vote = new EncryptedVote(
            Convert.FromHexString(
                "B58A18A35FEE5857B538C32A4962B31EE42B0A3ED56DDFD99C78D68DEC8180B5979BC55EA4F43733C83E3E"
                    + "DE0083099BD2A18E5EF1F8D12C61E3907E7D57DEE37508296E4236853B76B886FDDFE0D6EFAFC0D96D"
            ),
            Convert.FromHexString("9668D8A97106EC1EDC72EB3A")
        );
        PollVotes
            .Decrypt(vote, SHA256.HashData("secret"u8), "3EB0CC", Anna, Bert, Options)
            .ShouldBe(["Tea", "Cocoa"]);
    }

    [Fact]
    public void A_vote_can_be_taken_back()
    {
        var secret = RandomNumberGenerator.GetBytes(MessageContent.SecretSize);
        var vote = MessageContent.PollVote(Own, secret, Anna, [], Noon);
        PollVotes.Decrypt(Read(vote).Vote!, secret, Own.Id, Anna, Anna, Options).ShouldBeEmpty();
        Should.Throw<ArgumentException>(() =>
            MessageContent.PollVote(new(Group, "1", false), secret, Anna, [], Noon)
        );
    }
}
