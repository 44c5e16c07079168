using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Tests.Fakes;

/// <summary>Groups and contacts as a test says; what it does not say is refused as the server refuses what it does not know.</summary>
internal sealed class FakeSocial : ISocialTransport
{
    /// <summary>Answers for a group.</summary>
    public Func<Jid, CancellationToken, Task<GroupInfo>>? Group { get; set; }

    /// <summary>Answers a change of members.</summary>
    public Func<
        MemberAction,
        CancellationToken,
        Task<IReadOnlyList<MemberChange>>
    >? Members { get; set; }

    /// <summary>Answers to the setting of a group.</summary>
    public Func<GroupSetting, CancellationToken, Task>? Setting { get; set; }

    /// <summary>Answers which numbers are on WhatsApp.</summary>
    public Func<
        IReadOnlyList<string>,
        CancellationToken,
        Task<IReadOnlyList<NumberInfo>>
    >? Numbers { get; set; }

    public ICommunityTransport Communities { get; init; } = new FakeCommunities();

    public Task MuteChatAsync(Jid chat, DateTimeOffset? until, CancellationToken ct) =>
        Refuse<bool>();

    public Task ArchiveChatAsync(
        Jid chat,
        bool archived,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task PinChatAsync(Jid chat, bool pinned, CancellationToken ct) => Refuse<bool>();

    public Task MarkChatUnreadAsync(
        Jid chat,
        bool unread,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task ClearChatAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task DeleteChatAsync(
        Jid chat,
        (MessageReference Message, DateTimeOffset At)? last,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task DeleteForMeAsync(
        MessageReference message,
        DateTimeOffset? sentAt,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task<string?> RequestHistoryAsync(
        MessageReference oldest,
        DateTimeOffset sentAt,
        int count,
        CancellationToken ct
    ) => Refuse<string?>();

    public Task StarMessageAsync(MessageReference message, bool starred, CancellationToken ct) =>
        Refuse<bool>();

    public Task SetLabelAsync(int label, string name, int color, CancellationToken ct) =>
        Refuse<bool>();

    public Task RemoveLabelAsync(int label, CancellationToken ct) => Refuse<bool>();

    public Task LabelChatAsync(int label, Jid chat, bool on, CancellationToken ct) =>
        Refuse<bool>();

    public Task LabelMessageAsync(
        int label,
        MessageReference message,
        bool on,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task SetQuickReplyAsync(
        string reply,
        string shortcut,
        string text,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task RemoveQuickReplyAsync(string reply, CancellationToken ct) => Refuse<bool>();

    public Task SaveContactAsync(
        Jid who,
        string fullName,
        string? firstName,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task RemoveContactAsync(Jid who, CancellationToken ct) => Refuse<bool>();

    public Task<GroupInfo> CreateGroupAsync(
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => Refuse<GroupInfo>();

    public Task<GroupInfo> GetGroupAsync(Jid group, CancellationToken ct) =>
        Group?.Invoke(group, ct) ?? Refuse<GroupInfo>();

    public Task<IReadOnlyList<GroupInfo>> ListGroupsAsync(CancellationToken ct) =>
        Refuse<IReadOnlyList<GroupInfo>>();

    public Task<IReadOnlyList<MemberChange>> ChangeMembersAsync(
        Jid group,
        MemberAction action,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => Members?.Invoke(action, ct) ?? Refuse<IReadOnlyList<MemberChange>>();

    public Task ChangeGroupAsync(Jid group, GroupSetting setting, CancellationToken ct) =>
        Setting?.Invoke(setting, ct) ?? Refuse<bool>();

    public Task<IReadOnlyList<JoinRequest>> ListRequestsAsync(Jid group, CancellationToken ct) =>
        Refuse<IReadOnlyList<JoinRequest>>();

    public Task<IReadOnlyList<MemberChange>> AnswerRequestsAsync(
        Jid group,
        bool approve,
        IReadOnlyCollection<Jid> accounts,
        CancellationToken ct
    ) => Refuse<IReadOnlyList<MemberChange>>();

    public Task<string> InviteAsync(Jid group, bool revoke, CancellationToken ct) =>
        Refuse<string>();

    public Task<Jid?> JoinGroupAsync(string code, CancellationToken ct) => Refuse<Jid?>();

    public Task LeaveGroupAsync(Jid group, CancellationToken ct) => Refuse<bool>();

    public Task<IReadOnlyList<NumberInfo>> CheckNumbersAsync(
        IReadOnlyList<string> numbers,
        CancellationToken ct
    ) => Numbers?.Invoke(numbers, ct) ?? Refuse<IReadOnlyList<NumberInfo>>();

    public Task<IReadOnlyList<BlockedAccount>> ListBlockedAsync(CancellationToken ct) =>
        Refuse<IReadOnlyList<BlockedAccount>>();

    public Task SetBlockedAsync(Jid account, bool blocked, CancellationToken ct) => Refuse<bool>();

    public Task MarkReadAsync(
        Jid chat,
        Jid? sender,
        IReadOnlyList<string> ids,
        bool played,
        CancellationToken ct
    ) => Refuse<bool>();

    public Task SendChatStateAsync(Jid chat, ChatState state, CancellationToken ct) =>
        Refuse<bool>();

    public Task SetPresenceAsync(bool available, CancellationToken ct) => Refuse<bool>();

    public Task SubscribePresenceAsync(Jid account, CancellationToken ct) => Refuse<bool>();

    public Task<bool> RejectCallAsync(string id, CancellationToken ct) => Refuse<bool>();

    public Task<ProfilePicture?> GetPictureAsync(Jid? of, bool preview, CancellationToken ct) =>
        Refuse<ProfilePicture?>();

    public Task<string?> SetPictureAsync(Jid? group, byte[]? jpeg, CancellationToken ct) =>
        Refuse<string?>();

    public Task<string?> GetProfileNameAsync(CancellationToken ct) => Refuse<string?>();

    public Task<AboutText?> GetAboutAsync(Jid? of, CancellationToken ct) => Refuse<AboutText?>();

    public Task SetAboutAsync(string text, CancellationToken ct) => Refuse<bool>();

    public Task<IReadOnlyDictionary<string, string>> GetPrivacyAsync(CancellationToken ct) =>
        Refuse<IReadOnlyDictionary<string, string>>();

    public Task SetPrivacyAsync(string category, string value, CancellationToken ct) =>
        Refuse<bool>();

    public Task<long?> GetDefaultTimerAsync(CancellationToken ct) => Refuse<long?>();

    public Task SetDefaultTimerAsync(TimeSpan after, CancellationToken ct) => Refuse<bool>();

    public Task<bool> SetProfileNameAsync(string name, CancellationToken ct) => Refuse<bool>();

    /// <summary>The server refuses it.</summary>
    public static Task<T> Refuse<T>(int code = 404) =>
        Task.FromException<T>(new QueryRefusedException("it", code, "as the test says"));
}
