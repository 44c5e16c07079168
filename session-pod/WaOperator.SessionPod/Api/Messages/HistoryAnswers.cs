using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Chats;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Messages of a chat as tenants get them: without keys, addresses of files and serialised messages. Pure.</summary>
internal static class HistoryAnswers
{
    /// <summary>Received by this session, from another account.</summary>
    public const string Received = "Received";

    /// <summary>A message.</summary>
    public static MessageAnswer Of(HistoryItem item) =>
        item switch
        {
            ReceivedItem received => Of(received.Message, received.At, received.Seq),
            PastItem past => Of(past.Message, past.At, seq: null) with { Past = true },
            SentItem sent => MessageAnswer.Of(sent.Message) with
            {
                Chat = sent.Message.Message.Chat,
                At = sent.At,
                FromMe = true,
                // No event holds its file, by which it could be loaded.
                Content = ContentMap.Of(
                    ContentParser.Read(sent.Message.Message.Content, fromMe: true),
                    seq: null
                ),
            },
            _ => throw new ArgumentException(
                $"There is no form of {item.GetType()}.",
                nameof(item)
            ),
        };

    private static MessageAnswer Of(MessageReceived message, DateTimeOffset at, long? seq)
    {
        var head = message.Head;
        return new(
            head.Id,
            // What another device of the account sent, the server has.
            head.FromMe
                ? nameof(OutboxState.Acked)
                : Received
        )
        {
            Chat = ChatNaming.Known(head.Chat, head.ChatOther).ToString(),
            At = head.Timestamp is > 0 and < 253_402_300_800
                ? DateTimeOffset.FromUnixTimeSeconds(head.Timestamp)
                : at,
            FromMe = head.FromMe,
            From = PersonAnswer.Of(head.Sender.Account, head.SenderOther, head.PushName),
            Content = ContentMap.Of(message.Content, seq),
        };
    }
}
