using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Directories;

/// <summary>A device of a group's member, or of an account that a status is shown to.</summary>
/// <param name="Wire">Its address in stanzas.</param>
/// <param name="Address">The address that its records stand under.</param>
internal readonly record struct MemberDevice(Jid Wire, Jid Address);

/// <summary>Whom a message is for that is encrypted once for all.</summary>
/// <param name="ByLid">Whether it is a group that addresses its members by LID.</param>
/// <param name="Devices">All devices of all members but this one.</param>
/// <param name="All">The same as they stand in stanzas, and this device.</param>
/// <param name="Hash">The hash of them.</param>
/// <param name="Accounts">The members, by the addresses that their records stand under.</param>
/// <param name="Version">Of which version of the device directory that is.</param>
/// <param name="At">When it was found out.</param>
internal sealed record SharedDevices(
    bool ByLid,
    IReadOnlyList<MemberDevice> Devices,
    IReadOnlyList<Jid> All,
    string Hash,
    IReadOnlySet<Jid> Accounts,
    int Version,
    long At
)
{
    /// <summary>All devices of some accounts but the one that sends.</summary>
    /// <param name="wires">The accounts as they stand in stanzas.</param>
    /// <param name="accounts">The same accounts with their devices.</param>
    /// <param name="byLid">Whether it is a group that addresses its members by LID.</param>
    /// <param name="us">This device.</param>
    /// <param name="isMe">Whether an address is our account's.</param>
    /// <param name="version">Of which version of the device directory that is.</param>
    /// <param name="at">When it was found out.</param>
    public static SharedDevices Of(
        IReadOnlyList<Jid> wires,
        IReadOnlyList<AccountDevices> accounts,
        bool byLid,
        DeviceCredentials us,
        Func<Jid, bool> isMe,
        int version,
        long at
    )
    {
        var self = us.Me!.Value;
        var found = new List<MemberDevice>();
        for (var i = 0; i < accounts.Count; i++)
        {
            var ours = isMe(wires[i]);
            foreach (var device in accounts[i].Devices)
            {
                if (!ours || device != self.Device)
                    found.Add(
                        new(
                            wires[i] with
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
            byLid && us.Lid is { } own ? own : self,
        ];
        return new(
            byLid,
            found,
            all,
            DeviceHash.Of(all),
            accounts.Select(account => account.Address).ToHashSet(),
            version,
            at
        );
    }
}
