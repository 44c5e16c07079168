using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using WaOperator.Domain;

namespace WaOperator.Gateway.Cloud;

/// <summary>Turns what programs post into requests of our own API. What is wrong with single values is for pods to say. Pure.</summary>
internal static class CloudMessages
{
    /// <summary>The key of the metadata that has the caller's own text.</summary>
    public const string CallbackKey = CloudKeys.Callback;

    private const string Product = "whatsapp";
    private const int MaxCallback = 512;

    /// <summary>Reads a post; any message gives a request or what is wrong.</summary>
    /// <param name="message">As it came.</param>
    /// <param name="phone">The number that sends it: files of others cannot be sent.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static bool TryRead(
        CloudMessage message,
        string phone,
        [NotNullWhen(true)] out CloudRequest? request,
        [NotNullWhen(false)] out CloudFault? fault
    )
    {
        (request, fault) = (null, null);
        try
        {
            if (message.MessagingProduct != Product)
                throw CloudFaultException.Parameter("\"messaging_product\" must be \"whatsapp\"");
            request = message.Status is null ? Send(message, phone) : Read(message);
            return true;
        }
        catch (CloudFaultException e)
        {
            fault = e.Fault;
            return false;
        }
    }

    /// <summary>Our id of a message that a field names.</summary>
    internal static string IdOf(string? wamid, string field) =>
        CloudIds.TryRead(wamid ?? "", out var id)
            ? id
            : throw CloudFaultException.Value(
                $"\"{field}\" must be the id of a message, as this API or its webhooks gave it (wamid...)"
            );

    private static CloudRead Read(CloudMessage message)
    {
        if (message.Status != "read")
            throw CloudFaultException.Value("\"status\" must be \"read\"");
        if (
            message with
            {
                MessagingProduct = null,
                Status = null,
                MessageId = null,
                TypingIndicator = null,
            } != new CloudMessage()
        )
            throw CloudFaultException.Parameter(
                "with \"status\" a request has \"message_id\" and \"typing_indicator\" and nothing else"
            );
        if (message.TypingIndicator is { Type: not "text" })
            throw CloudFaultException.Value("\"typing_indicator.type\" must be \"text\"");
        return new(IdOf(message.MessageId, "message_id"), message.TypingIndicator is not null);
    }

    private static CloudSend Send(CloudMessage message, string phone)
    {
        if (message.MessageId is not null || message.TypingIndicator is not null)
            throw CloudFaultException.Parameter(
                "\"message_id\" and \"typing_indicator\" belong to a request with \"status\": \"read\""
            );
        var body = new JsonObject { ["to"] = ToOf(message) };
        var metadata = new JsonObject();
        if (message.BizOpaqueCallbackData is { } own)
            metadata[CallbackKey] =
                own.Length <= MaxCallback
                    ? own
                    : throw CloudFaultException.Value(
                        $"\"biz_opaque_callback_data\" may have up to {MaxCallback} characters"
                    );
        CloudKinds.Add(body, metadata, message, phone);
        if (message.Context is { } context)
            body["replyTo"] = IdOf(context.MessageId, "context.message_id");
        if (metadata.Count > 0)
            body["metadata"] = metadata;
        return new(message.To!, body);
    }

    /// <summary>The recipient as our own API names it.</summary>
    private static string ToOf(CloudMessage message)
    {
        if (string.IsNullOrEmpty(message.To))
            throw CloudFaultException.Parameter(
                "\"to\" is missing: a phone number, or an address as webhooks give it"
            );
        var isGroup = message.To.EndsWith("@g.us", StringComparison.Ordinal);
        return (message.RecipientType, isGroup) switch
        {
            (null or "individual", false) or ("group", true) => message.To,
            ("group", false) when message.To.All(char.IsAsciiDigit) => message.To + "@g.us",
            ("group", false) => throw CloudFaultException.Value(
                "\"to\" must be the id of a group, digits or digits@g.us"
            ),
            (null or "individual", true) => throw CloudFaultException.Value(
                "\"to\" is a group's id: say \"recipient_type\": \"group\""
            ),
            _ => throw CloudFaultException.Value(
                "\"recipient_type\" must be \"individual\" or \"group\""
            ),
        };
    }
}
