using System.Text.Json;
using WaOperator.Domain;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Polls;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks.Cloud;

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

    /// <summary>What was chosen; null: nothing any more, several options, or it is no vote on that poll.</summary>
    /// <param name="e">The vote.</param>
    /// <param name="poll">The poll.</param>
    /// <param name="own">The account's phone number.</param>
    public static CloudBody? Of(MessageReceived e, SentPoll poll, string own)
    {
        if (Votes.Chosen(e, poll, own) is not [var title])
            return null;
        var reply = new CloudReply(IdOf(title, poll.Metadata), title);
        return IsButton(poll) ? CloudContent.OfButton(reply) : CloudContent.OfRow(reply);
    }

    private static bool IsButton(SentPoll poll) =>
        poll.Metadata?.GetValueOrDefault(KindKey) switch
        {
            "button" => true,
            "list" => false,
            _ => poll.Options.Count <= MaxButtons,
        };

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
