using WaOperator.WhatsApp.Directories;

namespace WaOperator.WhatsApp.Sending;

/// <summary>One device that a message is encrypted for.</summary>
/// <param name="Wire">Its address in the stanza.</param>
/// <param name="Address">The address that its records stand under.</param>
/// <param name="IsOwn">Whether it is our account's, in a chat with another one.</param>
internal readonly record struct Target(Jid Wire, Jid Address, bool IsOwn)
{
    /// <summary>The receiver's devices first, then our own but the one that sends.</summary>
    /// <param name="peer">The receiver; may be our own account.</param>
    /// <param name="own">Our account.</param>
    /// <param name="byLid">Whether they are addressed by LID.</param>
    /// <param name="self">The sending device.</param>
    public static List<Target> Of(AccountDevices peer, AccountDevices own, bool byLid, ushort self)
    {
        var targets = new List<Target>(peer.Devices.Count + own.Devices.Count);
        if (!ReferenceEquals(peer, own))
            Add(peer, isOwn: false);
        Add(own, isOwn: true);
        return targets;

        void Add(AccountDevices account, bool isOwn)
        {
            var wire = WireOf(account, byLid);
            foreach (var device in account.Devices)
            {
                if (!isOwn || device != self)
                    targets.Add(
                        new(
                            wire with
                            {
                                Device = device,
                            },
                            account.Address with
                            {
                                Device = device,
                            },
                            isOwn
                        )
                    );
            }
        }
    }

    /// <summary>An account's address in the stanza.</summary>
    public static Jid WireOf(AccountDevices account, bool byLid) =>
        byLid && account.Lid is { } lid ? lid : account.Phone ?? account.Address;
}
