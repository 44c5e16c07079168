using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp;

/// <summary>
/// A message to be sent. What its stanza says about the content (type, kind of media, edit) is derived from the content and
/// cannot be set beside it.
/// </summary>
public sealed record OutgoingMessage
{
    /// <summary>The longest id.</summary>
    public const int MaxIdLength = 64;

    /// <summary>Accounts that one status is shown to at most: as many as a group has members.</summary>
    public const int MaxAudience = 1024;

    private OutgoingMessage(string id, Jid to, string chat, byte[] content, StanzaTraits traits) =>
        (Id, To, Chat, Content, Traits) = (id, to, chat, content, traits);

    /// <summary>An account (by phone number or LID), a group, or <see cref="Jid.Status"/>.</summary>
    public Jid To { get; }

    /// <summary>
    /// Of a status: the accounts that it is shown to, 1 to <see cref="MaxAudience"/> addresses; null for any other message. The account's
    /// own devices get it, too.
    /// </summary>
    public IReadOnlyList<string>? Audience { get; internal init; }

    /// <summary>The text of <see cref="To"/>, as the message is stored under.</summary>
    internal string Chat { get; }

    /// <summary>The serialised Message protobuf, without padding.</summary>
    public byte[] Content { get; }

    /// <summary>What the stanza says about the content.</summary>
    internal StanzaTraits Traits { get; }

    /// <summary>The message's id: letters and digits, unique for the device. Default a new one.</summary>
    public string Id { get; init; }

    /// <summary>What its sender keeps with it: opaque here, and told with what becomes of it.</summary>
    internal byte[]? Note { get; init; }

    /// <summary>When it is of no use any more: it is not encrypted from then on. Null: never.</summary>
    internal DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>A message of this library's content.</summary>
    /// <param name="to">An account (by phone number or LID) or a group; a status is made by <see cref="Status"/>.</param>
    /// <param name="content">The content.</param>
    public static OutgoingMessage Of(Jid to, MessageContent content) => Of(NewId(), to, content);

    /// <summary>A message of serialised content, which is sent as it is.</summary>
    /// <param name="to">An account (by phone number or LID) or a group; a status is made by <see cref="Status"/>.</param>
    /// <param name="content">The serialised Message protobuf, without padding.</param>
    /// <exception cref="FormatException">It is not one.</exception>
    public static OutgoingMessage Of(Jid to, byte[] content) =>
        new(NewId(), to, to.ToString(), content, MessageContent.FromBytes(content).Traits);

    /// <summary>
    /// A status (a story): seen by the accounts that are named, for 24 hours. A reaction to a status of another account is sent to its
    /// author alone, and the deletion of one's own to those that it was shown to.
    /// </summary>
    /// <param name="audience">Accounts (by phone number or LID), 1 to <see cref="MaxAudience"/>. Those without WhatsApp are left out.</param>
    /// <param name="content">The content.</param>
    public static OutgoingMessage Status(IEnumerable<Jid> audience, MessageContent content) =>
        Of(Jid.Status, content) with
        {
            Audience = [.. audience.Select(account => account.ToString())],
        };

    /// <summary>A message of this library's content, whose id is known.</summary>
    internal static OutgoingMessage Of(string id, Jid to, MessageContent content) =>
        new(id, to, to.ToString(), content.ToBytes(), content.Traits);

    /// <summary>A message that was stored before it could be sent.</summary>
    /// <exception cref="FormatException">Its chat is not an address, or its content is damaged.</exception>
    internal static OutgoingMessage Of(OutboundMessage stored) =>
        new(
            stored.Id,
            Jid.Parse(stored.Chat),
            stored.Chat,
            stored.Content,
            MessageContent.FromBytes(stored.Content).Traits
        )
        {
            Note = stored.Note,
            ExpiresAt = stored.ExpiresAt,
            Audience = stored.Audience,
        };

    /// <summary>A message of serialised content of a client; false if it is no message, or an empty one.</summary>
    internal static bool TryOf(
        string id,
        Jid to,
        byte[] content,
        [NotNullWhen(true)] out OutgoingMessage? message
    )
    {
        message = null;
        try
        {
            var parsed = MessageContent.FromBytes(content);
            if (!parsed.IsEmpty)
                message = new(id, to, to.ToString(), content, parsed.Traits);
        }
        catch (FormatException)
        {
            // It is no message: the answer says so.
        }
        return message is not null;
    }

