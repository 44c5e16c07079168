using Google.Protobuf;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Reads a decrypted message. Pure; what a peer sends is never trusted beyond its form.</summary>
public static partial class MessageReader
{
    /// <summary>Edits within edits that are read at most; no client makes one.</summary>
    private const int MaxEdits = 3;

    /// <summary>Reads a serialised message without its padding. What is no message comes back as <see cref="ContentKind.Unknown"/> with the reason.</summary>
    public static ReceivedContent Read(ReadOnlySpan<byte> message)
    {
        try
        {
            return Read(Parse(message), message, new(WithQuote: true, Edits: 0));
        }
        catch (FormatException e)
        {
            return new()
            {
                Kind = ContentKind.Unknown,
                Reason = e.Message,
                Raw = message.ToArray(),
            };
        }
    }

    /// <summary>Reads a message.</summary>
    public static ReceivedContent Read(Message message) =>
        Read(message, [], new(WithQuote: true, Edits: 0));

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

    private static ReceivedContent Read(Message message, ReadOnlySpan<byte> bytes, Level level)
    {
        var wrappers = new Wrappers();
        var inner = Wrapping.Inner(message, wrappers.See);
        var content = Plain(inner, level) with
        {
            SentTo = wrappers.SentTo,
            SenderKey = wrappers.SenderKey,
            Secret = wrappers.Secret,
        };
        if (wrappers.ViewOnce)
            content = content with { ViewOnce = true };
        if (content.Kind == ContentKind.Unknown && wrappers.SenderKey is not null)
            content = content with { Kind = ContentKind.SenderKey };
        if (content.Kind == ContentKind.Unknown || content.Reason is not null)
            content = content with
            {
                Raw = bytes.IsEmpty ? message.ToByteArray() : bytes.ToArray(),
            };
        return Contexts.Get(inner) is { } context ? AddContext(content, context, level) : content;
    }

    private static ReceivedContent AddContext(
        ReceivedContent content,
        ContextInfo context,
        Level level
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
                    level.WithQuote && context.QuotedMessage is { } quoted
                        ? Read(quoted, [], level with { WithQuote = false })
                        : null
                )
                : null,
        };

    private static Jid? ReadJid(string text) => Jid.TryParse(text, out var jid) ? jid : null;

    private static string? Given(string text) => text.Length == 0 ? null : text;

    private static byte[]? Given(ByteString bytes) => bytes.IsEmpty ? null : bytes.ToByteArray();

    private static int? Number(bool has, uint value) =>
        has ? (int)Math.Min(value, int.MaxValue) : null;

    /// <summary>Where in a message the reading is.</summary>
    /// <param name="WithQuote">Whether what it quotes is read: not of a quote.</param>
    /// <param name="Edits">How many edits it stands in.</param>
    private readonly record struct Level(bool WithQuote, int Edits);

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
