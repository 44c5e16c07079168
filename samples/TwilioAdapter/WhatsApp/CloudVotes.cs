using System.Text;
using System.Text.Json;
using TwilioAdapter.Twilio;

namespace TwilioAdapter.WhatsApp;

/// <summary>
/// Answers to polls. Webhooks of <c>format: CloudApi</c> tell them as a button or a row of a list, with the id that it was given. So a second
/// webhook, of the type <c>message.vote</c> alone, posts them here. Pure.
/// </summary>
internal static class CloudVotes
{
    /// <summary>Whether a post is of that format.</summary>
    public static bool Is(JsonElement post) => post.Text("object") == "whatsapp_business_account";

    /// <summary>Reads a post; null: it is no answer to a poll of one of the sessions.</summary>
    /// <param name="post">The post.</param>
    /// <param name="sessionOf">The session behind the digits of a number.</param>
    public static Incoming? Read(JsonElement post, Func<string, string?> sessionOf)
    {
        if (
            post.First("entry")?.First("changes")?.At("value") is not { } value
            || value.First("messages") is not { } message
            || message.At("interactive") is not { } answer
            || message.Text("id") is not { } id
            || message.Text("from") is not { } from
            || sessionOf(value.At("metadata")?.Text("phone_number_id") ?? "") is not { } session
            || WhatsAppAddress.OfJid(from.Contains('@') ? from : $"{from}@s.whatsapp.net")
                is not { } address
        )
            return null;
        TwilioForm form;
        if (answer.At("button_reply") is { } button)
            form = Events.Button(button.Text("id"), button.Text("title") ?? "");
        else if (answer.At("list_reply") is { } row)
            form = Events.Row(row.Text("id"), row.Text("title") ?? "");
        else
            return null;
        if (message.At("context")?.Text("id") is { } poll)
            form.Add("OriginalRepliedMessageSid", Sid.OfQuoted(session, address, IdOf(poll)));
        return new(
            session,
            IdOf(id),
            address,
            value.First("contacts")?.At("profile")?.Text("name"),
            form,
            null
        );
    }

    /// <summary>wamid. and the id at WaOperator in base64url.</summary>
    private static string IdOf(string wamid)
    {
        var text = wamid[(wamid.IndexOf('.') + 1)..].Replace('-', '+').Replace('_', '/');
        return Encoding.UTF8.GetString(
            Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='))
        );
    }
}
