using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Groups;

namespace WaOperator.WhatsApp;

/// <summary>
/// What a device does with groups. Each method asks the server and waits for its answer; before the login is complete it waits for
/// that. All of them throw <see cref="QueryRefusedException"/> if the server refuses (403: not allowed), <see cref="TimeoutException"/>
/// if it does not answer, <see cref="InvalidOperationException"/> without a connection, and
/// <see cref="OperationCanceledException"/> if the connection ends or the token is cancelled.
/// </summary>
public sealed class GroupCommands
{
    private readonly WhatsAppDevice _client;

    internal GroupCommands(WhatsAppDevice client)
    {
        _client = client;
        Communities = new(client);
    }

    /// <summary>What a device does with communities.</summary>
    public CommunityCommands Communities { get; }

    /// <summary>Makes a group of which this account is the admin.</summary>
    public async Task<GroupInfo> CreateAsync(
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    )
    {
        var answer = await _client.AskAsync(
            GroupStanzas.Create(subject, OutgoingMessage.NewId(), members),
            "to make a group",
            ct
        );
        return Expect(GroupStanzas.Read(answer.Child("group")));
    }

    /// <summary>What the server says about a group.</summary>
    public async Task<GroupInfo> GetAsync(Jid group, CancellationToken ct)
    {
        var answer = await _client.AskAsync(GroupStanzas.Query(group), "the group", ct);
        return Expect(GroupStanzas.Read(answer.Child("group")));
    }

    /// <summary>All groups that the account is a member of.</summary>
    public async Task<IReadOnlyList<GroupInfo>> ListAsync(CancellationToken ct)
    {
        var answer = await _client.AskAsync(GroupStanzas.Participating(), "the groups", ct);
        return
        [
            .. (answer.Child("groups")?.ChildrenWith("group") ?? [])
                .Select(GroupStanzas.Read)
                .OfType<GroupInfo>(),
        ];
    }

