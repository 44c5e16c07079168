using System.Xml;
using System.Xml.Linq;

namespace TwilioAdapter.Twilio;

/// <summary>A message that the program wants sent.</summary>
internal sealed record Reply(
    string Body,
    string? MediaUrl,
    string? To,
    string? From,
    string? StatusCallback
);

/// <summary>What the program answers to an incoming message (https://www.twilio.com/docs/messaging/twiml). Pure.</summary>
internal static class TwiMl
{
    private static readonly XmlReaderSettings Safe = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
    };

    /// <summary>Reads an answer.</summary>
    /// <param name="mediaType">What it says to be; null: nothing.</param>
    /// <param name="text">The answer.</param>
    /// <param name="program">The program's address, to which other addresses may be relative.</param>
    /// <exception cref="FormatException">It asks for what the adapter does not do, or cannot be read; says which.</exception>
    public static IReadOnlyList<Reply> Read(string? mediaType, string text, Uri program)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];
        mediaType = mediaType?.ToLowerInvariant();
        if (mediaType == "text/plain")
            return [new(text.Trim(), null, null, null, null)];
        if (mediaType is not ("text/xml" or "application/xml" or "text/html"))
            throw new FormatException(
                $"12300: the answer has the type {mediaType ?? "(none)"}; TwiML is text/xml or application/xml"
            );
        XElement root;
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), Safe);
            root = XElement.Load(reader);
        }
        catch (XmlException e)
        {
            throw new FormatException($"12100: the answer is no XML: {e.Message}", e);
        }
        if (root.Name != "Response")
            throw new FormatException($"12100: the answer is <{root.Name}>, not <Response>");
        return [.. root.Elements().Select(verb => ReplyOf(verb, program))];
    }

    private static Reply ReplyOf(XElement verb, Uri program)
    {
        if (verb.Name != "Message")
            throw NotSupported($"<{verb.Name}>");
        foreach (var attribute in verb.Attributes())
            if (
                attribute.Name.LocalName
                    is not ("to" or "from" or "action" or "statusCallback" or "method")
                || attribute is { Name.LocalName: "method", Value: not "POST" }
            )
                throw NotSupported($"<Message {attribute}>");
        foreach (var noun in verb.Elements())
            if (noun.Name.LocalName is not ("Body" or "Media"))
                throw NotSupported($"<{noun.Name}> in <Message>");
        var media = verb.Elements("Media").Select(m => m.Value.Trim()).ToList();
        if (media.Count > 1)
            throw NotSupported("more than one <Media> in a <Message>; WhatsApp takes one");
        var body = string.Concat(
                verb.Nodes()
                    .Select(n =>
                        n switch
                        {
                            XText said => said.Value,
                            XElement { Name.LocalName: "Body" } said => said.Value,
                            _ => "",
                        }
                    )
            )
            .Trim();
        if (body.Length == 0 && media.Count == 0)
            throw new FormatException("14103: a <Message> has neither text nor <Media>");
        return new(
            body,
            media.Count == 1 ? AddressOf(media[0], program) : null,
            (string?)verb.Attribute("to"),
            (string?)verb.Attribute("from"),
            ((string?)verb.Attribute("action") ?? (string?)verb.Attribute("statusCallback"))
                is { } callback
                ? AddressOf(callback, program)
                : null
        );
    }

    private static string AddressOf(string text, Uri program) =>
        Uri.TryCreate(program, text, out var url) && Settings.IsUrl(url.AbsoluteUri)
            ? url.AbsoluteUri
            : throw new FormatException("14105: an address in the answer is none");

    private static FormatException NotSupported(string what) => new($"NotSupported: {what}");
}
