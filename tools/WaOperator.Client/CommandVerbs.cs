using System.CommandLine;
using System.Text.Json.Nodes;

namespace WaOperator.Client;

/// <summary>A verb that runs one command: how its options become the command's arguments.</summary>
/// <param name="Name">The verb.</param>
/// <param name="Description">What it does.</param>
/// <param name="Argument">What stands behind the verb.</param>
/// <param name="Options">Its options.</param>
/// <param name="Read">Gives the command and its arguments.</param>
internal sealed record CommandVerb(
    string Name,
    string Description,
    Argument<string> Argument,
    IReadOnlyList<Option> Options,
    Func<ParseResult, (string Command, JsonObject Arguments)> Read
);

/// <summary>send, group, media: the first argument says what, options with the names of the command's arguments say the rest.</summary>
internal static class CommandVerbs
{
    private static readonly Option<string>[] Texts =
    [
        Text("--to", "send, media: a phone number in digits, or USER@SERVER."),
        Text("--text", "The text of a message."),
        Text(
            "--id",
            "The message that is meant: replied to, reacted to, edited, deleted, downloaded."
        ),
        Text("--message-id", "The id of the new message: letters and digits. Default a new one."),
        Text("--emoji", "send react: the reaction; an empty one takes it back."),
        Text("--name", "send contact: the contact's name."),
        Text("--phone", "send contact: the contact's phone number, digits only."),
        Text("--question", "send poll: the question."),
        Text("--kind", "media: image, video, audio, document or sticker. Default document."),
        Text("--path", "media: the file to read; download: the file to write."),
        Text("--caption", "media: the text under it."),
        Text("--mimetype", "media: the file's MIME type."),
        Text("--file-name", "media: the name that a document shows."),
        Text(
            "--reference",
            "media download: the file as JSON, as upload and received messages give it."
        ),
        Text("--group", "group: its address."),
        Text("--subject", "group create, group subject: its name."),
        Text("--code", "group join: the invite code."),
    ];

    private static readonly Option<string[]>[] Lists =
    [
        List("--mentions", "send text: who is mentioned; may be given several times."),
        List("--answers", "send poll: an answer; several times."),
        List("--members", "group: an account; several times."),
    ];

    private static readonly Option<double?>[] Numbers =
    [
        new("--latitude") { Description = "send location: degrees." },
        new("--longitude") { Description = "send location: degrees." },
    ];

    private static readonly Option<bool>[] Flags =
    [
        new("--voice") { Description = "media send: an audio file as a voice note." },
        new("--view-once")
        {
            Description = "media send: an image, a video or a voice note that can be opened once.",
        },
        new("--revoke") { Description = "group invite: make the old link worthless." },
    ];

    /// <summary>The verbs.</summary>
    public static IReadOnlyList<CommandVerb> All { get; } =
    [
        Verb(
            "send",
            "Sends a message and waits for the server: text, reply, react, edit, delete, location, contact, poll.",
            "text",
            ["text", "reply", "react", "edit", "delete", "location", "contact", "poll"],
            what => what == "text" ? "send" : what
        ),
        Verb(
            "media",
            "Files: send, upload, download.",
            "send",
            ["send", "upload", "download"],
            what => what == "send" ? "media" : what
        ),
        Verb(
            "group",
            "Groups: create, info, list, add, remove, promote, demote, subject, invite, join, leave.",
            "list",
            [
                "create",
                "info",
                "list",
                "add",
                "remove",
                "promote",
                "demote",
                "subject",
                "invite",
                "join",
                "leave",
            ],
            what =>
                what switch
                {
                    "create" => "group",
                    "list" => "groups",
                    _ => $"group-{what}",
                }
        ),
        Verb(
            "read",
            "Marks a message as read: read CHAT --id ID [--participant SENDER].",
            null,
            [],
            null
        ),
    ];

    private static CommandVerb Verb(
        string name,
        string description,
        string? otherwise,
        string[] all,
        Func<string, string>? command
    )
    {
        if (command is null)
            return ReadVerb(name, description);
        var what = new Argument<string>("what")
        {
            Description = description,
            DefaultValueFactory = _ => otherwise!,
        };
        what.AcceptOnlyFromAmong(all);
        return new(
            name,
            description,
            what,
            [.. Texts, .. Lists, .. Numbers, .. Flags],
            parsed => (command(parsed.GetRequiredValue(what)), Arguments(parsed))
        );
    }

    private static CommandVerb ReadVerb(string name, string description)
    {
        var chat = new Argument<string>("chat") { Description = "The chat's address." };
        var id = Text("--id", "The message.");
        var participant = Text("--participant", "Who sent it, in a group.");
        return new(
            name,
            description,
            chat,
            [id, participant],
            parsed =>
                (
                    "read",
                    new()
                    {
                        ["chat"] = parsed.GetRequiredValue(chat),
                        ["id"] = parsed.GetValue(id),
                        ["participant"] = parsed.GetValue(participant),
                    }
                )
        );
    }

    private static JsonObject Arguments(ParseResult parsed)
    {
        var arguments = new JsonObject();
        foreach (var option in Texts)
        {
            if (parsed.GetValue(option) is { } text)
                arguments[NameOf(option)] = text;
        }
        foreach (var option in Lists)
        {
            if (parsed.GetValue(option) is { Length: > 0 } list)
                arguments[NameOf(option)] = new JsonArray([.. list.Select(i => (JsonNode)i)]);
        }
        foreach (var option in Numbers)
        {
            if (parsed.GetValue(option) is { } number)
                arguments[NameOf(option)] = number;
        }
        foreach (var option in Flags)
        {
            if (parsed.GetValue(option))
                arguments[NameOf(option)] = true;
        }
        return arguments;
    }

    /// <summary>--file-name is fileName.</summary>
    private static string NameOf(Option option)
    {
        var parts = option.Name.TrimStart('-').Split('-');
        return parts[0]
            + string.Concat(parts.Skip(1).Select(p => char.ToUpperInvariant(p[0]) + p[1..]));
    }

    private static Option<string> Text(string name, string description) =>
        new(name) { Description = description };

    private static Option<string[]> List(string name, string description) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true };
}
