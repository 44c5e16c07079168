using System.Collections.Concurrent;
using System.Security.Cryptography;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Groups;

/// <summary>All groups.</summary>
internal sealed class GroupStore
{
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
