using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Import;

/// <summary>How records are named.</summary>
internal static class RecordNames
{
    public static RecordKey Session(Jid device) => new(RecordKinds.Session, device.ToString());

    public static RecordKey SenderKey(Jid group, Jid device) =>
        new(RecordKinds.SenderKey, $"{group}/{device}");

    public static RecordKey SenderKeyHolders(Jid group) =>
        new(RecordKinds.SenderKeyHolders, group.ToString());

    public static RecordKey Lid(Jid account) => new(RecordKinds.Lid, account.ToString());
}
