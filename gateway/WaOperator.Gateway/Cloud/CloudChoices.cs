using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Domain;

namespace WaOperator.Gateway.Cloud;

/// <summary>
/// Turns buttons and lists, which accounts like ours cannot send, into polls with one choice. What was chosen is told by webhooks with the
/// caller's id, which is kept with the message. Pure; what is wrong leaves by a <see cref="CloudFaultException"/>.
/// </summary>
internal static class CloudChoices
{
    /// <summary>The key of the metadata that has the caller's ids by what the options say.</summary>
    public const string OptionsKey = CloudKeys.Options;

    /// <summary>The key of the metadata that says whether it was buttons or a list.</summary>
    public const string KindKey = CloudKeys.Kind;

    private const int MaxOptions = 12;

    // Of a value of metadata.
    private const int MaxIds = 512;

    // Of a poll's question.
    private const int MaxQuestion = 1024;

    /// <summary>Adds the content of a message.</summary>
    /// <param name="body">The body of our own API.</param>
    /// <param name="metadata">What is kept with the message.</param>
    /// <param name="asked">What can be chosen.</param>
    /// <param name="phone">The number that sends it.</param>
    public static void Add(
        JsonObject body,
        JsonObject metadata,
        CloudInteractive asked,
        string phone
    )
    {
        var parts =
            asked.Action?.Parts
            ?? throw CloudFaultException.Parameter("\"interactive\" needs its \"action\"");
        var choices = asked.Type switch
        {
            "button" => Buttons(parts),
            "list" => Rows(parts),
            _ => throw new CloudFaultException(
                new(CloudCode.Kind, "\"interactive.type\" must be \"button\" or \"list\"")
            ),
        };
        Check(choices);
        var question = Question(asked, parts);
        if (choices is [var only])
        {
            AddOne(body, asked.Header, question, only.Title!, phone);
            return;
        }
        if (FileOf(asked.Header) is not null)
            throw CloudFaultException.Value(
                "\"interactive.header\": a file cannot stand above several options; send it as a message before"
            );
        if (question.Length is 0 or > MaxQuestion)
            throw CloudFaultException.Value(
                $"\"interactive\": header, body, footer and descriptions together must have 1 to {MaxQuestion} characters"
            );
        body["poll"] = new JsonObject
        {
            ["name"] = question,
            ["options"] = new JsonArray([.. choices.Select(c => (JsonNode?)c.Title)]),
            ["choices"] = 1,
        };
        metadata[KindKey] = asked.Type;
        metadata[OptionsKey] = Ids(choices);
    }

    /// <summary>A poll has two options at least: one alone is said.</summary>
    private static void AddOne(
        JsonObject body,
        CloudHeader? header,
        string question,
        string only,
        string phone
    )
    {
        var text = question.Length == 0 ? only : $"{question}\n\n{only}";
        if (FileOf(header) is not { File: var file, Kind: var kind })
        {
            body["text"] = new JsonObject { ["body"] = text };
            return;
        }
        if (file.Caption is not null)
            throw CloudFaultException.Parameter(
                $"\"interactive.header.{kind}\" has no \"caption\""
            );
        body[kind] = CloudKinds.File(kind, file with { Caption = text }, phone);
    }

    private static IReadOnlyList<CloudChoice> Buttons(CloudActionParts parts)
    {
        if (parts is not { Buttons: { } buttons, Sections: null, Button: null })
            throw CloudFaultException.Parameter(
                "\"interactive.action\" of a \"button\" has \"buttons\" and nothing else"
            );
        return
        [
            .. buttons.Select(b =>
                b is { Type: "reply", Reply: { Description: null } reply }
                    ? reply
                    : throw CloudFaultException.Value(
                        "each of \"interactive.action.buttons\" must be {\"type\": \"reply\", \"reply\": {\"id\", \"title\"}}"
                    )
            ),
        ];
    }

