using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Groups;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Directories;

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
    private readonly Dictionary<Jid, SharedDevices> _groups = [];
    private readonly Dictionary<Jid, int> _changes = [];
    private int _changesOfAll;

    /// <summary>Finds out whom a message is for.</summary>
    /// <exception cref="RefusedSendException">The account is no member, or there is no such group.</exception>
    public async ValueTask<SharedDevices> FindAsync(Jid group, bool refresh = false)
    {
        int changes;
        lock (_lock)
        {
            if (_groups.TryGetValue(group, out var known) && IsCurrent(known))
                return known;
            changes = _changesOfAll + _changes.GetValueOrDefault(group);
        }
        var version = devices.Version + (refresh ? 1 : 0);
        var found = await AskAsync(group, version, refresh);
        lock (_lock)
        {
            // What changed while the server answered is not known to be in the answer.
            if (changes == _changesOfAll + _changes.GetValueOrDefault(group))
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

    /// <summary>Something about a community changed, and with it groups that are not known to be in it.</summary>
    public void ForgetAll()
    {
        lock (_lock)
        {
            _groups.Clear();
            _changesOfAll++;
        }
    }

    private bool IsCurrent(SharedDevices known) =>
        known.Version == devices.Version && time.GetElapsedTime(known.At) < MaxAge;

    private async Task<SharedDevices> AskAsync(Jid group, int version, bool refresh)
    {
        var at = time.GetTimestamp();
        var info = await QueryAsync(group);
        if (info.IsCommunity)
            throw new RefusedSendException(
                null,
                "This is a community, which has no messages itself: write to its announcement group or another of its groups."
            );
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
        return SharedDevices.Of(
            [.. info.Members.Select(member => member.Jid)],
            accounts,
            info.ByLid,
            vault.Credentials,
            lids.IsMe,
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
