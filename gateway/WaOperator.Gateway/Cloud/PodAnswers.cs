using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Domain;
using WaOperator.Gateway.Forwarding;

namespace WaOperator.Gateway.Cloud;

/// <summary>What of a pod's answer to a message is passed on.</summary>
internal sealed record PodMessage(string? Id, string? To);

/// <summary>What of a pod's answer to an upload or for a link is passed on.</summary>
internal sealed record PodFile(
    string? Id,
    string? Url,
    string? MimeType,
    long? Bytes,
    string? Sha256
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PodMessage))]
[JsonSerializable(typeof(PodFile))]
[JsonSerializable(typeof(ReadBody))]
[JsonSerializable(typeof(TypingBody))]
internal sealed partial class PodJson : JsonSerializerContext;

/// <summary>That a message was read, for a pod.</summary>
internal sealed record ReadBody(IReadOnlyList<string> Messages);

/// <summary>That the account is typing, for a pod.</summary>
internal sealed record TypingBody(string Message, string State);

/// <summary>Turns the answers of pods into those that programs expect. Pure.</summary>
internal static class PodAnswers
{
    private const string Product = "whatsapp";
    private const string PhoneServer = "@s.whatsapp.net";

    /// <summary>The answer to a message.</summary>
    /// <param name="reply">The pod's.</param>
    /// <param name="input">The recipient as the program named it.</param>
    public static CloudSent? Sent(PodReply reply, string input)
    {
        if (Read(reply, PodJson.Default.PodMessage) is not { Id: { } id } message)
            return null;
        // A person's number, as it is in webhooks; what has none stays an address.
        var to =
            message.To is { } address && address.EndsWith(PhoneServer, StringComparison.Ordinal)
                ? address[..^PhoneServer.Length]
                : message.To ?? input;
        return new(Product, [new(input, to)], [new(CloudIds.ToCloud(id), "accepted")]);
    }

    /// <summary>The answer to an upload.</summary>
    public static CloudUploaded? Uploaded(PodReply reply, string phone) =>
        Read(reply, PodJson.Default.PodFile) is { Id: { } id }
            ? new(CloudIds.OfFile(phone, id))
            : null;

    /// <summary>A file, by the link that a pod made.</summary>
    /// <param name="reply">The pod's answer.</param>
    /// <param name="id">The file's id, as the program named it.</param>
    /// <param name="address">The address of this API.</param>
    public static CloudMedia? Media(PodReply reply, string id, string address) =>
        Read(reply, PodJson.Default.PodFile)
            is { Url: { } url, MimeType: { } type, Bytes: { } bytes, Sha256: { } hash }
            ? new(address + url, type, hash, bytes, id, Product)
            : null;

    /// <summary>What a pod refused, or the gateway in its place.</summary>
    public static CloudRefusal Refused(PodReply reply) =>
        reply.IsDone
            ? new(CloudCode.Failed, "the session's pod gave no answer that can be read")
            {
                Status = StatusCodes.Status502BadGateway,
            }
            : CloudErrors.Of(
                reply.Status,
                reply.Problem(),
                reply.Headers["RateLimit"],
                reply.Headers.RetryAfter is [{ } wait, ..] ? wait : null
            );

    private static T? Read<T>(PodReply reply, JsonTypeInfo<T> type)
        where T : class
    {
        if (!reply.IsDone)
            return null;
        try
        {
            return JsonSerializer.Deserialize(reply.Body.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
