using Google.Protobuf;
using WaOperator.SessionPod.Polls;
using WaOperator.SessionPod.Webhooks;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;
using static WaOperator.SessionPod.Tests.Webhooks.CloudScene;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Votes as answers to buttons and lists.</summary>
public sealed class CloudVotesTests
{
    [Theory]
    [InlineData("button", null, "button_reply", "mo")]
    [InlineData("list", null, "list_reply", "mo")]
    [InlineData(null, null, "button_reply", "mo")]
    [InlineData(null, "{\"Tue\":\"tu\"}", "button_reply", "Mon")]
    [InlineData(null, "no json", "button_reply", "Mon")]
    [InlineData("list", "", "list_reply", "Mon")]
    public void A_vote_is_the_answer_with_the_callers_id(
        string? kind,
        string? options,
        string type,
        string id
    )
    {
        var metadata = new Dictionary<string, string>
        {
            [CloudVotes.OptionsKey] = options ?? """{"Mon":"mo","Tue":"tu"}""",
        };
        if (kind is not null)
            metadata[CloudVotes.KindKey] = kind;
        var secret = new byte[MessageContent.SecretSize];
        (Jid Author, Jid Voter)[] pairs =
        [
            (new(Own, Jid.PhoneServer), Ana),
            (new("200000000000002", Jid.LidServer), AnaLid),
        ];
        foreach (var (author, voter) in pairs)
        {
            var e = Vote(["Mon"], secret, author, voter);
            var message = Value(e, new(secret, ["Mon", "Tue"], metadata))["messages"]![0]!;
            ((string)message["type"]!).ShouldBe("interactive");
            ((string)message["context"]!["id"]!).ShouldBe(Wamid("P1"));
            ShouldBe(
                message["interactive"]!,
                $$$"""{"type":"{{{type}}}","{{{type}}}":{"id":"{{{id}}}","title":"Mon"}}"""
            );
        }
    }

    [Fact]
    public void A_vote_that_says_no_one_thing_is_not_posted()
    {
        var secret = new byte[MessageContent.SecretSize];
        var (own, poll) = (
            new Jid(Own, Jid.PhoneServer),
            new SentPoll(secret, ["Mon", "Tue"], null)
        );
        CloudPosts.Of(Session, 7, At, Vote([], secret, own, Ana), poll).ShouldBeEmpty();
        CloudPosts.Of(Session, 7, At, Vote(["Mon", "Tue"], secret, own, Ana), poll).ShouldBeEmpty();
        CloudPosts.Of(Session, 7, At, Vote(["Mon"], secret, own, Ana)).ShouldBeEmpty();
        var other = poll with { Secret = [.. Enumerable.Repeat((byte)1, secret.Length)] };
        CloudPosts.Of(Session, 7, At, Vote(["Mon"], secret, own, Ana), other).ShouldBeEmpty();
        CloudPosts
            .Of(Session, 7, At, Vote(["Mon"], secret, own, Ana), poll)
            .Count.ShouldBe(1, "the others are refused for what they say");
    }

    private static MessageReceived Vote(string[] chosen, byte[] secret, Jid author, Jid voter)
    {
        var message = new Message
        {
            PollUpdateMessage = new()
            {
                PollCreationMessageKey = new() { RemoteJid = author.ToString(), Id = "P1" },
                Vote = PollVotes.Encrypt(chosen, secret, "P1", author, voter),
            },
        };
        return new(Head(), message.ToByteArray());
    }
}
