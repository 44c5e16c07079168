using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Gateway.Cloud;

/// <summary>Turns the content of messages into that of our own API. Pure; what is wrong leaves by a <see cref="CloudFaultException"/>.</summary>
internal static class CloudKinds
{
    private const string Text = "text";

    /// <summary>Adds the content of a message.</summary>
    /// <param name="body">The body of our own API.</param>
    /// <param name="metadata">What is kept with the message.</param>
    /// <param name="message">The message.</param>
    /// <param name="phone">The number that sends it.</param>
    public static void Add(JsonObject body, JsonObject metadata, CloudMessage message, string phone)
    {
        var type = message.Type ?? Text;
        RefuseOthers(message, type);
        switch (type)
        {
            case Text:
                body[Text] = new JsonObject { ["body"] = Given(message.Text, type).Body };
                break;
            case "image" or "video" or "document" or "sticker":
                body[type] = File(type, FileOf(message, type), phone);
                break;
            case "audio":
                var sound = FileOf(message, type);
                body[sound.Voice == true ? "voice" : type] = File(type, sound, phone);
                break;
            case "location":
                body[type] = Place(Given(message.Location, type));
                break;
            case "contacts":
                body[type] = CloudContacts.Of(Given(message.Contacts, type));
                break;
            case "reaction":
                body[type] = Reaction(Given(message.Reaction, type));
                break;
            case "interactive":
                CloudChoices.Add(body, metadata, Given(message.Interactive, type), phone);
                break;
            case "template":
                throw new CloudFaultException(
                    new(
                        CloudCode.Template,
                        "there are no templates here, and none is needed: send the text itself, at any time"
                    )
                );
            default:
                throw new CloudFaultException(
                    new(
                        CloudCode.Kind,
                        "\"type\" must be text, image, video, audio, document, sticker, location, contacts, reaction or interactive"
                    )
                );
        }
    }

    /// <summary>A file as our own API has it.</summary>
    /// <param name="type">As what it is sent, as the field is called.</param>
    /// <param name="file">The file.</param>
    /// <param name="phone">The number that sends it.</param>
    internal static JsonObject File(string type, CloudFile file, string phone)
    {
        var made = new JsonObject();
        switch (file)
        {
            case { Id: { } id, Link: null }:
                made["media"] = MediaOf(id, type, phone);
                break;
            case { Id: null, Link: { } link }:
                made["url"] = link;
                break;
            default:
                throw CloudFaultException.Parameter(
                    $"\"{type}\" has either \"id\", of an upload, or \"link\", where it is fetched from"
                );
        }
        Refuse(file.Caption is { Length: > 0 } && type is "audio" or "sticker", "caption");
        Refuse(file.Filename is not null && type != "document", "filename");
        Refuse(file.Voice is not null && type != "audio", "voice");
        if (file.Caption is { Length: > 0 } caption)
            made["caption"] = caption;
        if (file.Filename is { } name)
            made["fileName"] = name;
        return made;

        void Refuse(bool misplaced, string field)
        {
            if (misplaced)
                throw CloudFaultException.Parameter($"\"{type}\" has no \"{field}\"");
        }
    }

    private static string MediaOf(string id, string type, string phone)
    {
        if (!CloudMediaIds.TryRead(id, out var number, out var media))
            throw new CloudFaultException(
                new(CloudCode.Media, $"\"{type}.id\" must be the id that an upload gave")
            );
        if (number is not null && number != phone)
            throw new CloudFaultException(
                new(
                    CloudCode.Media,
                    $"\"{type}.id\" is a file of another number: a file is sent by the number to which it was uploaded"
                )
            );
        return media;
    }

    private static JsonObject Place(CloudPlace place)
    {
        var made = new JsonObject
        {
            ["latitude"] = Degrees(place.Latitude, "latitude"),
            ["longitude"] = Degrees(place.Longitude, "longitude"),
        };
        if (place.Name is { } name)
            made["name"] = name;
        if (place.Address is { } address)
            made["address"] = address;
        return made;
    }

    // Texts may also say what is no number.
    private static double Degrees(double? degrees, string field) =>
        degrees is { } number && double.IsFinite(number)
            ? number
            : throw CloudFaultException.Parameter($"\"location\" needs its \"{field}\" in degrees");

    private static JsonObject Reaction(CloudReaction reaction) =>
        new()
        {
            ["message"] = CloudMessages.IdOf(reaction.MessageId, "reaction.message_id"),
            ["emoji"] = reaction.Emoji ?? "",
        };

    private static CloudFile FileOf(CloudMessage message, string type) =>
        Given(
            type switch
            {
                "image" => message.Image,
                "video" => message.Video,
                "audio" => message.Audio,
                "document" => message.Document,
                _ => message.Sticker,
            },
            type
        );

    private static T Given<T>(T? content, string type)
        where T : class =>
        content
        ?? throw CloudFaultException.Parameter(
            $"a message of \"type\": \"{type}\" needs the field \"{type}\""
        );

    private static void RefuseOthers(CloudMessage message, string type)
    {
        foreach (
            var (field, given) in ((string, bool)[])
                [
                    (Text, message.Text is not null),
                    ("image", message.Image is not null),
                    ("video", message.Video is not null),
                    ("audio", message.Audio is not null),
                    ("document", message.Document is not null),
                    ("sticker", message.Sticker is not null),
                    ("location", message.Location is not null),
                    ("contacts", message.Contacts is not null),
                    ("reaction", message.Reaction is not null),
                    ("interactive", message.Interactive is not null),
                    ("template", message.Template is { ValueKind: not JsonValueKind.Null }),
                ]
        )
            if (given && field != type)
                throw CloudFaultException.Parameter(
                    $"\"type\" is \"{type}\", and \"{field}\" is given: a message has one kind"
                );
    }
}
