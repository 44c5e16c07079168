using System.Security.Cryptography;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Polls;

/// <summary>Votes on polls that were sent here. Pure.</summary>
internal static class Votes
{
    /// <summary>Whether it is a vote of someone else, on a poll of a message.</summary>
    public static bool Is(MessageReceived e) =>
        e is { Content: { Kind: ContentKind.PollVote, Vote: not null, Target: not null } }
        && !e.Head.FromMe;

    /// <summary>What was chosen, none where a choice was taken back; null: it is no vote on that poll.</summary>
    /// <param name="e">The vote.</param>
    /// <param name="poll">The poll.</param>
    /// <param name="own">The account's phone number.</param>
    public static IReadOnlyList<string>? Chosen(MessageReceived e, SentPoll poll, string own)
    {
        var target = e.Content.Target!;
        // Which of its two addresses each of them has for the other is not told.
        foreach (
            var author in new[] { target.Author, target.Chat, new Jid(own, Jid.PhoneServer) }
                .OfType<Jid>()
                .Distinct()
        )
        foreach (
            var voter in new[] { e.Head.Sender.Account, e.Head.SenderOther }
                .OfType<Jid>()
                .Distinct()
        )
            try
            {
                return PollVotes.Decrypt(
                    e.Content.Vote!,
                    poll.Secret,
                    target.Id,
                    author,
                    voter,
                    poll.Options
                );
            }
            catch (CryptographicException)
            {
                // Not between these two.
            }
        return null;
    }
}
