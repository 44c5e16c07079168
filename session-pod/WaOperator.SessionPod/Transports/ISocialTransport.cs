using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Transports;

/// <summary>
/// What a connection does beside messages: groups, contacts, presence. Each method asks the server and waits for its answer; those that
/// only tell it something return when that is sent. All throw <see cref="QueryRefusedException"/> if the server refuses,
/// <see cref="TimeoutException"/> if it does not answer, <see cref="NotConnectedException"/> without a connection (nothing was done),
/// and <see cref="OperationCanceledException"/> if the connection ends meanwhile or the token is cancelled.
/// </summary>
internal interface ISocialTransport
{
    /// <summary>What it does with communities.</summary>
    ICommunityTransport Communities { get; }

    /// <summary>Makes a group of which the account is the admin.</summary>
    Task<GroupInfo> CreateGroupAsync(
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    );

    /// <summary>What the server says about a group.</summary>
    Task<GroupInfo> GetGroupAsync(Jid group, CancellationToken ct);

    /// <summary>All groups that the account is a member of.</summary>
    Task<IReadOnlyList<GroupInfo>> ListGroupsAsync(CancellationToken ct);

    /// <summary>Adds, removes, promotes or demotes.</summary>
    Task<IReadOnlyList<MemberChange>> ChangeMembersAsync(
        Jid group,
        MemberAction action,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    );

    /// <summary>Changes one thing that a group says of itself, or one of its rules.</summary>
    Task ChangeGroupAsync(Jid group, GroupSetting setting, CancellationToken ct);

    /// <summary>Who asks to join a group whose admins must agree.</summary>
    Task<IReadOnlyList<JoinRequest>> ListRequestsAsync(Jid group, CancellationToken ct);

    /// <summary>Lets in who asked to join, or does not.</summary>
    Task<IReadOnlyList<MemberChange>> AnswerRequestsAsync(
        Jid group,
        bool approve,
        IReadOnlyCollection<Jid> accounts,
        CancellationToken ct
    );

    /// <summary>The code of a group's invitation link; a new one, with the old one worthless, if it is revoked.</summary>
    Task<string> InviteAsync(Jid group, bool revoke, CancellationToken ct);

    /// <summary>Joins a group by the code of its invitation link.</summary>
    /// <returns>The group; null if its admins must agree first.</returns>
    Task<Jid?> JoinGroupAsync(string code, CancellationToken ct);

    /// <summary>Leaves a group.</summary>
    Task LeaveGroupAsync(Jid group, CancellationToken ct);

    /// <summary>Which phone numbers, of digits only, belong to accounts: one answer for each, in their order.</summary>
    Task<IReadOnlyList<NumberInfo>> CheckNumbersAsync(
        IReadOnlyList<string> numbers,
        CancellationToken ct
    );

    /// <summary>The accounts that this one does not hear from.</summary>
    Task<IReadOnlyList<BlockedAccount>> ListBlockedAsync(CancellationToken ct);

    /// <summary>Blocks an account, or hears from it again.</summary>
    Task SetBlockedAsync(Jid account, bool blocked, CancellationToken ct);

    /// <summary>Lets the sender of messages know that they were read, or played.</summary>
    Task MarkReadAsync(
        Jid chat,
        Jid? sender,
        IReadOnlyList<string> ids,
        bool played,
        CancellationToken ct
    );

    /// <summary>Shows a chat that the user is typing, is recording, or has stopped.</summary>
    Task SendChatStateAsync(Jid chat, ChatState state, CancellationToken ct);

    /// <summary>Shows the account as online or not.</summary>
    Task SetPresenceAsync(bool available, CancellationToken ct);

    /// <summary>Asks to hear when an account comes and goes (<see cref="PresenceChanged"/>), until the connection ends.</summary>
    Task SubscribePresenceAsync(Jid account, CancellationToken ct);

    /// <summary>Rejects a call that rings.</summary>
    /// <returns>Whether it rings at this connection: of another one nothing is known, and nothing was done.</returns>
    Task<bool> RejectCallAsync(string id, CancellationToken ct);

    /// <summary>Where a picture is; null: there is none.</summary>
    /// <param name="of">The account or group; null: the own account.</param>
    /// <param name="preview">The small form of it.</param>
    /// <param name="ct">Ends the wait.</param>
    Task<ProfilePicture?> GetPictureAsync(Jid? of, bool preview, CancellationToken ct);

    /// <summary>Sets the picture of the own account, or of a group, or takes it away.</summary>
    /// <param name="group">The group; null: the own account.</param>
    /// <param name="jpeg">The picture, checked; null: none.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>The picture's id, where the server gave one.</returns>
    Task<string?> SetPictureAsync(Jid? group, byte[]? jpeg, CancellationToken ct);

