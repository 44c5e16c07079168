using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace WaOperator.Gateway.Cloud;

/// <summary>Buttons or a list to choose from.</summary>
internal sealed record CloudInteractive
{
    /// <summary>button or list.</summary>
    public string? Type { get; init; }

    /// <summary>What stands above it.</summary>
    public CloudHeader? Header { get; init; }

    /// <summary>The question.</summary>
    public CloudLine? Body { get; init; }

    /// <summary>What stands below it.</summary>
    public CloudLine? Footer { get; init; }

    /// <summary>What can be chosen.</summary>
    public CloudAction? Action { get; init; }
}

/// <summary>A text of a message that is chosen from.</summary>
internal sealed record CloudLine
{
    /// <summary>What it says.</summary>
    public string? Text { get; init; }
}

/// <summary>What stands above the question.</summary>
internal sealed record CloudHeader
{
    /// <summary>text; with one button alone also image, video or document.</summary>
    public string? Type { get; init; }

    /// <summary>A text.</summary>
    public string? Text { get; init; }

    /// <summary>A picture.</summary>
    public CloudFile? Image { get; init; }

    /// <summary>A video.</summary>
    public CloudFile? Video { get; init; }

    /// <summary>A document.</summary>
    public CloudFile? Document { get; init; }
}

/// <summary>What can be chosen; a text of JSON that says it will do, which is how Chatwoot sends it.</summary>
[JsonConverter(typeof(CloudActionConverter))]
internal sealed record CloudAction(CloudActionParts Parts);

/// <summary>What can be chosen.</summary>
internal sealed record CloudActionParts
{
    /// <summary>1 to 3 buttons.</summary>
    public IReadOnlyList<CloudButton?>? Buttons { get; init; }

    /// <summary>The text of what opens a list; taken and of no effect, because a poll shows its options.</summary>
    public string? Button { get; init; }

    /// <summary>The parts of a list.</summary>
    public IReadOnlyList<CloudSection?>? Sections { get; init; }
}

/// <summary>A button.</summary>
internal sealed record CloudButton
{
    /// <summary>reply.</summary>
    public string? Type { get; init; }

    /// <summary>What it says.</summary>
    public CloudChoice? Reply { get; init; }
}

/// <summary>A part of a list.</summary>
internal sealed record CloudSection
{
    /// <summary>What stands above it.</summary>
    public string? Title { get; init; }

    /// <summary>What can be chosen.</summary>
    public IReadOnlyList<CloudChoice?>? Rows { get; init; }
}

/// <summary>Something that can be chosen.</summary>
internal sealed record CloudChoice
{
    /// <summary>The caller's id of it.</summary>
    public string? Id { get; init; }

    /// <summary>What it says.</summary>
    public string? Title { get; init; }

    /// <summary>More about it, in a list.</summary>
    public string? Description { get; init; }
}

internal sealed class CloudActionConverter : JsonConverter<CloudAction>
{
    public override CloudAction? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    )
    {
        var type = (JsonTypeInfo<CloudActionParts>)options.GetTypeInfo(typeof(CloudActionParts));
        var parts =
            reader.TokenType == JsonTokenType.String
                ? JsonSerializer.Deserialize(reader.GetString()!, type)
                : JsonSerializer.Deserialize(ref reader, type);
        return parts is null ? null : new(parts);
    }

    public override void Write(
        Utf8JsonWriter writer,
        CloudAction value,
        JsonSerializerOptions options
    ) =>
        JsonSerializer.Serialize(
            writer,
            value.Parts,
            (JsonTypeInfo<CloudActionParts>)options.GetTypeInfo(typeof(CloudActionParts))
        );
}
