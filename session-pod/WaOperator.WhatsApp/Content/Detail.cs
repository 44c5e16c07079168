using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Parts of a message in protobuf's own JSON form, without keys and what is encrypted, and without the addresses of files. Pure.</summary>
internal static class Detail
{
    /// <summary>Readers of JSON follow 64 levels; the content and its event stand around this.</summary>
    private const int MaxDepth = 32;

    /// <summary>What is shown in a form of its own, or holds messages.</summary>
    private static readonly string[] ShownApart =
    [
        "contextInfo",
        "noteMessage",
        "message",
        "location",
        "editedMessage",
    ];

    /// <summary>The kinds of a message with what they hold, but for context and messages; null: nested too deep.</summary>
    public static JsonElement? Of(Message message)
    {
        var shown = message.Clone();
        shown.SenderKeyDistributionMessage = null;
        shown.FastRatchetKeySenderKeyDistributionMessage = null;
        shown.MessageContextInfo = null;
        foreach (var kind in Message.Descriptor.Fields.InDeclarationOrder())
            if (
                kind.FieldType == FieldType.Message
                && kind.Accessor.GetValue(shown) is IMessage content
            )
                Strip(content);
        RemoveSecrets(shown);
        return Format(shown);
    }

    /// <summary>Where the chat was begun; null: the context does not tell.</summary>
    public static JsonElement? OfReferral(ContextInfo context)
    {
        var told = new ContextInfo
        {
            QuotedAd = context.QuotedAd,
            ExternalAdReply = context.ExternalAdReply,
            Utm = context.Utm,
        };
        foreach (var field in Referring)
            if (field.Accessor.HasValue(context))
                field.Accessor.SetValue(told, field.Accessor.GetValue(context));
        return told.CalculateSize() == 0 ? null : Format(told);
    }

    private static readonly FieldDescriptor[] Referring =
    [
        .. ContextInfo
            .Descriptor.Fields.InDeclarationOrder()
            .Where(field =>
                field.FieldType != FieldType.Message
                && (
                    field.Name.Contains("onversion", StringComparison.Ordinal)
                    || field.Name.StartsWith("ctwa", StringComparison.Ordinal)
                    || field.Name.StartsWith("smb", StringComparison.Ordinal)
                )
            ),
    ];

    /// <summary>Of bytes, what is known to be harmless stays: bytes of later versions may be keys.</summary>
    private static bool IsShown(string bytes) =>
        bytes.EndsWith("humbnail", StringComparison.Ordinal)
        || bytes is "fileSha256" or "waveform" or "conversionData" or "ctwaPayload";

    private static void RemoveSecrets(IMessage message)
    {
        var isFile = message.Descriptor.FindFieldByName("mediaKey") is not null;
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
            switch (field.FieldType)
            {
                case FieldType.Bytes when !IsShown(field.Name):
                case FieldType.String when isFile && IsAddress(field.Name):
                    field.Accessor.Clear(message);
                    break;
                case FieldType.Message when field.IsRepeated:
                    foreach (var item in (IEnumerable)field.Accessor.GetValue(message))
                        if (item is IMessage part)
                            RemoveSecrets(part);
                    break;
                case FieldType.Message when field.Accessor.GetValue(message) is IMessage part:
                    RemoveSecrets(part);
                    break;
            }
    }

    private static bool IsAddress(string name) =>
        name == "url" || name.EndsWith("irectPath", StringComparison.Ordinal);

    private static void Strip(IMessage content)
    {
        foreach (var name in ShownApart)
            if (
                content.Descriptor.FindFieldByName(name) is { } field
                && field.FieldType is FieldType.Message or FieldType.Bytes
            )
                field.Accessor.Clear(content);
    }

    private static JsonElement? Format(IMessage message)
    {
        try
        {
            using var json = JsonDocument.Parse(
                JsonFormatter.Default.Format(message),
                new JsonDocumentOptions { MaxDepth = MaxDepth }
            );
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            // The caller reports it as too deep; the raw bytes have it all.
            return null;
        }
    }
}