    /// <summary>Takes accounts into a group.</summary>
    public Task<IReadOnlyList<MemberChange>> AddAsync(
        Jid group,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => ChangeAsync(group, "add", members, ct);

    /// <summary>Removes members. The next message to the group has a new key, which they do not get.</summary>
    public Task<IReadOnlyList<MemberChange>> RemoveAsync(
        Jid group,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => ChangeAsync(group, "remove", members, ct);

    /// <summary>Makes members admins.</summary>
    public Task<IReadOnlyList<MemberChange>> PromoteAsync(
        Jid group,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => ChangeAsync(group, "promote", members, ct);

    /// <summary>Makes admins members.</summary>
    public Task<IReadOnlyList<MemberChange>> DemoteAsync(
        Jid group,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => ChangeAsync(group, "demote", members, ct);

    /// <summary>Changes a group's name.</summary>
    public Task SetSubjectAsync(Jid group, string subject, CancellationToken ct) =>
        _client.AskAsync(GroupStanzas.Subject(group, subject), "the group's new name", ct);

    /// <summary>Changes what a group says of itself; empty takes it away.</summary>
    public async Task SetDescriptionAsync(Jid group, string text, CancellationToken ct)
    {
        // The server compares: two who write at once do not overwrite each other unseen.
        var before = (await GetAsync(group, ct)).DescriptionId;
        var id = text.Length == 0 ? null : OutgoingMessage.NewId();
        await AlterAsync(group, GroupStanzas.Description(text, id, before), ct);
    }

    /// <summary>Lets only admins write, or all members.</summary>
    public Task SetAnnouncementAsync(Jid group, bool onlyAdmins, CancellationToken ct) =>
        AlterAsync(group, new(onlyAdmins ? "announcement" : "not_announcement"), ct);

    /// <summary>Lets only admins change what the group says of itself, or all members.</summary>
    public Task SetLockedAsync(Jid group, bool onlyAdmins, CancellationToken ct) =>
        AlterAsync(group, new(onlyAdmins ? "locked" : "unlocked"), ct);

    /// <summary>Lets all members add others, or only admins.</summary>
    public Task SetMembersMayAddAsync(Jid group, bool all, CancellationToken ct) =>
        AlterAsync(group, GroupStanzas.MembersMayAdd(all), ct);

    /// <summary>Makes admins agree before someone joins, or not.</summary>
    public Task SetJoinApprovalAsync(Jid group, bool needed, CancellationToken ct) =>
        AlterAsync(group, GroupStanzas.JoinApproval(needed), ct);

    /// <summary>Lets new messages disappear.</summary>
    /// <param name="group">The group.</param>
    /// <param name="after">After what time, in whole seconds; WhatsApp's own clients offer 1, 7 and 90 days. Zero: never.</param>
    /// <param name="ct">Ends the wait.</param>
    public Task SetDisappearingAsync(Jid group, TimeSpan after, CancellationToken ct) =>
        AlterAsync(group, GroupStanzas.Disappearing(after), ct);

    /// <summary>Who asks to join a group whose admins must agree. For admins.</summary>
    public async Task<IReadOnlyList<JoinRequest>> GetRequestsAsync(Jid group, CancellationToken ct)
    {
        var query = GroupStanzas.Requests(group);
        return GroupStanzas.ReadRequests(
            await _client.AskAsync(query, "who asks to join the group", ct)
        );
    }

    /// <summary>Lets accounts in that asked to join.</summary>
    public Task<IReadOnlyList<MemberChange>> ApproveAsync(
        Jid group,
        IReadOnlyCollection<Jid> accounts,
        CancellationToken ct
    ) => AnswerAsync(group, "approve", accounts, ct);

    /// <summary>Does not let accounts in that asked to join.</summary>
    public Task<IReadOnlyList<MemberChange>> RejectAsync(
        Jid group,
        IReadOnlyCollection<Jid> accounts,
        CancellationToken ct
    ) => AnswerAsync(group, "reject", accounts, ct);

    /// <summary>Leaves a group.</summary>
    public async Task LeaveAsync(Jid group, CancellationToken ct)
    {
        await _client.AskAsync(GroupStanzas.Leave(group), "to leave the group", ct);
        _client.FindMessenger()?.GroupChanged(group);
    }

    /// <summary>The code of the group's invitation link: https://chat.whatsapp.com/CODE.</summary>
    public Task<string> GetInviteAsync(Jid group, CancellationToken ct) =>
        InviteAsync(GroupStanzas.Invite(group, revoke: false), ct);

    /// <summary>Makes the group's invitation link worthless, and gives the code of a new one.</summary>
    public Task<string> RevokeInviteAsync(Jid group, CancellationToken ct) =>
        InviteAsync(GroupStanzas.Invite(group, revoke: true), ct);

    /// <summary>Joins a group by the code of its invitation link.</summary>
    /// <returns>The group; null if its admins must agree first.</returns>
    public async Task<Jid?> JoinAsync(string code, CancellationToken ct)
    {
        var answer = await _client.AskAsync(GroupStanzas.Join(code), "to join the group", ct);
        return Jid.TryParse(answer.Child("group")?["jid"], out var jid) ? jid : null;
    }

    private async Task<string> InviteAsync(BinaryNode query, CancellationToken ct)
    {
        var answer = await _client.AskAsync(query, "the group's invitation", ct);
        return Expect(answer.Child("invite")?["code"]);
    }

    private async Task<IReadOnlyList<MemberChange>> ChangeAsync(
        Jid group,
        string action,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    )
    {
        var answer = await _client.AskAsync(
            GroupStanzas.Change(group, action, members),
            "to change the group's members",
            ct
        );
        // The server announces it, too, but a message that is sent at once must know.
        _client.FindMessenger()?.GroupChanged(group);
        return GroupStanzas.ReadChanges(answer, action);
    }

    private async Task<IReadOnlyList<MemberChange>> AnswerAsync(
        Jid group,
        string action,
        IReadOnlyCollection<Jid> accounts,
        CancellationToken ct
    )
    {
        var answer = await _client.AskAsync(
            GroupStanzas.AnswerRequests(group, action, accounts),
            "to answer who asks to join the group",
            ct
        );
        _client.FindMessenger()?.GroupChanged(group);
        return answer.Child("membership_requests_action") is { } answered
            ? GroupStanzas.ReadChanges(answered, action)
            : [];
    }

    private Task<BinaryNode> AlterAsync(Jid group, BinaryNode change, CancellationToken ct) =>
        _client.AskAsync(GroupStanzas.Alter(group, change), "to change the group", ct);

    internal static T Expect<T>(T? value)
        where T : class =>
        value ?? throw new QueryRefusedException("an answer that makes sense", null, null);
}
