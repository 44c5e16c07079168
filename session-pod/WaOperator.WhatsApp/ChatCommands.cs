using System.Globalization;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Content;

namespace WaOperator.WhatsApp;

/// <summary>
/// What a person does with chats, contacts, labels and quick replies, for this account alone: the phone and the account's other devices show it, the
/// others in a chat hear nothing. Each method waits for the login and for the server; it returns when the server has the change. All of
/// them throw <see cref="AccountStateException"/> where the account's state cannot be written, <see cref="QueryRefusedException"/> if the
/// server refuses, <see cref="TimeoutException"/> if it does not answer (it may have the change), <see cref="InvalidOperationException"/>
/// without a connection or message store, and <see cref="OperationCanceledException"/> if the connection ends or the token is cancelled.
/// </summary>
public sealed class ChatCommands
{
    /// <summary>The highest id that a label can have here.</summary>
    public const int MaxLabel = 9999;

    private const int MaxName = 1024;
    private const int MaxQuickReply = 4096;
    private const int MaxQuickReplyId = 64;

    private readonly WhatsAppDevice _device;

    internal ChatCommands(WhatsAppDevice device) => _device = device;

    /// <summary>Mutes a chat, or lets it be heard again.</summary>
    /// <param name="chat">The chat, as the phone addresses it.</param>
    /// <param name="until">Until when; null: it is not muted; <see cref="DateTimeOffset.MaxValue"/>: for ever.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task MuteAsync(Jid chat, DateTimeOffset? until, CancellationToken ct) =>
        WriteAsync(new AccountChange.Mute(Chat(chat), until), null, ct);

    /// <summary>Archives a chat, which unpins it, too; or brings it back.</summary>
    /// <param name="chat">The chat.</param>
    /// <param name="archived">Whether it is to be archived.</param>
    /// <param name="last">The last message in it and when it was sent: an archived chat comes back with a later one. Null: none is known.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task ArchiveAsync(
        Jid chat,
        bool archived,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => WriteAsync(new AccountChange.Archive(Chat(chat), archived), last, ct);

    /// <summary>Pins a chat to the top, or takes it off.</summary>
    public Task PinAsync(Jid chat, bool pinned, CancellationToken ct) =>
        WriteAsync(new AccountChange.Pin(Chat(chat), pinned), null, ct);

    /// <summary>Marks a chat as unread or read. It sends no receipt: see <see cref="WhatsAppDevice.MarkReadAsync"/>.</summary>
    /// <param name="chat">The chat.</param>
    /// <param name="unread">Whether it is to be shown as unread.</param>
    /// <param name="last">The last message in it and when it was sent; null: none is known.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task MarkUnreadAsync(
        Jid chat,
        bool unread,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => WriteAsync(new AccountChange.MarkRead(Chat(chat), !unread), last, ct);

    /// <summary>Deletes the messages of a chat, which stays, starred ones too, for this account alone. Files on the phone are kept.</summary>
    /// <param name="chat">The chat.</param>
    /// <param name="last">The last message in it and when it was sent: what comes later stays. Null: none is known.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task ClearAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => WriteAsync(new AccountChange.Clear(Chat(chat)), last, ct);

    /// <summary>Deletes a chat with its messages and files, for this account alone. It comes back with its next message.</summary>
    /// <param name="chat">The chat.</param>
    /// <param name="last">The last message in it and when it was sent: a chat with a later one stays. Null: none is known.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task DeleteAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => WriteAsync(new AccountChange.Delete(Chat(chat)), last, ct);

    /// <summary>Deletes a message and its file for this account alone: the others in the chat keep it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="sentAt">When it was sent; null: not known.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ArgumentException">The message has no id.</exception>
    public Task DeleteForMeAsync(
        MessageReference message,
        DateTimeOffset? sentAt,
        CancellationToken ct
    ) =>
        WriteAsync(
            new AccountChange.DeleteForMe(Marked(message), sentAt, WithMedia: true),
            null,
            ct
        );

    /// <summary>Stars a message, or takes the star away.</summary>
    /// <exception cref="ArgumentException">The message has no id.</exception>
    public Task StarAsync(MessageReference message, bool starred, CancellationToken ct) =>
        WriteAsync(new AccountChange.Star(Marked(message), starred), null, ct);

    /// <summary>Names a contact, for all devices of the account.</summary>
    /// <param name="who">The account.</param>
    /// <param name="fullName">Its whole name, 1 to 1024 characters.</param>
    /// <param name="firstName">Its first name; null: none.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ArgumentException">There is no name, or it is too long.</exception>
    public Task SetContactAsync(Jid who, string fullName, string? firstName, CancellationToken ct)
    {
        if (fullName.Length is 0 or > MaxName || firstName?.Length > MaxName)
            throw new ArgumentException(
                $"A contact's name has 1 to {MaxName} characters.",
                nameof(fullName)
            );
        return WriteAsync(
            new AccountChange.Contact(who.Account, fullName, firstName, null),
            null,
            ct
        );
    }

