namespace WaOperator.WhatsApp.Storage;

/// <summary>How records are named, and what they hold.</summary>
internal static class RecordNames
{
    /// <summary>The Signal sessions with a device (<see cref="Signal.SessionRecord.Serialize"/>).</summary>
    /// <param name="device">By LID where it is known, else by phone number; one of a number is taken over when the LID becomes known.</param>
    public static RecordKey Session(Jid device) => new(RecordKinds.Session, device.ToString());

    /// <summary>The sender keys of a member's device, ours included (<see cref="Signal.SenderKeyRecord.Serialize"/>).</summary>
    /// <param name="group">The group.</param>
    /// <param name="device">As for <see cref="Session"/>.</param>
    public static RecordKey SenderKey(Jid group, Jid device) =>
        new(RecordKinds.SenderKey, $"{group}/{device}");

    /// <summary>Which devices hold our sender key of a group.</summary>
    public static RecordKey SenderKeyHolders(Jid group) =>
        new(RecordKinds.SenderKeyHolders, group.ToString());

    /// <summary>The devices of an account.</summary>
    /// <param name="account">By LID where it is known, else by phone number.</param>
    public static RecordKey Devices(Jid account) => new(RecordKinds.Devices, account.ToString());

    /// <summary>An account's other address (its text in UTF-8): the LID of a phone number, or the reverse.</summary>
    /// <param name="account">The address that is known.</param>
    public static RecordKey Lid(Jid account) => new(RecordKinds.Lid, account.ToString());
}
