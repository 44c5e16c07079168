using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <content>Money.</content>
internal static partial class ContentParser
{
    private static ReceivedContent? OfPayment(Message m, Level level) =>
        m switch
        {
            { InvoiceMessage: { } invoice } => Show(m, ContentKind.Invoice) with
            {
                Text = Given(invoice.Note),
            },
            { SendPaymentMessage: { } payment } => Show(m, ContentKind.Payment) with
            {
                Text = TextOf(payment.NoteMessage, level),
                Target = TargetMessage.Of(payment.RequestMessageKey),
            },
            { RequestPaymentMessage: { } request } => Show(m, ContentKind.PaymentRequest) with
            {
                Text = TextOf(request.NoteMessage, level),
            },
            { DeclinePaymentRequestMessage: { } declined } => Show(
                m,
                ContentKind.PaymentDeclined
            ) with
            {
                Target = TargetMessage.Of(declined.Key),
            },
            { CancelPaymentRequestMessage: { } cancelled } => Show(
                m,
                ContentKind.PaymentCancelled
            ) with
            {
                Target = TargetMessage.Of(cancelled.Key),
            },
            { PaymentInviteMessage: not null } => Show(m, ContentKind.PaymentInvite),
            { PaymentReminderMessage: { } reminder } => Show(m, ContentKind.PaymentReminder) with
            {
                Text = Given(reminder.Description),
            },
            { SplitPaymentMessage: { } split } => Show(m, ContentKind.SplitPayment) with
            {
                Text = Given(split.Description),
            },
            { SplitPaymentUpdateMessage: not null } => Show(m, ContentKind.SplitPayment),
            _ => null,
        };

    /// <summary>The text of a message within one.</summary>
    private static string? TextOf(ByteString message, Level level)
    {
        if (message.IsEmpty || level.Edits >= MaxEdits)
            return null;
        var within = Read(
            message.Span,
            level with
            {
                WithQuote = false,
                Edits = level.Edits + 1,
                FromMe = false,
            }
        );
        return within.Text ?? within.Caption;
    }
}
