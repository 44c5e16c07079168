using System.Collections.Concurrent;
using System.Security.Cryptography;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Groups;

/// <summary>All groups.</summary>
internal sealed class GroupStore
{
    private const int Forbidden = 403;

    private readonly ConcurrentDictionary<string, Group> _groups = new(StringComparer.Ordinal);

    /// <summary>All groups.</summary>
    public IEnumerable<Group> All => _groups.Values;

    /// <summary>Writes the groups down before anybody relies on what changed; null: nothing is kept.</summary>
    public Action? Persist { get; set; }

    /// <summary>Serialises changes: each reads a group and puts another one.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Adds a group that was stored.</summary>
    public void Restore(Group group) => _groups[group.Id] = group;

    /// <summary>Adds a group, or replaces it by what it has become.</summary>
    public void Put(Group group)
    {
        _groups[group.Id] = group;
        Persist?.Invoke();
    }

    /// <summary>Forgets all groups.</summary>
    public void Clear()
    {
        _groups.Clear();
        Persist?.Invoke();
    }

    /// <summary>The group with that address, or null.</summary>
    public Group? Find(string? jid) =>
        Jid.TryParse(jid, out var parsed) && parsed.IsGroup ? Find(parsed) : null;

    /// <inheritdoc cref="Find(string?)"/>
    public Group? Find(Jid jid) => _groups.GetValueOrDefault(jid.User);

    /// <summary>The group that an invite code opens, or null.</summary>
    public Group? ByInvite(string? code) =>
        _groups.Values.FirstOrDefault(g => g.InviteCode == code);

    /// <summary>The groups in which that account is.</summary>
    public IEnumerable<Group> Of(Phone phone) => _groups.Values.Where(g => g.Has(phone));

    /// <summary>The group with that address and what the account is in it.</summary>
    /// <exception cref="RefusedException">404: there is none; 403: it is no member.</exception>
    public (Group Group, Member Member) Mine(Device device, string? jid)
    {
        var group = Find(jid) ?? throw RefusedException.NotFound("no such group");
        return group.Find(device.Phone.Number) is { } member
            ? (group, member)
            : throw new RefusedException(Forbidden, "forbidden: not a member");
    }

    /// <summary>The group with that address, of which the account is an admin.</summary>
    /// <exception cref="RefusedException">404: there is none; 403: it is no admin.</exception>
    public Group Administered(Device device, string? jid)
    {
        var (group, member) = Mine(device, jid);
        return member.IsAdmin
            ? group
            : throw new RefusedException(Forbidden, "forbidden: not an admin");
    }

    /// <summary>The groups of a community, its announcement group first.</summary>
    public IReadOnlyList<Group> In(Group community) =>
        [
            .. _groups
                .Values.Where(g => g.Community == community.Id)
                .OrderBy(g => !g.IsAnnouncementGroup)
                .ThenBy(g => g.Creation)
                .ThenBy(g => g.Id, StringComparer.Ordinal),
        ];

    /// <summary>The community that a group is in, or is itself; null: none.</summary>
    public Group? CommunityOf(Group group) =>
        group.IsCommunity ? group
        : group.Community is { } id ? _groups.GetValueOrDefault(id)
        : null;

    /// <summary>An address for a new group.</summary>
    public static string NewId() =>
        "1203"
        + Stanzas.Text(RandomNumberGenerator.GetInt32(100_000_000, int.MaxValue)).PadLeft(14, '6');

    /// <summary>A new invite code.</summary>
    public static string NewInvite() =>
        RandomNumberGenerator.GetString(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            22
        );
}
