using System.Globalization;
using System.Text.Json;
using TwilioAdapter.Twilio;

namespace TwilioAdapter.WhatsApp;

/// <summary>Events of WaOperator (docs/webhooks.md) and what Twilio would make of them. Pure.</summary>
internal static class Events
{
    private const int OftenForwarded = 5;

    /// <summary>Reads an event; null: Twilio has nothing like it.</summary>
    public static Told? Read(JsonElement e)
    {
        if (e.Text("session") is not { } session || e.At("data") is not { } data)
            return null;
        var type = e.Text("type") ?? "";
        if (type == "message.received")
            return MessageOf(session, data);
        if (MessageStatus.OfEvent(type) is not { } status)
            return null;
        // Another device of the own account that has it is no receiver.
        return data.Flag("fromMe")
            ? null
            : new StatusTold(
                session,
                data.At("ids") is { } ids
                    ? [.. ids.EnumerateArray().Select(id => id.GetString()!)]
                    : [data.Text("id") ?? ""],
                status,
                data.At("code")?.GetInt32()
            );
    }

    private static Incoming? MessageOf(string session, JsonElement data)
    {
        var from =
            WhatsAppAddress.OfJid(data.Text("chatPn")) ?? WhatsAppAddress.OfJid(data.Text("chat"));
        if (
            from is null // a group, a channel, a status update
            || data.Flag("fromMe")
            || data.Text("id") is not { } id
            || data.At("content") is not { } content
            || Content(content) is not { } form
        )
            return null;
        if (content.At("forwarded")?.GetInt32() is { } times)
        {
            form.Add("Forwarded", "true");
            if (times >= OftenForwarded)
                form.Add("FrequentlyForwarded", "true");
        }
        if (content.At("quoted") is { } quoted && quoted.Text("id") is { } repliedTo)
        {
            form.Add("OriginalRepliedMessageSid", Sid.OfQuoted(session, from, repliedTo));
            form.Add("OriginalRepliedMessageSender", WhatsAppAddress.OfJid(quoted.Text("author")));
        }
        var media =
            content.At("media") is { } file && file.Text("id") is { } fileId
                ? new IncomingMedia(
                    fileId,
                    file.Text("mimeType")?.Split(';')[0].Trim() ?? "application/octet-stream"
                )
                : null;
        return new(session, id, from, data.Text("pushName"), form, media);
    }

    /// <summary>What a message says; null: it is of a kind that is not translated.</summary>
    private static TwilioForm? Content(JsonElement content)
    {
        var form = new TwilioForm();
        var kind = content.Text("kind");
        switch (kind)
        {
            case "text" or "template" or "buttons" or "list" or "interactive":
                form.Add("MessageType", "text");
                form.Add("Body", content.Text("text") ?? content.Text("title") ?? "");
                return form;
            case "image" or "video" or "audio" or "document" or "sticker":
                form.Add("MessageType", kind);
                break;
            case "videoNote":
                form.Add("MessageType", "video");
                break;
            case "voiceNote":
                form.Add("MessageType", "audio");
                break;
            case "location" or "liveLocation" when content.At("location") is { } place:
                form.Add("MessageType", "location");
                form.Add("Body", "");
                form.Add("Latitude", Degrees(place.At("latitude")));
                form.Add("Longitude", Degrees(place.At("longitude")));
                form.Add("Label", place.Text("name"));
                form.Add("Address", place.Text("address"));
                return form;
            case "contact" when content.At("contacts") is { } cards:
                form.Add("MessageType", "contacts");
                form.Add(
                    "Body",
                    string.Join('\n', cards.EnumerateArray().Select(c => c.Text("vCard")))
                );
                return form;
            case "buttonReply" when content.At("choice") is { } choice:
                return Button(choice.Text("id"), choice.Text("text") ?? "");
            case "listReply" or "interactiveReply" when content.At("choice") is { } choice:
                return Row(choice.Text("id"), choice.Text("text") ?? "");
            default:
                return null;
        }
        form.Add("Body", content.Text("caption") ?? "");
        return form;
    }

    /// <summary>A button that was pressed.</summary>
    public static TwilioForm Button(string? id, string text) =>
        new()
        {
            { "MessageType", "button" },
            { "Body", text },
            { "ButtonText", text },
            { "ButtonPayload", id ?? text },
        };

    /// <summary>A row of a list that was chosen.</summary>
    public static TwilioForm Row(string? id, string text) =>
        new()
        {
            { "MessageType", "interactive" },
            { "Body", text },
            { "ListId", id ?? text },
            { "ListTitle", text },
        };

    private static string? Degrees(JsonElement? number) =>
        number?.GetDouble().ToString(CultureInfo.InvariantCulture);
}
