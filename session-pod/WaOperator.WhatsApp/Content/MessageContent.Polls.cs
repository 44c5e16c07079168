using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <content>Polls.</content>
public sealed partial class MessageContent
{
    /// <summary>How many bytes a message's secret has.</summary>
    public const int SecretSize = 32;

    private const int MaxOptions = 12;

    /// <summary>The message's secret, by which votes on it are encrypted; null: it has none. Keep it to read the votes.</summary>
    public byte[]? Secret =>
        _message.MessageContextInfo is { HasMessageSecret: true } info
            ? info.MessageSecret.ToByteArray()
            : null;

    /// <summary>A serialised message with a secret that stood beside it. Parts of a protobuf message merge.</summary>
    internal static byte[] WithSecret(ReadOnlySpan<byte> message, byte[] secret) =>
        [
            .. message,
            .. new Message
            {
                MessageContextInfo = new() { MessageSecret = ByteString.CopyFrom(secret) },
            }.ToByteArray(),
        ];

    /// <summary>A poll.</summary>
    /// <param name="question">The question.</param>
    /// <param name="options">2 to 12, all different.</param>
    /// <param name="selectable">How many may be chosen; 0: any number.</param>
    /// <param name="secret">32 bytes by which the votes are encrypted; null: random ones.</param>
    /// <exception cref="ArgumentException">The options or the secret are not as said.</exception>
    public static MessageContent Poll(
        string question,
        IReadOnlyList<string> options,
        int selectable = 1,
        byte[]? secret = null
    )
    {
        if (
            options.Count is < 2 or > MaxOptions
            || options.Distinct(StringComparer.Ordinal).Count() != options.Count
        )
            throw new ArgumentException(
                $"A poll has 2 to {MaxOptions} options that differ.",
                nameof(options)
            );
        if (selectable < 0 || selectable > options.Count)
            throw new ArgumentException(
                $"From a poll's {options.Count} options 0 (any number) to {options.Count} can be chosen.",
                nameof(selectable)
            );
        if (secret is { Length: not SecretSize })
            throw new ArgumentException($"A secret has {SecretSize} bytes.", nameof(secret));
        var poll = new PollCreationMessage
        {
            Name = question,
            SelectableOptionsCount = (uint)selectable,
            Options = { options.Select(option => new PollOption { OptionName = option }) },
        };
        var message = new Message
        {
            MessageContextInfo = new()
            {
                MessageSecret = ByteString.CopyFrom(
                    secret ?? RandomNumberGenerator.GetBytes(SecretSize)
                ),
            },
        };
        // Clients show a poll with one choice by its third form.
        if (selectable == 1)
            message.PollCreationMessageV3 = poll;
        else
            message.PollCreationMessage = poll;
        return new(message);
    }

    /// <summary>A vote on a poll; it takes the place of an earlier one.</summary>
    /// <param name="poll">The poll's message; its author must be given unless it is <paramref name="voter"/> or the chat.</param>
    /// <param name="secret">The secret of the poll's message.</param>
    /// <param name="voter">The own address: by LID where the poll's author is one, else by phone number.</param>
    /// <param name="options">What is chosen, as the poll names it; none takes the vote back.</param>
    /// <param name="at">When.</param>
    /// <exception cref="ArgumentException">No one says who opened the poll.</exception>
    public static MessageContent PollVote(
        MessageReference poll,
        byte[] secret,
        Jid voter,
        IEnumerable<string> options,
        DateTimeOffset at
    )
    {
        var author =
            poll.AuthorOr(voter)
            ?? throw new ArgumentException("A vote must say who opened the poll.", nameof(poll));
        var vote = PollVotes.Encrypt(options, secret, poll.Id, author, voter);
        return new(
            new()
            {
                PollUpdateMessage = new()
                {
                    PollCreationMessageKey = poll.ToKey(),
                    Vote = vote,
                    SenderTimestampMs = at.ToUnixTimeMilliseconds(),
                },
            }
        );
    }
}
