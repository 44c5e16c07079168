using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Events;

/// <summary>A message was decrypted, those that other devices of the own account sent included.</summary>
public sealed record MessageReceived : SessionEvent
{
    private readonly MessageBody _body;

    /// <param name="head">What it says about itself.</param>
    /// <param name="message">The serialised message without padding; not copied.</param>
    public MessageReceived(MessageHead head, ReadOnlyMemory<byte> message) =>
        (Head, _body) = (head, new(message, head.FromMe));

    /// <summary>What it says about itself.</summary>
    public MessageHead Head { get; }

    /// <summary>The serialised message. Holds the keys of files.</summary>
    public ReadOnlyMemory<byte> Message => _body.Bytes;

    /// <summary>What it says; parsed when it is asked for, once.</summary>
    public ReceivedContent Content => _body.Content;

    /// <inheritdoc/>
    public override string Type => EventTypes.Message;

    /// <inheritdoc/>
    public override MessageKey? Completes => Head.Key;

    internal override int Weight => FixedWeight + Message.Length;
}

/// <summary>Another device of the own account told this one something that is not for people: keys, parts of the history.</summary>
public sealed record PeerMessageReceived : SessionEvent
{
    private readonly MessageBody _body;

    /// <param name="head">What it says about itself.</param>
    /// <param name="message">The serialised message without padding; not copied.</param>
    public PeerMessageReceived(MessageHead head, ReadOnlyMemory<byte> message) =>
        (Head, _body) = (head, new(message, head.FromMe));

    /// <summary>What it says about itself.</summary>
    public MessageHead Head { get; }

    /// <summary>The serialised message. Holds keys.</summary>
    public ReadOnlyMemory<byte> Message => _body.Bytes;

    /// <summary>What it says; parsed when it is asked for, once.</summary>
    public ReceivedContent Content => _body.Content;

    /// <inheritdoc/>
    public override string Type => EventTypes.Peer;

    /// <inheritdoc/>
    public override MessageKey? Completes => Head.Key;

    internal override int Weight => FixedWeight + Message.Length;
}

/// <summary>Keys came with nothing else.</summary>
/// <param name="Head">The message that brought them.</param>
public sealed record KeysReceived(MessageHead Head) : SessionEvent
{
    /// <inheritdoc/>
    public override string Type => EventTypes.Keys;

    /// <inheritdoc/>
    public override MessageKey? Completes => Head.Key;
}

/// <summary>A message could not be decrypted. It completes nothing: it may come again and be readable.</summary>
/// <param name="Head">What it says about itself.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Error">Why, for people.</param>
public sealed record MessageUndecryptable(MessageHead Head, string Reason, string Error)
    : SessionEvent
{
    /// <inheritdoc/>
    public override string Type => EventTypes.Undecryptable;
}

/// <summary>A serialised message, parsed once at most.</summary>
internal sealed class MessageBody(ReadOnlyMemory<byte> bytes, bool fromMe) : IEquatable<MessageBody>
{
    private ReceivedContent? _content;

    public ReadOnlyMemory<byte> Bytes => bytes;

    public ReceivedContent Content => _content ??= ContentParser.Read(bytes.Span, fromMe);

    public bool Equals(MessageBody? other) =>
        other is not null && bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => Equals(obj as MessageBody);

    public override int GetHashCode() => bytes.Length;
}
