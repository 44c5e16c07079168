using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Reads a record that may also stand as a JSON string, which is then its main part.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <typeparam name="TParts">The same as an object only.</typeparam>
internal abstract class ShortForm<T, TParts> : JsonConverter<T>
    where T : class
    where TParts : class
{
    /// <inheritdoc/>
    public override T? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
            return OfText(reader.GetString()!);
        try
        {
            return JsonSerializer.Deserialize(ref reader, Parts(options)) is { } parts
                ? OfParts(parts)
                : null;
        }
        catch (JsonException e)
        {
            // Its path begins here; without one of its own, the outer exception is given the way to here.
            throw new JsonException(e.Message.Split(" Path: ")[0], e);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, PartsOf(value), Parts(options));

    protected abstract T OfText(string text);

    protected abstract T OfParts(TParts parts);

    protected abstract TParts PartsOf(T value);

    private static JsonTypeInfo<TParts> Parts(JsonSerializerOptions options) =>
        (JsonTypeInfo<TParts>)options.GetTypeInfo(typeof(TParts));
}

/// <summary>A text as an object.</summary>
/// <param name="Body">1 to 65,536 characters.</param>
/// <param name="Preview">The preview of a link in it.</param>
internal sealed record TextParts(string? Body = null, PreviewBody? Preview = null);

/// <summary>A named message as an object.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Chat">The chat that it is in. Default where this message goes.</param>
/// <param name="From">Who sent it. Default for an edit or a deletion this account, else the other person of a chat of two.</param>
/// <param name="Text">Its text: what a reply shows of it, or what is forwarded.</param>
internal sealed record MessageNameParts(
    string? Id = null,
    string? Chat = null,
    string? From = null,
    string? Text = null
);

internal sealed class TextBodyConverter : ShortForm<TextBody, TextParts>
{
    protected override TextBody OfText(string text) => new() { Body = text };

    protected override TextBody OfParts(TextParts parts) =>
        new() { Body = parts.Body, Preview = parts.Preview };

    protected override TextParts PartsOf(TextBody value) => new(value.Body, value.Preview);
}

internal sealed class MessageNameConverter : ShortForm<MessageName, MessageNameParts>
{
    protected override MessageName OfText(string text) => new() { Id = text };

    protected override MessageName OfParts(MessageNameParts parts) =>
        new()
        {
            Id = parts.Id,
            Chat = parts.Chat,
            From = parts.From,
            Text = parts.Text,
        };

    protected override MessageNameParts PartsOf(MessageName value) =>
        new(value.Id, value.Chat, value.From, value.Text);
}
