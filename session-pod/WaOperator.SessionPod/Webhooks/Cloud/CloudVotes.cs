using System.Security.Cryptography;
using System.Text.Json;
using WaOperator.Domain;
using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>A poll that was sent here.</summary>
/// <param name="Secret">By which its votes are encrypted.</param>
/// <param name="Options">What can be chosen.</param>
/// <param name="Metadata">What was given with it.</param>
internal sealed record CloudPoll(
    byte[] Secret,
    IReadOnlyList<string> Options,
    IReadOnlyDictionary<string, string>? Metadata
);

/// <summary>
/// Votes as answers to what can be chosen: the Cloud API's buttons and lists are sent as polls, and their ids stand in the poll's metadata.
/// Pure.
/// </summary>
internal static class CloudVotes
{
    /// <summary>The metadata that has the ids: a JSON object of titles and ids.</summary>
    public const string OptionsKey = CloudKeys.Options;

    /// <summary>The metadata that says what it was: button or list.</summary>
    public const string KindKey = CloudKeys.Kind;

    private const int MaxButtons = 3;

    /// <summary>Whether it is a vote of someone else, on a poll of a message.</summary>
    public static bool Is(MessageReceived e) =>
        e is { Content: { Kind: ContentKind.PollVote, Vote: not null, Target: not null } }
        && !e.Head.FromMe;

    /// <summary>What was chosen; null: nothing any more, several options, or it is no vote on that poll.</summary>
    /// <param name="e">The vote.</param>
    /// <param name="poll">The poll.</param>
    /// <param name="own">The account's phone number.</param>
    public static CloudBody? Of(MessageReceived e, CloudPoll poll, string own)
    {
        if (Chosen(e, poll, own) is not [var title])
            return null;
        var reply = new CloudReply(IdOf(title, poll.Metadata), title);
        return IsButton(poll) ? CloudContent.OfButton(reply) : CloudContent.OfRow(reply);
    }

    private static bool IsButton(CloudPoll poll) =>
        poll.Metadata?.GetValueOrDefault(KindKey) switch
        {
            "button" => true,
            "list" => false,
            _ => poll.Options.Count <= MaxButtons,
        };

    private static IReadOnlyList<string> Chosen(MessageReceived e, CloudPoll poll, string own)
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
        return [];
    }

    private static string IdOf(string title, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata?.GetValueOrDefault(OptionsKey) is not { } options)
            return title;
        try
        {
            return JsonSerializer
                    .Deserialize(options, ParticularsJson.Default.IReadOnlyDictionaryStringString)
                    ?.GetValueOrDefault(title)
                ?? title;
        }
        catch (JsonException)
        {
            // Others may have given metadata of that name.
            return title;
        }
    }
}
