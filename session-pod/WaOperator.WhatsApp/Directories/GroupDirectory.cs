using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Groups;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Directories;

/// <summary>A device of a group's member.</summary>
/// <param name="Wire">Its address in stanzas of the group.</param>
/// <param name="Address">The address that its records stand under.</param>
internal readonly record struct MemberDevice(Jid Wire, Jid Address);

/// <summary>Whom a message to a group is for.</summary>
/// <param name="ByLid">Whether the group addresses its members by LID.</param>
/// <param name="Devices">All devices of all members but this one.</param>
/// <param name="All">The same as they stand in stanzas, and this device.</param>
/// <param name="Hash">The hash of them.</param>
/// <param name="Accounts">The members, by the addresses that their records stand under.</param>
/// <param name="Version">Of which version of the device directory that is.</param>
/// <param name="At">When it was found out.</param>
internal sealed record GroupDevices(
    bool ByLid,
    IReadOnlyList<MemberDevice> Devices,
    IReadOnlyList<Jid> All,
    string Hash,
    IReadOnlySet<Jid> Accounts,
    int Version,
    long At
);

/// <summary>The members of groups and their devices: asked for once, and again when the server says that something changed.</summary>
internal sealed class GroupDirectory(
    IStanzaLink link,
    Vault vault,
    LidMap lids,
    DeviceDirectory devices,
    TimeProvider time
)
{
    private const int MaxGroups = 16;
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<Jid, GroupDevices> _groups = [];
    private readonly Dictionary<Jid, int> _changes = [];

    /// <summary>Finds out whom a message is for.</summary>
    /// <exception cref="RefusedSendException">The account is no member, or there is no such group.</exception>
    public async ValueTask<GroupDevices> FindAsync(Jid group, bool refresh = false)
    {
        int changes;
        lock (_lock)
        {
            if (_groups.TryGetValue(group, out var known) && IsCurrent(known))
                return known;
            changes = _changes.GetValueOrDefault(group);
        }
        var version = devices.Version + (refresh ? 1 : 0);
        var found = await AskAsync(group, version, refresh);
        lock (_lock)
        {
            // What changed while the server answered is not known to be in the answer.
            if (changes == _changes.GetValueOrDefault(group))
            {
                if (_groups.Count >= MaxGroups)
                    _groups.Clear();
                _groups[group] = found;
            }
        }
        return found;
    }

    /// <summary>Something about a group changed.</summary>
    public void Forget(Jid group)
    {
        lock (_lock)
        {
            _groups.Remove(group);
            if (_changes.Count >= MaxGroups * MaxGroups)
                _changes.Clear();
            _changes[group] = _changes.GetValueOrDefault(group) + 1;
        }
    }

    private bool IsCurrent(GroupDevices known) =>
        known.Version == devices.Version && time.GetElapsedTime(known.At) < MaxAge;

    private async Task<GroupDevices> AskAsync(Jid group, int version, bool refresh)
    {
        var at = time.GetTimestamp();
        var info = await QueryAsync(group);
        using var names = await lids.PrefetchAsync(
            info.Members.SelectMany(member => new[] { member.Jid, member.Phone ?? member.Jid })
        );
        foreach (var member in info.Members)
        {
            if (member is { Phone: { } phone, Lid: { } lid })
                await lids.LearnAsync(phone, lid);
        }
        var accounts = await devices.FindAsync(
            [.. info.Members.Select(member => member.Jid)],
            refresh
        );
        var us = vault.Credentials;
        var self = us.Me!.Value.Device;
        var found = new List<MemberDevice>();
        for (var i = 0; i < accounts.Count; i++)
        {
            var isMe = lids.IsMe(info.Members[i].Jid);
            foreach (var device in accounts[i].Devices)
            {
                if (!isMe || device != self)
                    found.Add(
                        new(
                            info.Members[i].Jid with
                            {
                                Device = device,
                            },
                            accounts[i].Address with
                            {
                                Device = device,
                            }
                        )
                    );
            }
        }
        Jid[] all =
        [
            .. found.Select(device => device.Wire),
            info.ByLid && us.Lid is { } own ? own : us.Me.Value,
        ];
        return new(
            info.ByLid,
            found,
            all,
            DeviceHash.Of(all),
            accounts.Select(account => account.Address).ToHashSet(),
            version,
            at
        );
    }

    private async Task<GroupInfo> QueryAsync(Jid group)
    {
        try
        {
            var answer = await link.QueryAsync(GroupStanzas.Query(group), "the group");
            return GroupStanzas.Read(answer.Child("group"))
                ?? throw new QueryRefusedException("the group", null, "an answer that is none");
        }
        catch (QueryRefusedException e) when (e.Code is 401 or 403 or 404 or 406)
        {
            throw new RefusedSendException(e.Code, SendErrors.Explain(e.Code.Value));
        }
    }
}
