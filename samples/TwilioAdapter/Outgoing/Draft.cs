using System.Text.Json;
using System.Text.Json.Nodes;
using TwilioAdapter.Twilio;

namespace TwilioAdapter.Outgoing;

/// <summary>A message that the program sends, checked. Pure.</summary>
/// <param name="Session">The session that sends it.</param>
/// <param name="From">Its number, as Twilio writes it.</param>
/// <param name="To">Whom it is for, likewise.</param>
/// <param name="Body">Its text; empty for none.</param>
/// <param name="MediaUrl">Where its file is; null for none.</param>
/// <param name="StatusCallback">Who is told what becomes of it; null: no one.</param>
internal sealed record Draft(
    string Session,
    string From,
    string To,
    string Body,
    string? MediaUrl,
    string? StatusCallback
)
{
    /// <summary>Checks a message.</summary>
    /// <returns>Either the message or what is wrong with it.</returns>
    public static (Draft? Draft, TwilioError? Error) Of(
        Settings settings,
        string? from,
        string? to,
        string? body,
        string? mediaUrl,
        string? callback
    )
    {
        if (to is null)
            return (null, new(21604, "A 'To' phone number is required"));
        if (from is null)
            return (null, new(21603, "A 'From' phone number is required"));
        if (WhatsAppAddress.ToApi(to) is null)
            return (null, TwilioError.BadTo(to));
        if (settings.SessionOf(from) is not { } session)
            return (null, TwilioError.BadFrom(from));
        if (string.IsNullOrEmpty(body) && mediaUrl is null)
            return (null, new(21619, "A text message body or a media URL must be specified"));
        if (mediaUrl is not null && !Settings.IsUrl(mediaUrl))
            return (null, new(21620, "Invalid media URL(s): it must be an https address"));
        if (callback is not null && !Settings.IsUrl(callback))
            return (
                null,
                new(21609, "Invalid 'StatusCallback' URL: it must be an http or https address")
            );
        if (!string.IsNullOrEmpty(body) && mediaUrl is not null && !HasCaption(KindOf(mediaUrl)))
            return (
                null,
                TwilioError.NotSupported(
                    "WhatsApp shows no text with a sound file or a sticker; send two messages"
                )
            );
        var told = callback ?? (settings.StatusCallback is { Length: > 0 } url ? url : null);
        return (new(session, from, to, body ?? "", mediaUrl, told), null);
    }

    /// <summary>What WaOperator is told. The SID is the message's id there.</summary>
    public string ToApi(string sid)
    {
        var json = new JsonObject { ["to"] = WhatsAppAddress.ToApi(To), ["id"] = sid };
        if (MediaUrl is null)
            json["text"] = Body;
        else
        {
            var kind = KindOf(MediaUrl);
            var file = new JsonObject { ["url"] = MediaUrl };
            if (Body.Length > 0)
                file["caption"] = Body;
            if (kind == "document")
                file["fileName"] = NameOf(MediaUrl);
            json[kind] = file;
        }
        return json.ToJsonString(JsonSerializerOptions.Web);
    }

    // Twilio looks at the file's type. The adapter does not fetch what others name; the name has to tell.
    private static string KindOf(string url) =>
        Path.GetExtension(NameOf(url)).ToLowerInvariant() switch
        {
            ".jpg" or ".jpeg" or ".png" => "image",
            ".mp4" or ".3gp" => "video",
            ".mp3" or ".m4a" or ".aac" or ".amr" or ".ogg" or ".opus" => "audio",
            ".webp" => "sticker",
            _ => "document",
        };

    private static bool HasCaption(string kind) => kind is "image" or "video" or "document";

    private static string NameOf(string url) =>
        Uri.UnescapeDataString(new Uri(url).Segments[^1].TrimEnd('/')) is { Length: > 0 } name
            ? name
            : "file";
}