    /// <summary>
    /// Changes the account's own name on the phone and its other devices. Others see it with messages of this device once it is told to
    /// the server, too (<see cref="WhatsAppDevice.SetProfileNameAsync"/>).
    /// </summary>
    /// <param name="name">The name, 1 to 1024 characters; WhatsApp's own clients take 25.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ArgumentException">There is no name, or it is too long.</exception>
    public Task SetOwnNameAsync(string name, CancellationToken ct) =>
        name.Length is 0 or > MaxName
            ? throw new ArgumentException(
                $"An account's name has 1 to {MaxName} characters.",
                nameof(name)
            )
            : WriteAsync(new AccountChange.PushName(name), null, ct);

    /// <summary>Forgets a contact, on all devices of the account.</summary>
    public Task RemoveContactAsync(Jid who, CancellationToken ct) =>
        WriteAsync(new AccountChange.ContactRemoved(who.Account), null, ct);

    /// <summary>Makes a label, or changes it. Labels are for WhatsApp Business; a phone without it keeps them and shows none.</summary>
    /// <param name="id">Its id, 1 to <see cref="MaxLabel"/>; phones count them up from 1.</param>
    /// <param name="name">Its name, 1 to 1024 characters.</param>
    /// <param name="color">Its colour by number, 0 to 19 in today's clients; at most 255.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ArgumentException">Id, name or colour is out of its range.</exception>
    public Task SetLabelAsync(int id, string name, int color, CancellationToken ct)
    {
        if (name.Length is 0 or > MaxName)
            throw new ArgumentException(
                $"A label's name has 1 to {MaxName} characters.",
                nameof(name)
            );
        ArgumentOutOfRangeException.ThrowIfNegative(color);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(color, byte.MaxValue);
        return WriteAsync(new AccountChange.Label(Label(id), name, color, false), null, ct);
    }

    /// <summary>Removes a label.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There can be no such id.</exception>
    public Task RemoveLabelAsync(int id, CancellationToken ct) =>
        WriteAsync(new AccountChange.Label(Label(id), null, 0, true), null, ct);

    /// <summary>Puts a label on a chat, or takes it off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There can be no such label.</exception>
    public Task LabelChatAsync(int id, Jid chat, bool on, CancellationToken ct) =>
        WriteAsync(new AccountChange.Labeled(Label(id), Chat(chat), null, on), null, ct);

    /// <summary>Puts a label on a message, or takes it off.</summary>
    /// <exception cref="ArgumentException">There can be no such label, or the message has no id.</exception>
    public Task LabelMessageAsync(int id, MessageReference message, bool on, CancellationToken ct)
    {
        var (chat, marked) = (Chat(message.Chat), Marked(message).Id);
        return WriteAsync(new AccountChange.Labeled(Label(id), chat, marked, on), null, ct);
    }

    private async Task WriteAsync(
        AccountChange change,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    )
    {
        var end = last is var (message, at) ? new LastMessage(Marked(message), at) : null;
        try
        {
            await _device.WriteStateAsync(change, end, ct);
        }
        catch (AppStateException e)
        {
            throw new AccountStateException(
                e.Fault == AppStateFault.MissingKey,
                $"The change was not made: {e.Message}",
                e
            );
        }
    }

    private static Jid Chat(Jid chat) => chat.Account;

    /// <summary>Makes a quick reply, or changes it. They are for WhatsApp Business; a phone without it keeps them and shows none.</summary>
    /// <param name="id">Its id, 1 to 64 characters.</param>
    /// <param name="shortcut">What is typed for it, without the slash: 1 to 1024 characters.</param>
    /// <param name="text">What it stands for, 1 to 4096 characters.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="ArgumentException">Id, shortcut or text is empty or too long.</exception>
    public Task SetQuickReplyAsync(string id, string shortcut, string text, CancellationToken ct)
    {
        if (shortcut.Length is 0 or > MaxName)
            throw new ArgumentException(
                $"The shortcut of a quick reply has 1 to {MaxName} characters.",
                nameof(shortcut)
            );
        if (text.Length is 0 or > MaxQuickReply)
            throw new ArgumentException(
                $"The text of a quick reply has 1 to {MaxQuickReply} characters.",
                nameof(text)
            );
        var reply = new AccountChange.QuickReply(QuickReply(id), shortcut, text, false);
        return WriteAsync(reply, null, ct);
    }

    /// <summary>Removes a quick reply.</summary>
    /// <exception cref="ArgumentException">The id is empty or too long.</exception>
    public Task RemoveQuickReplyAsync(string id, CancellationToken ct) =>
        WriteAsync(new AccountChange.QuickReply(QuickReply(id), null, null, true), null, ct);

    private static string QuickReply(string id) =>
        id.Length is > 0 and <= MaxQuickReplyId
            ? id
            : throw new ArgumentException(
                $"The id of a quick reply has 1 to {MaxQuickReplyId} characters.",
                nameof(id)
            );

    private static string Label(int id)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(id, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(id, MaxLabel);
        return id.ToString(CultureInfo.InvariantCulture);
    }

    private static MarkedMessage Marked(MessageReference message) =>
        message.Id.Length == 0
            ? throw new ArgumentException("The message has no id.", nameof(message))
            : new(
                message.Chat.Account,
                message.Id,
                message.FromMe,
                message is { FromMe: false, Chat.IsGroup: true } ? message.Author?.Account : null
            );
}
