using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Transports;

/// <summary>Groups, contacts and presence of a WhatsApp Web connection.</summary>
/// <param name="device">The device.</param>
internal sealed class WhatsAppSocial(WhatsAppDevice device) : ISocialTransport
{
    /// <inheritdoc/>
    public ICommunityTransport Communities { get; } =
        new WhatsAppCommunities(device.Groups.Communities);

    /// <inheritdoc/>
    public Task<GroupInfo> CreateGroupAsync(
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => device.Groups.CreateAsync(subject, members, ct);

    /// <inheritdoc/>
    public Task<GroupInfo> GetGroupAsync(Jid group, CancellationToken ct) =>
        device.Groups.GetAsync(group, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GroupInfo>> ListGroupsAsync(CancellationToken ct) =>
        device.Groups.ListAsync(ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<MemberChange>> ChangeMembersAsync(
        Jid group,
        MemberAction action,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) =>
        action switch
        {
            MemberAction.Add => device.Groups.AddAsync(group, members, ct),
            MemberAction.Remove => device.Groups.RemoveAsync(group, members, ct),
            MemberAction.Promote => device.Groups.PromoteAsync(group, members, ct),
            _ => device.Groups.DemoteAsync(group, members, ct),
        };

    /// <inheritdoc/>
    public Task ChangeGroupAsync(Jid group, GroupSetting setting, CancellationToken ct) =>
        setting switch
        {
            GroupSetting.Subject s => device.Groups.SetSubjectAsync(group, s.Text, ct),
            GroupSetting.Description s => device.Groups.SetDescriptionAsync(group, s.Text, ct),
            GroupSetting.AnnounceOnly s => device.Groups.SetAnnouncementAsync(group, s.On, ct),
            GroupSetting.Locked s => device.Groups.SetLockedAsync(group, s.On, ct),
            GroupSetting.MembersAdd s => device.Groups.SetMembersMayAddAsync(group, s.All, ct),
            GroupSetting.JoinApproval s => device.Groups.SetJoinApprovalAsync(group, s.On, ct),
            GroupSetting.DisappearAfter s => device.Groups.SetDisappearingAsync(group, s.Time, ct),
            _ => throw new ArgumentException("A group has no such setting.", nameof(setting)),
        };

    /// <inheritdoc/>
    public Task<IReadOnlyList<JoinRequest>> ListRequestsAsync(Jid group, CancellationToken ct) =>
        device.Groups.GetRequestsAsync(group, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<MemberChange>> AnswerRequestsAsync(
        Jid group,
        bool approve,
        IReadOnlyCollection<Jid> accounts,
        CancellationToken ct
    ) =>
        approve
            ? device.Groups.ApproveAsync(group, accounts, ct)
            : device.Groups.RejectAsync(group, accounts, ct);

    /// <inheritdoc/>
    public Task<string> InviteAsync(Jid group, bool revoke, CancellationToken ct) =>
        revoke
            ? device.Groups.RevokeInviteAsync(group, ct)
            : device.Groups.GetInviteAsync(group, ct);

    /// <inheritdoc/>
    public Task<Jid?> JoinGroupAsync(string code, CancellationToken ct) =>
        device.Groups.JoinAsync(code, ct);

    /// <inheritdoc/>
    public Task LeaveGroupAsync(Jid group, CancellationToken ct) =>
        device.Groups.LeaveAsync(group, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<NumberInfo>> CheckNumbersAsync(
        IReadOnlyList<string> numbers,
        CancellationToken ct
    ) => device.OnWhatsAppAsync(numbers, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BlockedAccount>> ListBlockedAsync(CancellationToken ct) =>
        device.GetBlockedAsync(ct);

    /// <inheritdoc/>
    public Task SetBlockedAsync(Jid account, bool blocked, CancellationToken ct) =>
        device.SetBlockedAsync(account, blocked, ct);

    /// <inheritdoc/>
    public Task MarkReadAsync(
        Jid chat,
        Jid? sender,
        IReadOnlyList<string> ids,
        bool played,
        CancellationToken ct
    ) => device.MarkReadAsync(chat, sender, ids, played, onlyOwn: false, ct);

    /// <inheritdoc/>
    public Task SendChatStateAsync(Jid chat, ChatState state, CancellationToken ct) =>
        device.SendChatStateAsync(chat, state, ct);

    /// <inheritdoc/>
    public Task SetPresenceAsync(bool available, CancellationToken ct) =>
        device.SetPresenceAsync(available, ct);

    /// <inheritdoc/>
    public Task SubscribePresenceAsync(Jid account, CancellationToken ct) =>
        device.SubscribePresenceAsync(account, ct);

    /// <inheritdoc/>
    public Task<bool> RejectCallAsync(string id, CancellationToken ct) =>
        device.RejectCallAsync(id, ct);

    /// <inheritdoc/>
    public Task<ProfilePicture?> GetPictureAsync(Jid? of, bool preview, CancellationToken ct) =>
        device.Profile.GetPictureAsync(of, preview, ct);

    /// <inheritdoc/>
    public async Task<string?> SetPictureAsync(Jid? group, byte[]? jpeg, CancellationToken ct)
    {
        if (jpeg is not null)
            return await device.Profile.SetPictureAsync(group, jpeg, ct);
        await device.Profile.RemovePictureAsync(group, ct);
        return null;
    }

    /// <inheritdoc/>
    public Task<string?> GetProfileNameAsync(CancellationToken ct) =>
        device.Profile.GetNameAsync(ct);

    /// <inheritdoc/>
    public Task<AboutText?> GetAboutAsync(Jid? of, CancellationToken ct) =>
        device.Profile.GetAboutAsync(of, ct);

    /// <inheritdoc/>
    public Task SetAboutAsync(string text, CancellationToken ct) =>
        device.Profile.SetAboutAsync(text, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, string>> GetPrivacyAsync(CancellationToken ct) =>
        device.Profile.GetPrivacyAsync(ct);

    /// <inheritdoc/>
    public Task SetPrivacyAsync(string category, string value, CancellationToken ct) =>
        device.Profile.SetPrivacyAsync(category, value, ct);

    /// <inheritdoc/>
    public Task<long?> GetDefaultTimerAsync(CancellationToken ct) =>
        device.Profile.GetDefaultTimerAsync(ct);

    /// <inheritdoc/>
    public Task SetDefaultTimerAsync(TimeSpan after, CancellationToken ct) =>
        device.Profile.SetDefaultTimerAsync(after, ct);

    /// <inheritdoc/>
    public Task MuteChatAsync(Jid chat, DateTimeOffset? until, CancellationToken ct) =>
        device.Chats.MuteAsync(chat, until, ct);

    /// <inheritdoc/>
    public Task ArchiveChatAsync(
        Jid chat,
        bool archived,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => device.Chats.ArchiveAsync(chat, archived, last, ct);

    /// <inheritdoc/>
    public Task PinChatAsync(Jid chat, bool pinned, CancellationToken ct) =>
        device.Chats.PinAsync(chat, pinned, ct);

    /// <inheritdoc/>
    public Task MarkChatUnreadAsync(
        Jid chat,
        bool unread,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => device.Chats.MarkUnreadAsync(chat, unread, last, ct);

    /// <inheritdoc/>
    public Task ClearChatAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => device.Chats.ClearAsync(chat, last, ct);

    /// <inheritdoc/>
    public Task DeleteChatAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => device.Chats.DeleteAsync(chat, last, ct);

    /// <inheritdoc/>
    public Task DeleteForMeAsync(
        MessageReference message,
        DateTimeOffset? sentAt,
        CancellationToken ct
    ) => device.Chats.DeleteForMeAsync(message, sentAt, ct);

    /// <inheritdoc/>
    public Task<string?> RequestHistoryAsync(
        MessageReference oldest,
        DateTimeOffset sentAt,
        int count,
        CancellationToken ct
    ) =>
        device.RequestHistoryAsync(
            new(oldest.Chat, oldest.Id, oldest.FromMe, sentAt.ToUnixTimeSeconds()),
            count,
            ct
        );

    /// <inheritdoc/>
    public Task StarMessageAsync(MessageReference message, bool starred, CancellationToken ct) =>
        device.Chats.StarAsync(message, starred, ct);

    /// <inheritdoc/>
    public Task SetLabelAsync(int label, string name, int color, CancellationToken ct) =>
        device.Chats.SetLabelAsync(label, name, color, ct);

    /// <inheritdoc/>
    public Task RemoveLabelAsync(int label, CancellationToken ct) =>
        device.Chats.RemoveLabelAsync(label, ct);

    /// <inheritdoc/>
    public Task LabelChatAsync(int label, Jid chat, bool on, CancellationToken ct) =>
        device.Chats.LabelChatAsync(label, chat, on, ct);

    /// <inheritdoc/>
    public Task LabelMessageAsync(
        int label,
        MessageReference message,
        bool on,
        CancellationToken ct
    ) => device.Chats.LabelMessageAsync(label, message, on, ct);

    /// <inheritdoc/>
    public Task SetQuickReplyAsync(
        string reply,
        string shortcut,
        string text,
        CancellationToken ct
    ) => device.Chats.SetQuickReplyAsync(reply, shortcut, text, ct);

    /// <inheritdoc/>
    public Task RemoveQuickReplyAsync(string reply, CancellationToken ct) =>
        device.Chats.RemoveQuickReplyAsync(reply, ct);

    /// <inheritdoc/>
    public Task SaveContactAsync(
        Jid who,
        string fullName,
        string? firstName,
        CancellationToken ct
    ) => device.Chats.SetContactAsync(who, fullName, firstName, ct);

    /// <inheritdoc/>
    public Task RemoveContactAsync(Jid who, CancellationToken ct) =>
        device.Chats.RemoveContactAsync(who, ct);

    /// <inheritdoc/>
    public async Task<bool> SetProfileNameAsync(string name, CancellationToken ct)
    {
        await device.SetProfileNameAsync(name, ct);
        try
        {
            await device.Chats.SetOwnNameAsync(name, ct);
            return true;
        }
        catch (AccountStateException)
        {
            return false;
        }
    }
}
