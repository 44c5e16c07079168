using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>
/// What a message says, ready to be sent. Made by the static methods (<see cref="Text(string)"/>,
/// <see cref="Image"/>, ...) and refined by the others (<see cref="Reply"/>, <see cref="Mention"/>, ...), which give
/// a changed copy. Pure: where random bytes or the time are needed, they can be given.
/// </summary>
public sealed partial class MessageContent
{
    private readonly Message _message;

    private MessageContent(Message message)
    {
        _message = message;
        Traits = StanzaTraits.Of(message);
    }

    /// <summary>What its stanza says about it.</summary>
    internal StanzaTraits Traits { get; }

    /// <summary>Whether it holds nothing at all.</summary>
    internal bool IsEmpty => _message.CalculateSize() == 0;

    /// <summary>Takes over a serialised message, such as a stored one that is to be sent again.</summary>
    /// <exception cref="FormatException">The bytes are no message.</exception>
    public static MessageContent FromBytes(ReadOnlySpan<byte> message) =>
        new(ContentParser.Parse(message));

    /// <summary>The serialised message, without padding.</summary>
    public byte[] ToBytes() => _message.ToByteArray();

    /// <summary>The message itself; a copy.</summary>
    internal Message ToMessage() => _message.Clone();

    /// <summary>Quotes a message.</summary>
    /// <param name="quoted">Which; its author must be given unless the chat says who it is.</param>
    /// <param name="content">Its serialised content, which is shown with the reply; null: shown as an empty text.</param>
    /// <param name="me">The own address in that chat, by phone number or LID; needed if the quoted message is our own.</param>
    /// <exception cref="InvalidOperationException">This kind of message cannot reply.</exception>
    /// <exception cref="ArgumentException">No one says who wrote the quoted message.</exception>
    /// <exception cref="FormatException">The quoted content is no message.</exception>
    public MessageContent Reply(MessageReference quoted, byte[]? content = null, Jid? me = null)
    {
        var author =
            quoted.AuthorOr(me)
            ?? throw new ArgumentException(
                "A reply must say who wrote the quoted message.",
                nameof(quoted)
            );
        var shown = content is null
            ? new Message { Conversation = "" }
            : Wrapping.Inner(ContentParser.Parse(content)).Clone();
        shown.MessageContextInfo = null;
        shown.SenderKeyDistributionMessage = null;
        Contexts.Remove(shown);
        return With(
            "reply",
            context =>
            {
                context.StanzaId = quoted.Id;
                context.Participant = author.Account.ToString();
                context.QuotedMessage = shown.ToByteString();
            }
        );
    }

    /// <summary>Mentions people: each must be in the text as @ and the user part of the address.</summary>
    /// <exception cref="InvalidOperationException">This kind of message cannot mention anybody.</exception>
    public MessageContent Mention(params IEnumerable<Jid> people) =>
        With(
            "mention",
            context => context.MentionedJid.AddRange(people.Select(jid => jid.Account.ToString()))
        );

    /// <summary>Marks the message as forwarded.</summary>
    /// <param name="times">How often, itself included; clients show 5 and more as "many times".</param>
    /// <exception cref="InvalidOperationException">This kind of message cannot be forwarded.</exception>
    public MessageContent Forwarded(int times = 1) =>
        With(
            "be forwarded",
            context =>
            {
                context.IsForwarded = true;
                context.ForwardingScore = (uint)times;
            }
        );

    /// <summary>What can be forwarded of a message: without what it quotes and mentions, and marked as forwarded once more.</summary>
    /// <exception cref="InvalidOperationException">This kind of message cannot be forwarded.</exception>
    internal MessageContent ForForward()
    {
        var once = false;
        var inner = Wrapping
            .Inner(_message, wrapper => once |= Wrapping.IsViewOnce(wrapper))
            .Clone();
        if (once || StanzaTraits.PollOf(inner) is not null || inner.EventMessage is not null)
            throw new InvalidOperationException("This kind of message cannot be forwarded.");
        var times = Contexts.Get(inner)?.ForwardingScore ?? 0;
        inner.MessageContextInfo = null;
        inner.SenderKeyDistributionMessage = null;
        Contexts.Remove(inner);
        var forwarded = new MessageContent(inner).Forwarded((int)Math.Min(times, 126) + 1);
        return inner.DocumentMessage is { HasCaption: true }
            ? new(new() { DocumentWithCaptionMessage = new() { Message = forwarded.ToMessage() } })
            : forwarded;
    }

    /// <summary>
    /// The message disappears after this time, as all do in a chat with that timer. Whole seconds. Kinds that do not
    /// stand in the chat themselves (reactions, edits, deletions, votes) stay as they are.
    /// </summary>
    public MessageContent DisappearAfter(TimeSpan time)
    {
        var copy = _message.Clone();
        if (Contexts.GetOrAdd(Wrapping.Inner(copy)) is not { } context)
            return this;
        context.Expiration = (uint)time.TotalSeconds;
        return new(copy);
    }

    /// <summary>A picture, video or voice note that can be opened once.</summary>
    /// <exception cref="InvalidOperationException">Other kinds cannot.</exception>
    public MessageContent ViewOnce()
    {
        var inner = _message.Clone();
        inner.MessageContextInfo = null;
        var wrapped = new Message { MessageContextInfo = _message.MessageContextInfo };
        switch (inner)
        {
            case { ImageMessage: { } image }:
                image.ViewOnce = true;
                wrapped.ViewOnceMessageV2 = new() { Message = inner };
                break;
            case { VideoMessage: { } video }:
                video.ViewOnce = true;
                wrapped.ViewOnceMessageV2 = new() { Message = inner };
                break;
            case { AudioMessage: { } audio }:
                audio.ViewOnce = true;
                wrapped.ViewOnceMessageV2Extension = new() { Message = inner };
                break;
            default:
                throw new InvalidOperationException(
                    "Only a picture, a video or a voice note can be for one view."
                );
        }
        return new(wrapped);
    }

    private MessageContent With(string what, Action<ContextInfo> change)
    {
        var copy = _message.Clone();
        change(
            Contexts.GetOrAdd(Wrapping.Inner(copy))
                ?? throw new InvalidOperationException($"This kind of message cannot {what}.")
        );
        return new(copy);
    }
}
