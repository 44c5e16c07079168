using Google.Protobuf;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Reads a decrypted message. Pure; what a peer sends is never trusted beyond its form.</summary>
public static partial class MessageReader
{
    /// <summary>Reads a serialised message without its padding.</summary>
    /// <exception cref="FormatException">The bytes are no message.</exception>
    public static ReceivedContent Read(ReadOnlySpan<byte> message) => Read(Parse(message));

    /// <summary>Reads a message.</summary>
    public static ReceivedContent Read(Message message) => Read(message, withQuote: true);

    internal static Message Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Message.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new FormatException($"What was decrypted is no message: {e.Message}", e);
        }
    }

    private static ReceivedContent Read(Message message, bool withQuote)
    {
        var wrappers = new Wrappers();
        var inner = Wrapping.Inner(message, wrappers.See);
        var content = Plain(inner, withQuote) with
        {
            SentTo = wrappers.SentTo,
            SenderKey = wrappers.SenderKey,
            Secret = wrappers.Secret,
        };
        if (wrappers.ViewOnce)
            content = content with { ViewOnce = true };
        if (content.Kind == ContentKind.Unknown && wrappers.SenderKey is not null)
            content = content with { Kind = ContentKind.SenderKey };
        return Contexts.Get(inner) is { } context
            ? AddContext(content, context, withQuote)
            : content;
    }

    private static ReceivedContent AddContext(
        ReceivedContent content,
        ContextInfo context,
        bool withQuote
    ) =>
        content with
        {
            Mentions =
                context.MentionedJid.Count == 0
                    ? null
                    : [.. context.MentionedJid.Select(ReadJid).OfType<Jid>()],
            Forwarded = context.IsForwarded
                ? (int)Math.Clamp(context.ForwardingScore, 1, int.MaxValue)
                : null,
            DisappearsAfter = context.Expiration > 0 ? context.Expiration : content.DisappearsAfter,
            Quoted = context.HasStanzaId
                ? new(
                    context.StanzaId,
                    ReadJid(context.Participant),
                    withQuote && context.QuotedMessage is { } quoted
                        ? Read(quoted, withQuote: false)
                        : null
                )
                : null,
        };

    private static Jid? ReadJid(string text) => Jid.TryParse(text, out var jid) ? jid : null;

    private static string? Given(string text) => text.Length == 0 ? null : text;

    private static byte[]? Given(ByteString bytes) => bytes.IsEmpty ? null : bytes.ToByteArray();

    private static int? Number(bool has, uint value) =>
        has ? (int)Math.Min(value, int.MaxValue) : null;

    /// <summary>What the wrappers on the way to the innermost message say.</summary>
    private sealed class Wrappers
    {
        public Jid? SentTo { get; private set; }
        public bool ViewOnce { get; private set; }
        public byte[]? Secret { get; private set; }
        public (string, byte[])? SenderKey { get; private set; }

        public void See(Message message)
        {
            if (message.DeviceSentMessage is { } sent)
                SentTo = ReadJid(sent.DestinationJid);
            ViewOnce |= Wrapping.IsViewOnce(message);
            if (message.MessageContextInfo is { HasMessageSecret: true } info)
                Secret = info.MessageSecret.ToByteArray();
            if (message.SenderKeyDistributionMessage is { } key)
                SenderKey = (key.GroupId, key.AxolotlSenderKeyDistributionMessage.ToByteArray());
        }
    }
}
