using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Gateway.Cloud;

/// <summary>What a program posts to a number's messages: a message to be sent, or that one was read.</summary>
internal sealed record CloudMessage
{
    /// <summary>whatsapp.</summary>
    [JsonPropertyName("messaging_product")]
    public string? MessagingProduct { get; init; }

    /// <summary>individual (the default) or group.</summary>
    [JsonPropertyName("recipient_type")]
    public string? RecipientType { get; init; }

    /// <summary>Recipient: a phone number, an address as events give it, or a group's id.</summary>
    public string? To { get; init; }

    /// <summary>The kind of the message, which names the field that has its content. Default text.</summary>
    public string? Type { get; init; }

    /// <summary>The message that it replies to.</summary>
    public CloudContext? Context { get; init; }

    /// <summary>The caller's own text, given back with what becomes of the message; up to 512 characters.</summary>
    [JsonPropertyName("biz_opaque_callback_data")]
    public string? BizOpaqueCallbackData { get; init; }

    /// <summary>A text.</summary>
    public CloudText? Text { get; init; }

    /// <summary>A picture.</summary>
    public CloudFile? Image { get; init; }

    /// <summary>A video.</summary>
    public CloudFile? Video { get; init; }

    /// <summary>A sound file, or with voice a voice note.</summary>
    public CloudFile? Audio { get; init; }

    /// <summary>A document.</summary>
    public CloudFile? Document { get; init; }

    /// <summary>A sticker.</summary>
    public CloudFile? Sticker { get; init; }

    /// <summary>A place.</summary>
    public CloudPlace? Location { get; init; }

    /// <summary>Contacts.</summary>
    public IReadOnlyList<CloudContact?>? Contacts { get; init; }

    /// <summary>A reaction to a message.</summary>
    public CloudReaction? Reaction { get; init; }

    /// <summary>Buttons or a list, sent as a poll.</summary>
    public CloudInteractive? Interactive { get; init; }

    /// <summary>Not supported: there are no templates here.</summary>
    public JsonElement? Template { get; init; }

    /// <summary>read: the message with message_id was.</summary>
    public string? Status { get; init; }

    /// <summary>The message that was read.</summary>
    [JsonPropertyName("message_id")]
    public string? MessageId { get; init; }

    /// <summary>With status: its chat is shown that the account is typing.</summary>
    [JsonPropertyName("typing_indicator")]
    public CloudTyping? TypingIndicator { get; init; }
}

/// <summary>The message that another one replies to.</summary>
internal sealed record CloudContext
{
    /// <summary>Its id.</summary>
    [JsonPropertyName("message_id")]
    public string? MessageId { get; init; }
}

/// <summary>A text.</summary>
internal sealed record CloudText
{
    /// <summary>What it says.</summary>
    public string? Body { get; init; }

    /// <summary>Taken and of no effect: no page is fetched for a preview.</summary>
    [JsonPropertyName("preview_url")]
    public bool? PreviewUrl { get; init; }
}

/// <summary>A file.</summary>
internal sealed record CloudFile
{
    /// <summary>The id that its upload gave.</summary>
    public string? Id { get; init; }

    /// <summary>Instead of its id, where it is fetched from: an https address of a public host.</summary>
    public string? Link { get; init; }

    /// <summary>The text under it (picture, video, document).</summary>
    public string? Caption { get; init; }

    /// <summary>The name of a document.</summary>
    public string? Filename { get; init; }

    /// <summary>A sound file is a voice note.</summary>
    public bool? Voice { get; init; }
}

/// <summary>A place.</summary>
internal sealed record CloudPlace
{
    /// <summary>Degrees, -90 to 90; also as a text.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public double? Latitude { get; init; }

    /// <summary>Degrees, -180 to 180; also as a text.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public double? Longitude { get; init; }

    /// <summary>The place's name.</summary>
    public string? Name { get; init; }

    /// <summary>Its address.</summary>
    public string? Address { get; init; }
}

/// <summary>A reaction.</summary>
internal sealed record CloudReaction
{
    /// <summary>The message that it is to.</summary>
    [JsonPropertyName("message_id")]
    public string? MessageId { get; init; }

    /// <summary>One emoji; empty takes the reaction back.</summary>
    public string? Emoji { get; init; }
}

/// <summary>How the account is shown.</summary>
internal sealed record CloudTyping
{
    /// <summary>text.</summary>
    public string? Type { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 16
)]
[JsonSerializable(typeof(CloudMessage))]
[JsonSerializable(typeof(CloudActionParts))]
[JsonSerializable(typeof(CloudErrorAnswer))]
[JsonSerializable(typeof(CloudSent))]
[JsonSerializable(typeof(CloudDone))]
[JsonSerializable(typeof(CloudUploaded))]
[JsonSerializable(typeof(CloudMedia))]
[JsonSerializable(typeof(CloudPhone))]
[JsonSerializable(typeof(CloudPhonePage))]
[JsonSerializable(typeof(CloudTemplatePage))]
internal sealed partial class CloudJson : JsonSerializerContext;
