using TwilioAdapter.Twilio;

namespace TwilioAdapter.WhatsApp;

/// <summary>
/// A message that came in as Twilio posts it to a program (https://www.twilio.com/docs/messaging/guides/webhook-request). Pure.
/// </summary>
internal static class IncomingForm
{
    /// <summary>The version of Twilio's API that is spoken here.</summary>
    public const string ApiVersion = "2010-04-01";

    /// <summary>Makes the form.</summary>
    /// <param name="settings">The account, and the address behind which files are.</param>
    /// <param name="incoming">The message.</param>
    /// <param name="sid">Its SID.</param>
    /// <param name="number">The number that it was written to, as Twilio writes it.</param>
    /// <param name="mediaSid">The SID of its file; null for none.</param>
    public static TwilioForm Of(
        Settings settings,
        Incoming incoming,
        string sid,
        string number,
        string? mediaSid
    )
    {
        var form = new TwilioForm
        {
            { "MessageSid", sid },
            { "SmsSid", sid },
            { "SmsMessageSid", sid },
            { "SmsStatus", "received" },
            { "AccountSid", settings.AccountSid },
            { "ApiVersion", ApiVersion },
            { "From", incoming.From },
            { "To", number },
            { "ProfileName", incoming.Name ?? WhatsAppAddress.IdOf(incoming.From) },
            { "WaId", WhatsAppAddress.IdOf(incoming.From) },
            { "NumSegments", "1" },
            { "NumMedia", mediaSid is null ? "0" : "1" },
        };
        form.AddRange(incoming.Content);
        if (mediaSid is not null)
        {
            form.Add("MediaContentType0", incoming.Media!.Type);
            form.Add(
                "MediaUrl0",
                $"{settings.PublicUrl.TrimEnd('/')}/{ApiVersion}/Accounts/{settings.AccountSid}/Messages/{sid}/Media/{mediaSid}"
            );
        }
        return form;
    }
}