    /// <summary>The name that others see with the account's messages; null: it has none yet.</summary>
    Task<string?> GetProfileNameAsync(CancellationToken ct);

    /// <summary>What an account (null: the own one) says about itself; null: it does not show it.</summary>
    Task<AboutText?> GetAboutAsync(Jid? of, CancellationToken ct);

    /// <summary>Says something else about the own account.</summary>
    Task SetAboutAsync(string text, CancellationToken ct);

    /// <summary>What of the account is seen by whom, as <see cref="PrivacyCategories"/> names it.</summary>
    Task<IReadOnlyDictionary<string, string>> GetPrivacyAsync(CancellationToken ct);

    /// <summary>Changes by whom something is seen.</summary>
    Task SetPrivacyAsync(string category, string value, CancellationToken ct);

    /// <summary>After how many seconds messages of new chats disappear; null: not told.</summary>
    Task<long?> GetDefaultTimerAsync(CancellationToken ct);

    /// <summary>Lets the messages of new chats disappear; zero: not.</summary>
    Task SetDefaultTimerAsync(TimeSpan after, CancellationToken ct);

    /// <summary>Mutes a chat on all devices of the account.</summary>
    /// <param name="chat">The chat.</param>
    /// <param name="until">Until when; null: it is not muted; <see cref="DateTimeOffset.MaxValue"/>: for ever.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="AccountStateException">The account's state cannot be written; so of all that follow.</exception>
    Task MuteChatAsync(Jid chat, DateTimeOffset? until, CancellationToken ct);

    /// <summary>Archives a chat on all devices of the account, which unpins it, too; or brings it back.</summary>
    Task ArchiveChatAsync(
        Jid chat,
        bool archived,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    );

    /// <summary>Pins a chat on all devices of the account, or takes it off.</summary>
    Task PinChatAsync(Jid chat, bool pinned, CancellationToken ct);

    /// <summary>Marks a chat as unread or read on all devices of the account; it sends no receipt.</summary>
    Task MarkChatUnreadAsync(
        Jid chat,
        bool unread,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    );

    /// <summary>Deletes the messages of a chat for this account alone, on all its devices; later ones stay.</summary>
    Task ClearChatAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    );

    /// <summary>Deletes a chat for this account alone, on all its devices; it comes back with its next message.</summary>
    Task DeleteChatAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    );

    /// <summary>Deletes a message for this account alone, on all its devices.</summary>
    Task DeleteForMeAsync(MessageReference message, DateTimeOffset? sentAt, CancellationToken ct);

    /// <summary>Asks the phone for messages of a chat that are older than one that is known; they come as a part of the history.</summary>
    /// <param name="oldest">The oldest that is known.</param>
    /// <param name="sentAt">When it was sent.</param>
    /// <param name="count">How many, 1 to 50.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>The request's id, which the answer names; null: nothing can be said to the phone, since WhatsApp has no keys of it.</returns>
    /// <exception cref="NotSupportedException">The session takes no history.</exception>
    Task<string?> RequestHistoryAsync(
        MessageReference oldest,
        DateTimeOffset sentAt,
        int count,
        CancellationToken ct
    );

    /// <summary>Stars a message on all devices of the account, or takes the star away.</summary>
    Task StarMessageAsync(MessageReference message, bool starred, CancellationToken ct);

    /// <summary>Makes a label or changes it, on all devices of the account.</summary>
    Task SetLabelAsync(int label, string name, int color, CancellationToken ct);

    /// <summary>Removes a label on all devices of the account.</summary>
    Task RemoveLabelAsync(int label, CancellationToken ct);

    /// <summary>Puts a label on a chat or takes it off, on all devices of the account.</summary>
    Task LabelChatAsync(int label, Jid chat, bool on, CancellationToken ct);

    /// <summary>Puts a label on a message or takes it off, on all devices of the account.</summary>
    Task LabelMessageAsync(int label, MessageReference message, bool on, CancellationToken ct);

    /// <summary>Makes a quick reply or changes it, on all devices of the account.</summary>
    Task SetQuickReplyAsync(string reply, string shortcut, string text, CancellationToken ct);

    /// <summary>Removes a quick reply on all devices of the account.</summary>
    Task RemoveQuickReplyAsync(string reply, CancellationToken ct);

    /// <summary>Names a contact on all devices of the account.</summary>
    Task SaveContactAsync(Jid who, string fullName, string? firstName, CancellationToken ct);

    /// <summary>Forgets a contact on all devices of the account.</summary>
    Task RemoveContactAsync(Jid who, CancellationToken ct);

    /// <summary>Changes the name that others see with the account's messages.</summary>
    /// <returns>Whether the account's other devices show it, too: not where its state cannot be written, as before the phone has shared its keys.</returns>
    Task<bool> SetProfileNameAsync(string name, CancellationToken ct);
}