    /// <summary>A new id, of the form that web clients use.</summary>
    public static string NewId() => "3EB0" + RandomNumberGenerator.GetHexString(18);

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">Says what is wrong.</exception>
    public void Validate()
    {
        if (!To.IsAddressee(out var why))
            throw Invalid(nameof(To), $"The message cannot be sent to its receiver: {why}.");
        if (To.IsStatus != Audience is not null)
            throw Invalid(nameof(Audience), "A status has an audience, and no other message has.");
        if (Audience is { } audience)
            Validate(audience);
        if (Id.Length is 0 or > MaxIdLength || !Id.All(char.IsAsciiLetterOrDigit))
            throw Invalid(
                nameof(Id),
                $"The message's id must have 1 to {MaxIdLength} letters and digits."
            );
        if (Content.Length == 0)
            throw Invalid(nameof(Content), "The message's content is empty.");
    }

    private static void Validate(IReadOnlyList<string> audience)
    {
        if (audience.Count is 0 or > MaxAudience)
            throw Invalid(
                nameof(Audience),
                $"A status is shown to 1 to {MaxAudience} accounts, not to {audience.Count}."
            );
        foreach (var address in audience)
        {
            if (!Jid.TryParse(address, out var jid) || !IsAccount(jid))
                throw Invalid(nameof(Audience), "A status is shown to accounts only.");
        }
    }

    private static bool IsAccount(Jid jid) => (jid.IsPhone || jid.IsLid) && jid.IsAddressee(out _);

    /// <summary>As it is stored.</summary>
    internal OutboundMessage As(OutboundState state, byte[]? stanza = null, string? error = null) =>
        new(Id, Chat, state, Content, stanza, error)
        {
            Note = Note,
            ExpiresAt = ExpiresAt,
            Audience = Audience,
        };

    private static ArgumentException Invalid(string name, string why) => new(why, name);
}

/// <summary>How far a message has come that was given to <see cref="WhatsAppDevice.Send"/>.</summary>
public sealed class SendTicket
{
    private readonly TaskCompletionSource _accepted = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly TaskCompletionSource<SendResult> _done = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    internal SendTicket(string id) => Id = id;

    /// <summary>The message's id.</summary>
    public string Id { get; }

    /// <summary>
    /// Completes when the message is encrypted (or refused for good) and that is durable: from then on it is sent until the
    /// server answers, also by later connections.
    /// </summary>
    /// <exception cref="SendException">It could not be encrypted now; the message is still the caller's.</exception>
    /// <exception cref="OperationCanceledException">The connection ended before; the message is still the caller's.</exception>
    public Task Accepted => _accepted.Task;

    /// <summary>Completes with the server's answer.</summary>
    /// <exception cref="OperationCanceledException">The connection ended before; see <see cref="Accepted"/>. The answer is then journalled by a later connection.</exception>
    /// <exception cref="SendException">As <see cref="Accepted"/>.</exception>
    public Task<SendResult> Done => _done.Task;

    internal void Accept() => _accepted.TrySetResult();

    internal void Finish(SendResult result)
    {
        _accepted.TrySetResult();
        _done.TrySetResult(result);
    }

    internal void Fail(Exception why)
    {
        if (why is OperationCanceledException)
        {
            _accepted.TrySetCanceled();
            _done.TrySetCanceled();
            return;
        }
        // A caller may look at one of the two only.
        _accepted.TrySetException(why);
        _done.TrySetException(why);
        _ = (_accepted.Task.Exception, _done.Task.Exception);
    }
}

/// <summary>The answer to a message.</summary>
/// <param name="Id">The message's id.</param>
/// <param name="ServerTime">When the server took it; null if it did not say, or refused it.</param>
/// <param name="Code">The code of the refusal; null where there is none.</param>
/// <param name="Error">Why it was refused, for people; null if it was accepted.</param>
public sealed record SendResult(
    string Id,
    DateTimeOffset? ServerTime,
    int? Code = null,
    string? Error = null
)
{
    /// <summary>True if the server has the message.</summary>
    public bool Succeeded => Error is null;
}

/// <summary>A message could not be sent now. Trying again later may help.</summary>
public sealed class SendException(string message, Exception? inner = null)
    : Exception(message, inner);