    private static IReadOnlyList<CloudChoice> Rows(CloudActionParts parts)
    {
        if (parts is not { Buttons: null, Sections: { } sections })
            throw CloudFaultException.Parameter(
                "\"interactive.action\" of a \"list\" has \"sections\" and \"button\" and nothing else"
            );
        return
        [
            .. sections
                .SelectMany(s => s?.Rows ?? [])
                .Select(r =>
                    r
                    ?? throw CloudFaultException.Value(
                        "each row of \"interactive.action.sections\" must be {\"id\", \"title\"}"
                    )
                ),
        ];
    }

    private static void Check(IReadOnlyList<CloudChoice> choices)
    {
        if (choices.Count is 0 or > MaxOptions)
            throw CloudFaultException.Value($"\"interactive\" must have 1 to {MaxOptions} options");
        var titles = new HashSet<string>(StringComparer.Ordinal);
        foreach (var choice in choices)
        {
            if (string.IsNullOrWhiteSpace(choice.Title) || string.IsNullOrEmpty(choice.Id))
                throw CloudFaultException.Parameter(
                    "each option of \"interactive\" needs its \"id\" and its \"title\""
                );
            if (!titles.Add(choice.Title))
                throw CloudFaultException.Value(
                    "the titles of \"interactive\" must differ: a choice is known by its title"
                );
        }
    }

    /// <summary>All that is said beside the options: they have one line each, and nothing below it.</summary>
    private static string Question(CloudInteractive asked, CloudActionParts parts)
    {
        if (asked.Header is { Type: not ("text" or "image" or "video" or "document") })
            throw CloudFaultException.Value(
                "\"interactive.header.type\" must be \"text\", \"image\", \"video\" or \"document\""
            );
        List<string?> blocks = [asked.Header?.Text, asked.Body?.Text];
        var sections = parts.Sections ?? [];
        var lists = sections.Count > 1 || sections.Any(s => s?.Rows?.Any(Says) == true);
        foreach (var section in sections)
        {
            List<string> lines = [];
            if (!string.IsNullOrWhiteSpace(section?.Title))
                lines.Add(section.Title);
            if (lists)
                lines.AddRange((section?.Rows ?? []).OfType<CloudChoice>().Select(Line));
            blocks.Add(string.Join('\n', lines));
        }
        blocks.Add(asked.Footer?.Text);
        return string.Join("\n\n", blocks.Where(b => !string.IsNullOrWhiteSpace(b)));
    }

    private static bool Says(CloudChoice? choice) =>
        !string.IsNullOrWhiteSpace(choice?.Description);

    private static string Line(CloudChoice choice) =>
        Says(choice) ? $"- {choice.Title}: {choice.Description}" : $"- {choice.Title}";

    private static (string Kind, CloudFile File)? FileOf(CloudHeader? header) =>
        header switch
        {
            null or { Type: "text", Image: null, Video: null, Document: null } => null,
            { Type: "image", Image: { } file, Video: null, Document: null, Text: null } => (
                "image",
                file
            ),
            { Type: "video", Video: { } file, Image: null, Document: null, Text: null } => (
                "video",
                file
            ),
            { Type: "document", Document: { } file, Image: null, Video: null, Text: null } => (
                "document",
                file
            ),
            _ => throw CloudFaultException.Parameter(
                "\"interactive.header\" has the one field that its \"type\" names"
            ),
        };

    private static string Ids(IReadOnlyList<CloudChoice> choices)
    {
        var ids = new JsonObject(
            choices.Select(c => KeyValuePair.Create(c.Title!, (JsonNode?)c.Id))
        ).ToJsonString(Compact);
        return ids.Length <= MaxIds
            ? ids
            : throw CloudFaultException.Value(
                $"the ids and titles of \"interactive\" have {ids.Length} characters together as JSON, and may have {MaxIds}; shorten the ids"
            );
    }

    /// <summary>How what we write is escaped: no more than JSON needs.</summary>
    internal static JsonSerializerOptions Compact { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
