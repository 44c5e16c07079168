using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Reads a decrypted message. Pure; what a peer sends is never trusted beyond its form.</summary>
internal static partial class ContentParser
{
    /// <summary>Edits within edits that are read at most; no client makes one.</summary>
    private const int MaxEdits = 3;

    /// <summary>Reads a serialised message without its padding. What is no message comes back as <see cref="ContentKind.Unknown"/> with the reason.</summary>
    /// <param name="message">The message.</param>
    /// <param name="fromMe">Whether another device of the own account sent it: from others, a claim about whom a message was sent to is not believed.</param>
    public static ReceivedContent Read(ReadOnlySpan<byte> message, bool fromMe = false) =>
        Read(message, Level.Outermost with { FromMe = fromMe });

    /// <summary>Reads a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="fromMe">As for the serialised form.</param>
    public static ReceivedContent Read(Message message, bool fromMe = false) =>
        Read(message, [], Level.Outermost with { FromMe = fromMe });

    internal static Message Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Message.Parser.ParseFrom(bytes);
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw new FormatException($"What was decrypted is not a message: {e.Message}", e);
        }
    }

    private static ReceivedContent Read(ReadOnlySpan<byte> message, Level level)
    {
        try
        {
            return Read(Parse(message), message, level);
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

    private static ReceivedContent Read(Message message, ReadOnlySpan<byte> bytes, Level level)
    {
        var wrappers = new Wrappers();
        var (inner, content) = Unwrap(message, wrappers, level);
        content = content with
        {
            SentTo = level.FromMe ? wrappers.SentTo : null,
            SenderKey = wrappers.SenderKey,
            Secret = wrappers.Secret,
        };
        if (wrappers.ViewOnce)
            content = content with { ViewOnce = true };
        if (content.Kind == ContentKind.Unknown && content.Reason is null)
            content = content with { Reason = "This kind of message is not known." };
        if (content.Reason is not null || content.Details is not null)
            content = content with
            {
                Raw = bytes.IsEmpty ? message.ToByteArray() : bytes.ToArray(),
            };
        return Contexts.Get(inner) is { } context ? AddContext(content, context, level) : content;
    }

    private static (Message Inner, ReceivedContent Content) Unwrap(
        Message message,
        Wrappers wrappers,
        Level level
    )
    {
        var inner = Wrapping.Inner(message, wrappers.See);
        var content = Plain(inner, level);
        // Wrappers of later versions: looked for only where nothing else is found.
        var next = inner;
        for (var depth = 0; depth < Wrapping.MaxDepth; depth++)
        {
            if (content.Kind != ContentKind.Unknown || Wrapping.Unlisted(next) is not { } unlisted)
                break;
            next = Wrapping.Inner(unlisted, wrappers.See);
            if (Plain(next, level) is { Kind: not ContentKind.Unknown } known)
                return (next, known);
        }
        return (inner, content);
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
            Referral = Detail.OfReferral(context),
            DisappearsAfter = context.Expiration > 0 ? context.Expiration : content.DisappearsAfter,
            Quoted = context.HasStanzaId
                ? new(
                    context.StanzaId,
                    ReadJid(context.Participant),
                    level.WithQuote && context.HasQuotedMessage
                        ? Read(
                            context.QuotedMessage.Span,
                            level with
                            {
                                WithQuote = false,
                                FromMe = false,
                            }
                        )
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
    /// <param name="Edits">How many edits it is inside of.</param>
    /// <param name="FromMe">Whether our own account sent it.</param>
    private readonly record struct Level(bool WithQuote, int Edits, bool FromMe = false)
    {
        public static Level Outermost { get; } = new(WithQuote: true, Edits: 0);
    }

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
