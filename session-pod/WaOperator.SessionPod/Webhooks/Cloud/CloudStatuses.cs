using System.Globalization;
using WaOperator.Domain;
using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>What became of messages, as the Cloud API tells it. Pure.</summary>
internal static class CloudStatuses
{
    private const string StatusChat = $"status@{Jid.BroadcastServer}";

    /// <summary>The statuses of an event: one for each of its messages.</summary>
    /// <param name="e">The event.</param>
    /// <param name="at">When it was committed.</param>
    public static IEnumerable<CloudStatus> Of(SessionEvent e, DateTimeOffset at) =>
        e switch
        {
            // The Cloud API knows no statuses that are shown for a day.
            MessageSent { Chat: StatusChat } or MessageFailed { Chat: StatusChat } => [],
            ReceiptReceived { Chat.IsStatus: true } => [],
            MessageSent sent =>
            [
                To(sent.Chat, sent.Id, "sent", Time(sent.Timestamp ?? 0, at)) with
                {
                    BizOpaqueCallbackData = CallbackOf(sent.Note),
                },
            ],
            MessageFailed failed =>
            [
                To(failed.Chat, failed.Id, "failed", Time(0, at)) with
                {
                    BizOpaqueCallbackData = CallbackOf(failed.Note),
                    Errors = [CloudErrors.OfSend(failed.Code, failed.Error)],
                },
            ],
            // What other devices of the account got is nothing that became of the message.
            ReceiptReceived { FromMe: false, Receipt: "delivered" or "read" or "played" } receipt =>
                receipt.Ids.Select(id => OfReceipt(receipt, id, at)),
            _ => [],
        };

    /// <summary>A time in Unix seconds.</summary>
    /// <param name="told">As it was told; 0: it was not.</param>
    /// <param name="at">When the event was committed.</param>
    public static string Time(long told, DateTimeOffset at) =>
        (told > 0 ? told : at.ToUnixTimeSeconds()).ToString(CultureInfo.InvariantCulture);

    private static CloudStatus OfReceipt(ReceiptReceived receipt, string id, DateTimeOffset at)
    {
        var status = To(receipt.Chat, id, receipt.Receipt, Time(receipt.Timestamp, at));
        return receipt.Chat.IsGroup
            ? status with
            {
                RecipientParticipantId = CloudPeople.IdOf(receipt.Sender.Account),
                RecipientParticipantUserId = CloudPeople.UserIdOf(receipt.Sender),
            }
            : status;
    }

    private static CloudStatus To(string chat, string id, string status, string time) =>
        Jid.TryParse(chat, out var jid)
            ? To(jid, id, status, time)
            : new(CloudIds.ToCloud(id), status, time, chat, null);

    private static CloudStatus To(Jid chat, string id, string status, string time) =>
        new(CloudIds.ToCloud(id), status, time, CloudPeople.IdOf(chat), CloudPeople.UserIdOf(chat))
        {
            RecipientType = chat.IsGroup ? "group" : null,
        };

    private static string? CallbackOf(byte[]? note) =>
        Particulars.Read(note)?.Metadata?.GetValueOrDefault(CloudPosts.CallbackKey);
}
